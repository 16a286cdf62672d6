"""Heroku, dynos from a git push: https://devcenter.heroku.com/articles/deploying-python"""

NAME = "Heroku"
STATUS = "preliminary"
FILES = {
    "Procfile": "what Heroku runs",
    ".python-version": "the Python that Heroku installs",
    "app.json": "what a review app needs",
    "requirements.txt": "leads Heroku to your dependencies",
    "package.json": "has Heroku build your front end",
    "bin/post_compile": "collects static files at Heroku's build",
}
