"""Upsun, from `git push`; Flex, and Fixed (formerly Platform.sh): https://docs.upsun.com/get-started/stacks/django.html"""

NAME = "Upsun"
STATUS = "preliminary"
FILES = {
    ".upsun/config.yaml": "how Upsun builds and runs the site",
    ".platform.app.yaml": "how Upsun Fixed builds and runs the site",
    ".platform/routes.yaml": "its addresses",
    ".platform/services.yaml": "its database",
}
