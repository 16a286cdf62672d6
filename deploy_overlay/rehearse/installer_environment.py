"""The variables of this shell that an installation gets: what an installer needs to reach its index, and nothing else.

No PYTHONPATH, no active environment, and no options that would install something else.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence

_SYSTEM = re.compile(
    "PATH|HOME|USER|LOGNAME|TMPDIR|TMP|TEMP|LANG|LC_.*|XDG_(CACHE|CONFIG|DATA)_HOME|SSL_CERT_(FILE|DIR)|(REQUESTS|CURL)_CA_BUNDLE"
    "|(HTTP|HTTPS|ALL|NO)_PROXY|NETRC|GIT_SSL_CAINFO"
    "|SYSTEMROOT|SYSTEMDRIVE|WINDIR|COMSPEC|PATHEXT|APPDATA|LOCALAPPDATA|PROGRAMDATA|PROGRAMFILES.*|USERPROFILE"
    "|NUMBER_OF_PROCESSORS|PROCESSOR_ARCHITECTURE",
    re.IGNORECASE,
)  # fmt: skip
# Where packages come from, and how to get there.
_INDEX = re.compile(
    # https://pip.pypa.io/en/stable/cli/pip/#general-options
    "PIP_(INDEX_URL|EXTRA_INDEX_URL|NO_INDEX|FIND_LINKS|TRUSTED_HOST|CERT|CLIENT_CERT|PROXY|TIMEOUT|DEFAULT_TIMEOUT|RETRIES"
    "|CONFIG_FILE|CACHE_DIR|KEYRING_PROVIDER|DISABLE_PIP_VERSION_CHECK|USE_FEATURE)"
    # https://docs.astral.sh/uv/reference/environment/
    "|UV_(INDEX.*|DEFAULT_INDEX|EXTRA_INDEX_URL|FIND_LINKS|NO_INDEX|INSECURE_HOST|NATIVE_TLS|SYSTEM_CERTS|KEYRING_PROVIDER"
    "|HTTP_TIMEOUT|HTTP_RETRIES|CACHE_DIR|CONFIG_FILE|OFFLINE|SSL.*|CREDENTIALS_DIR|PYTHON_INSTALL_DIR)"
    # https://python-poetry.org/docs/configuration/
    "|POETRY_(HTTP_BASIC|PYPI_TOKEN|CERTIFICATES|REPOSITORIES|REQUESTS)_.*|POETRY_(CACHE|CONFIG)_DIR"
    # https://pdm-project.org/latest/reference/configuration/
    "|PDM_(PYPI|REQUEST).*|PDM_(CACHE_DIR|CONFIG_FILE|AUTH_FILE)"
    # https://pipenv.pypa.io/en/latest/configuration.html
    "|PIPENV_(PYPI_MIRROR|CACHE_DIR|TIMEOUT|MAX_RETRIES|INSTALL_TIMEOUT)"
)  # fmt: skip
# https://docs.npmjs.com/cli/configuring-npm/npmrc, https://yarnpkg.com/configuration/yarnrc, https://bun.sh/docs/runtime/bunfig,
# https://docs.deno.com/runtime/reference/env_variables/
_NPM = re.compile(
    "npm_config_(registry|cache|userconfig|globalconfig|cafile|ca|https?_?proxy|proxy|noproxy|strict_ssl|fetch_.*)"
    "|NODE_EXTRA_CA_CERTS|YARN_(REGISTRY|NPM_REGISTRY_SERVER|CACHE_FOLDER|GLOBAL_FOLDER|HTTPS?_PROXY|HTTPS?_CA_FILE_PATH|CA_FILE_PATH)"
    "|BUN_CONFIG_REGISTRY|BUN_INSTALL_CACHE_DIR|DENO_(CERT|TLS_CA_STORE|DIR)",
    re.IGNORECASE,
)  # fmt: skip


def for_packages(secrets: Sequence[str]) -> dict[str, str]:
    """For an installation of Python packages; `secrets` are the variables that this project's own needs."""
    return _chosen(_INDEX, secrets) | {"GIT_TERMINAL_PROMPT": "0", "PYTHONUNBUFFERED": "1"}


def for_front_end(secrets: Sequence[str]) -> dict[str, str]:
    """For npm and similar managers."""
    return _chosen(_NPM, secrets) | {"GIT_TERMINAL_PROMPT": "0", "NO_UPDATE_NOTIFIER": "1"}


def index_settings(environ: Mapping[str, str]) -> dict[str, str]:
    """Those of the variables that decide which packages are found, without the logins in addresses."""
    names = [name for name in environ if re.search("INDEX|FIND_LINKS|MIRROR|PYPI_URL|REGISTRY", name, re.IGNORECASE)]
    return {name: re.sub(r"//[^/@\s]*@", "//", environ[name]) for name in sorted(names) if "TOKEN" not in name}


def _chosen(pattern: re.Pattern[str], secrets: Sequence[str]) -> dict[str, str]:
    return {
        name: value
        for name, value in os.environ.items()
        if name in secrets or _SYSTEM.fullmatch(name) or pattern.fullmatch(name)
    }
