"""Maps the name that code imports to the package that provides it."""

from __future__ import annotations

from ..base.requirements import canonical
from ..base.system_packages import first_wheels, known_to_install
from ..base.versions import version

# Where the package is not called as its module is, nor django-, python- or py- and that.
_PACKAGES = {
    "bs4": "beautifulsoup4", "corsheaders": "django-cors-headers", "Crypto": "pycryptodome", "cv2": "opencv-python-headless",
    "dateutil": "python-dateutil", "debug_toolbar": "django-debug-toolbar", "decouple": "python-decouple",
    "django_filters": "django-filter", "docx": "python-docx", "dotenv": "python-dotenv", "environ": "django-environ",
    "factory": "factory-boy", "faker": "faker", "fitz": "pymupdf", "jose": "python-jose", "jwt": "pyjwt",
    "magic": "python-magic", "MySQLdb": "mysqlclient", "oauth2_provider": "django-oauth-toolkit", "OpenSSL": "pyopenssl",
    "PIL": "pillow", "rest_framework": "djangorestframework", "rest_framework_simplejwt": "djangorestframework-simplejwt",
    "sklearn": "scikit-learn", "slugify": "python-slugify", "social_django": "social-auth-app-django",
    "storages": "django-storages", "yaml": "pyyaml",
    # https://setuptools.pypa.io/en/latest/history.html: version 82 has no pkg_resources
    "pkg_resources": "setuptools<82",
}  # fmt: skip

# https://docs.python.org/3.12/whatsnew/3.12.html#removed and https://peps.python.org/pep-0594/, which 3.13 carried out;
# each with the package that provides it since, "" for none.
_LEFT = {
    "3.12": {"distutils": "setuptools", "imp": "", "asynchat": "", "asyncore": "", "smtpd": ""},
    "3.13": {
        "aifc": "", "audioop": "audioop-lts", "cgi": "legacy-cgi", "cgitb": "legacy-cgi", "chunk": "", "crypt": "",
        "imghdr": "", "lib2to3": "", "mailcap": "", "msilib": "", "nis": "", "nntplib": "", "ossaudiodev": "", "pipes": "",
        "sndhdr": "", "spwd": "", "sunau": "", "telnetlib": "", "uu": "", "xdrlib": "",
    },
}  # fmt: skip


def package_of(module: str) -> str:
    """The requirement that provides a module; "" if it is unknown, as a guess could name a stranger's package."""
    if module in _PACKAGES:
        return _PACKAGES[module]
    any_version, newest = known_to_install()
    known = any_version | newest | set(first_wheels())
    return next((name for name in names_of(module) if name in known), "")


def names_of(module: str) -> tuple[str, ...]:
    """Likely names of a package: that of its module, with or without a prefix."""
    name = canonical(module)
    return name, f"django-{name}", f"python-{name}", f"py{name}"


def left_python(module: str, python: str) -> str:
    """The fix for a module that was removed before this Python (`3.13`); "" for all other modules."""
    for since, modules in _LEFT.items():
        if module in modules and python and version(python) >= version(since):
            package, before = modules[module], f"3.{int(since.partition('.')[2]) - 1}"
            other = f"add {package}, or " if package else ""
            return (
                f"Python {since} removed {module}: update the package that imports it, {other or 'or '}run the site on an older "
                f"Python with `deploy-overlay set django_python_version={before}`."
            )
    return ""
