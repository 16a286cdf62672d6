"""Which Python packages need something of the system, and what Debian calls it. One table for every platform.

`ALWAYS` holds whether or not there is a wheel: the package has none, or its wheel loads a library or starts a program that
it does not bring. `FROM_SOURCE` holds where no wheel fits production's Python. Each line names its source.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import NamedTuple

RELEASE = "trixie"  # https://packages.debian.org/trixie/


class Need(NamedTuple):
    """Debian packages to compile against, and to run with."""

    build: tuple[str, ...] = ()
    run: tuple[str, ...] = ()


DEBIAN: dict[str, Need] = {
    "compiler": Need(),  # build-essential and pkg-config, which every entry with something to compile has
    "cairo": Need(("libcairo2-dev",), ("libcairo2",)),
    "chromaprint": Need((), ("libchromaprint-tools",)),
    "cmake": Need(("cmake",)),
    "curl": Need(("libcurl4-openssl-dev", "libssl-dev"), ("libcurl4t64",)),
    "dmtx": Need((), ("libdmtx0t64",)),
    "enchant": Need((), ("libenchant-2-2",)),
    "exiftool": Need((), ("libimage-exiftool-perl",)),
    "ffi": Need(("libffi-dev",), ("libffi8",)),
    "ffmpeg": Need((), ("ffmpeg",)),
    "gdal": Need((), ("gdal-bin",)),  # with GEOS and PROJ
    "gdal-source": Need(("libgdal-dev",), ("gdal-bin",)),
    "geos": Need(("libgeos-dev",), ("libgeos-c1t64",)),
    "gettext": Need(),
    "ghostscript": Need((), ("ghostscript",)),
    "git": Need(("git",)),
    "gnupg": Need((), ("gnupg",)),
    "gobject": Need(("libgirepository-2.0-dev", "libcairo2-dev"), ("libgirepository-2.0-0", "libcairo2")),
    "graphviz": Need((), ("graphviz",)),
    "graphviz-source": Need(("libgraphviz-dev",), ("graphviz",)),
    "heif": Need(("libheif-dev",), ("libheif1",)),
    "icu": Need(("libicu-dev",), ("libicu76",)),
    "imagemagick": Need((), ("libmagickwand-7.q16-10",)),
    "java": Need((), ("default-jre-headless",)),
    "jpeg": Need(
        ("libjpeg62-turbo-dev", "zlib1g-dev", "libfreetype-dev", "libwebp-dev", "libtiff-dev", "liblcms2-dev"),
        ("libjpeg62-turbo", "libfreetype6", "libwebp7", "libwebpmux3", "libwebpdemux2", "libtiff6", "liblcms2-2"),
    ),
    "kerberos": Need(("libkrb5-dev",), ("libgssapi-krb5-2",)),
    "ldap": Need(("libldap2-dev", "libsasl2-dev"), ("libldap2",)),
    "magic": Need((), ("libmagic1t64",)),
    "memcached": Need(("libmemcached-dev", "zlib1g-dev"), ("libmemcached11t64",)),
    "mysql": Need(("default-libmysqlclient-dev",), ("libmariadb3",)),
    "odbc": Need(("unixodbc-dev",), ("unixodbc",)),
    "opengl": Need((), ("libgl1", "libglib2.0-0t64", "libxcb1", "libsm6", "libxext6", "libxrender1")),
    "openmp": Need((), ("libgomp1",)),
    "pandoc": Need((), ("pandoc",)),
    "pango": Need((), ("libpango-1.0-0", "libpangoft2-1.0-0", "libharfbuzz-subset0")),
    "poppler": Need((), ("poppler-utils",)),
    "poppler-source": Need(("libpoppler-cpp-dev",), ("libpoppler-cpp2",)),
    "portaudio": Need(("portaudio19-dev",), ("libportaudio2",)),
    "postgresql": Need(("libpq-dev",), ("libpq5",)),
    "proj": Need(("libproj-dev", "proj-bin"), ("libproj25",)),
    "qpdf": Need((), ("qpdf",)),
    "rust": Need(("cargo", "rustc", "libssl-dev", "libffi-dev")),
    "snappy": Need(("libsnappy-dev",), ("libsnappy1v5",)),
    "sox": Need((), ("sox",)),
    "spatialite": Need((), ("libsqlite3-mod-spatialite", "gdal-bin")),
    "ssl": Need(
        ("libssl-dev", "swig"),
    ),
    "svn": Need(("subversion",)),
    "hg": Need(("mercurial",)),
    "tesseract": Need((), ("tesseract-ocr",)),
    "tesseract-source": Need(("libtesseract-dev", "libleptonica-dev"), ("libtesseract5", "tesseract-ocr-eng")),
    "vips": Need((), ("libvips42t64",)),
    "xml": Need(("libxml2-dev", "libxslt1-dev"), ("libxml2", "libxslt1.1")),
    "xmlsec": Need(("libxmlsec1-dev", "libxmlsec1-openssl"), ("libxmlsec1-openssl",)),
    "xmlsec-program": Need((), ("xmlsec1",)),
    "zbar": Need((), ("libzbar0t64",)),
}

ALWAYS: dict[str, tuple[str, ...]] = {
    "compiler": (
        # Published as source only, and compiled against nothing else.
        "uwsgi", "netifaces", "pycrypto",
    ),
    "cairo": ("pycairo", "cairosvg", "cairocffi", "xhtml2pdf", "rlpycairo"),  # https://pycairo.readthedocs.io/en/latest/getting_started.html
    "chromaprint": ("pyacoustid",),
    "cmake": ("dlib", "face-recognition"),  # https://github.com/davisking/dlib#compiling-dlib-python-api
    "dmtx": ("pylibdmtx",),  # https://github.com/NaturalHistoryMuseum/pylibdmtx#installation
    "enchant": ("pyenchant",),  # https://pyenchant.github.io/pyenchant/install.html
    "exiftool": ("pyexiftool",),
    "ffmpeg": ("ffmpeg-python", "python-ffmpeg", "pydub", "ffmpy", "django-video-encoding", "yt-dlp", "youtube-dl"),
    "gdal-source": ("gdal", "pygdal"),  # https://docs.djangoproject.com/en/stable/ref/contrib/gis/install/geolibs/
    "ghostscript": ("ocrmypdf", "ghostscript", "camelot-py"),  # https://ocrmypdf.readthedocs.io/en/latest/installation.html
    "gnupg": ("python-gnupg",),  # https://gnupg.readthedocs.io/en/latest/#deployment-requirements
    "gobject": ("pygobject",),  # https://pygobject.gnome.org/getting_started.html
    "graphviz": ("graphviz", "pydot", "pydotplus"),  # https://graphviz.readthedocs.io/en/stable/manual.html#installation
    "graphviz-source": ("pygraphviz",),  # https://pygraphviz.github.io/documentation/stable/install.html
    "icu": ("pyicu",),  # https://gitlab.pyicu.org/main/pyicu#installing-pyicu
    "imagemagick": ("wand",),  # https://docs.wand-py.org/en/latest/guide/install.html
    "java": ("tabula-py", "language-tool-python", "tika", "pyspark"),
    "kerberos": ("gssapi", "pykerberos", "kerberos", "requests-kerberos"),
    "ldap": ("python-ldap", "django-auth-ldap"),  # https://www.python-ldap.org/en/latest/installing.html
    "magic": ("python-magic", "filemagic"),  # https://github.com/ahupp/python-magic#installation
    "memcached": ("pylibmc", "django-pylibmc"),  # https://sendapatch.se/projects/pylibmc/install.html
    "mysql": ("mysqlclient",),  # https://github.com/PyMySQL/mysqlclient#install
    "odbc": ("pyodbc", "mssql-django", "django-mssql-backend"),  # https://github.com/mkleehammer/pyodbc/wiki/Install
    "opengl": ("opencv-python", "opencv-contrib-python", "mediapipe", "open3d"),  # ldd of cv2.abi3.so; -headless needs none of it
    "openmp": ("lightgbm",),  # https://lightgbm.readthedocs.io/en/latest/Installation-Guide.html
    "pandoc": ("pypandoc",),  # https://github.com/JessicaTegner/pypandoc#installing-pandoc
    "pango": ("weasyprint", "django-weasyprint", "pangocffi", "pangocairocffi"),  # https://doc.courtbouillon.org/weasyprint/stable/first_steps.html
    "poppler": ("pdf2image", "textract", "unstructured"),  # https://github.com/Belval/pdf2image#how-to-install
    "poppler-source": ("pdftotext", "python-poppler"),  # https://github.com/jalan/pdftotext#os-dependencies
    "portaudio": ("pyaudio",),  # https://people.csail.mit.edu/hubert/pyaudio/
    "postgresql": ("psycopg2", "psycopg-c", "django-heroku", "django-on-heroku"),  # https://www.psycopg.org/docs/install.html
    "qpdf": ("qpdf",),
    "sox": ("sox", "pysox"),
    "ssl": ("m2crypto",),  # https://gitlab.com/m2crypto/m2crypto/-/blob/master/INSTALL.rst
    "tesseract": ("pytesseract", "ocrmypdf", "textract"),  # https://github.com/madmaze/pytesseract#installation
    "tesseract-source": ("tesserocr",),  # https://github.com/sirfz/tesserocr#requirements
    "vips": ("pyvips",),  # https://github.com/libvips/pyvips#non-conda-install
    "xmlsec-program": ("pysaml2", "djangosaml2", "djangosaml2idp", "djangosaml2idp2"),  # https://pysaml2.readthedocs.io/en/latest/install.html
    "xmlsec": ("xmlsec", "python3-saml"),  # https://xmlsec.readthedocs.io/en/latest/install.html
    "zbar": ("pyzbar",),  # https://github.com/NaturalHistoryMuseum/pyzbar#installation
}  # fmt: skip

FROM_SOURCE: dict[str, tuple[str, ...]] = {
    "curl": ("pycurl",),  # http://pycurl.io/docs/latest/install.html
    "ffi": ("cffi", "brotlicffi", "argon2-cffi-bindings", "pynacl"),
    "geos": ("shapely",),  # https://shapely.readthedocs.io/en/stable/installation.html
    "gdal-source": ("fiona", "rasterio", "pyogrio"),
    "heif": ("pillow-heif", "pyheif"),
    "jpeg": ("pillow",),  # https://pillow.readthedocs.io/en/stable/installation/building-from-source.html
    "mysql": ("mysql-connector-python",),
    "postgresql": ("psycopg2-binary", "psycopg-binary"),
    "proj": ("pyproj",),  # https://pyproj4.github.io/pyproj/stable/installation.html
    "rust": (
        "cryptography", "bcrypt", "orjson", "pydantic-core", "rpds-py", "tokenizers", "watchfiles", "nh3", "jiter",
        "tiktoken", "ruff", "polars", "hf-xet", "uuid-utils", "css-inline", "minify-html", "primp", "blake3",
    ),
    "snappy": ("python-snappy",),
    "xml": ("lxml", "html5-parser"),  # https://lxml.de/installation.html
    "xmlsec": ("xmlsec",),
    "cmake": ("llama-cpp-python", "onnx", "sentencepiece", "pyzmq"),
}  # fmt: skip

# What this Debian has no package for: named, and never called ready.
NOT_IN_DEBIAN: dict[str, str] = {
    "pdfkit": "the program wkhtmltopdf, which Debian no longer has",  # https://tracker.debian.org/pkg/wkhtmltopdf
    "django-wkhtmltopdf": "the program wkhtmltopdf, which Debian no longer has",
    "imgkit": "the program wkhtmltoimage, which Debian no longer has",
    "playwright": "a browser: `playwright install --with-deps` brings it",
    "pyppeteer": "a browser",
    "selenium": "a browser and its driver",
    "webdriver-manager": "a browser and its driver",
    "cx-oracle": "Oracle's Instant Client",
    "ibm-db": "IBM's client",
    "ibm-db-django": "IBM's client",
    "unoconv": "LibreOffice",
    "docx2pdf": "Microsoft Word",
    "mssql-django": "Microsoft's ODBC driver",
    "django-mssql-backend": "Microsoft's ODBC driver",
}


# Before the name of a package of Debian among those that are not proven.
OF_DEBIAN = "debian+"
# What a build or a person needs, or what the overlay brings in another way, and libraries, of which more is known.
_NO_PROGRAM = re.compile(
    r"lib[a-z]*[\w.+-]*\d[\w.+-]*|.*-dev|.*-dev-bin|python[\w.-]*|build-essential|gcc|g\+\+|c?make|pkg-config|automake|autoconf"
    r"|git|git-lfs|mercurial|curl|wget|ca-certificates|gnupg\d?|dirmngr|apt-.*|software-properties-common|lsb-release|sudo|vim.*"
    r"|nano|less|procps|htop|netcat.*|net-tools|iputils-ping|dnsutils|telnet|openssh-.*|rsync|unzip|zip|tar|bzip2|xz-utils|locales|tzdata"
    r"|adduser|passwd|login|coreutils|util-linux|findutils|gawk|mawk|grep|sed|diffutils|patch|psmisc|uuid-runtime|dos2unix|iproute2"
    r"|debian-.*|dialog|emacs.*|zsh|tmux|screen|tree|strace|lsof|gdb|man-db|wait-for-it|gettext-base|logrotate|rsyslog|runit|certbot"
    r"|tini|dumb-init|gosu|supervisor|cron|nginx|apache2|nodejs|npm|yarn|gettext|postgresql-.*|postgresql|mariadb-client"
    r"|default-mysql-client|mysql-client|redis-.*|sqlite3|mime-support|media-types|shared-mime-info|bash|jq|file|swig|rustc|cargo"
)


def is_program_of_debian(package: str) -> bool:
    """Whether it may be a program that the site starts, or data that it reads."""
    return re.fullmatch(r"[a-z0-9][a-z0-9.+-]+", package) is not None and not _NO_PROGRAM.fullmatch(package)


def kind_of_debian(package: str) -> str:
    """The kind that brings a Debian package at run time, also under its name in other releases; "" for none."""
    wanted = package.removesuffix("t64")
    return next(
        (kind for kind, need in DEBIAN.items() if wanted in (name.removesuffix("t64") for name in need.run)), ""
    )


KNOWN_PACKAGES = Path(__file__).with_name("known_packages.txt")


@cache
def known_to_install() -> tuple[frozenset[str], frozenset[str]]:
    """Canonical names of packages that need no compiler: in any version, and where nothing holds back the newest.

    Measured at the package index by tests/known_packages.py. Read where no lock says it.
    """
    lines = _known()
    return (
        frozenset(words[0] for words in lines if len(words) == 1),
        frozenset(words[0] for words in lines if "newest" in words[1:]),
    )


@cache
def first_wheels() -> dict[str, dict[str, str]]:
    """The first release with a wheel for Linux, by Python (`3.13`), of packages that are compiled without one."""
    found = {words[0]: [word for word in words[1:] if ">=" in word] for words in _known()}
    return {name: dict(word.split(">=", 1) for word in told) for name, told in found.items() if told}


def _known() -> list[list[str]]:
    text = KNOWN_PACKAGES.read_text(encoding="utf-8")
    return [line.split() for line in text.splitlines() if line[:1] != "#"]


def debian_to_build(kinds: list[str]) -> list[str]:
    """What the build stage installs, [] if nothing is compiled; unknown kinds are passed over."""
    compiled = [kind for kind in kinds if kind == "compiler" or DEBIAN.get(kind, Need()).build]
    programs = {"git", "svn", "hg"}
    names = [name for kind in compiled for name in DEBIAN[kind].build]
    tools = ["build-essential", "pkg-config"] if set(compiled) - programs else []
    return list(dict.fromkeys([*tools, *names]))


def debian_to_run(kinds: list[str]) -> list[str]:
    """What the image itself installs."""
    return list(dict.fromkeys(name for kind in kinds for name in DEBIAN.get(kind, Need()).run))


def not_proven(packages: list[str], installed_from: list[str]) -> list[str]:
    """Why it cannot be said that packages work in the image: a sentence without its full stop for each reason.

    `installed_from` are the dependency files.
    """
    by_reason: dict[tuple[str, str], list[str]] = {}
    for package in packages:
        by_reason.setdefault(_reason(package, installed_from), []).append(f"`{package.removeprefix(OF_DEBIAN)}`")
    return [f"{', '.join(names)} {reason[len(names) > 1]}" for reason, names in by_reason.items()]


def _reason(package: str, installed_from: list[str]) -> tuple[str, str]:
    """Of one package, and of several."""
    if package.startswith(OF_DEBIAN):
        own = "installed by your own Dockerfile or Aptfile, and not by this overlay"
        return f"is {own}", f"are {own}"
    if package in NOT_IN_DEBIAN:
        return f"needs {NOT_IN_DEBIAN[package]}", f"need {NOT_IN_DEBIAN[package]}"
    if not any(path.endswith((".lock", ".toml")) and not path.endswith("Pipfile.lock") for path in installed_from[1:]):
        unsaid = (
            "may have to be compiled: the dependency files do not say whether there is a wheel for production's Python"
        )
        return unsaid, unsaid
    return (
        "has no wheel for production's Python and is compiled: which libraries it needs is not known",
        "have no wheels for production's Python and are compiled: which libraries they need is not known",
    )
