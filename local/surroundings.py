"""Chooses which variables of the user's shell reach the programs of the stack.

A shell holds secrets (`GITHUB_TOKEN`), and settings that change other programs: variables that load code, point AWS
clients at the user's accounts, send requests to a proxy, or make installers leave packages out. Therefore each program
receives only the variables that are listed here.
"""

import os
import re

_OF_PROGRAMS = re.compile(
    r"PATH|HOME|USER|LOGNAME|SHELL|TERM|LANG|LANGUAGE|LC_[A-Z]+|TZ|TMPDIR|NO_COLOR|LD_LIBRARY_PATH|DYLD_LIBRARY_PATH"
    # Where version managers find Node and Python; their other variables may hold tokens.
    r"|(ASDF|MISE|NVM|FNM|PYENV|NODENV)_(DIR|ROOT|DATA_DIR|CONFIG_DIR|CACHE_DIR|BIN|MULTISHELL_PATH|VERSION)"
    r"|VOLTA_HOME|XDG_[A-Z]+_(HOME|DIR)"
    # The settings of this product.
    r"|PORT|TLS_PORT|MINISTACK_PORT|LOCAL_DATA|AUTH|WATCH|ALLOWED_HOSTS"
)
# Where packages come from, and how to get there. What is installed, and into which place, is not the user's choice.
_OF_INSTALLERS = re.compile(
    r"(HTTPS?|ALL)_PROXY"
    r"|SSL_CERT_(FILE|DIR)|REQUESTS_CA_BUNDLE|CURL_CA_BUNDLE|NODE_EXTRA_CA_CERTS"
    r"|PIP_((EXTRA_)?INDEX_URL|FIND_LINKS|CERT|CLIENT_CERT|TRUSTED_HOST|CACHE_DIR|DEFAULT_TIMEOUT|PROXY)"
    r"|UV_((DEFAULT_|EXTRA_)?INDEX(_URL)?|INDEX_\w+_(USERNAME|PASSWORD)|FIND_LINKS|INDEX_STRATEGY|KEYRING_PROVIDER"
    r"|INSECURE_HOST|NATIVE_TLS|SYSTEM_CERTS|CACHE_DIR|HTTP_TIMEOUT|PYTHON_INSTALL_DIR|PYTHON_INSTALL_MIRROR)"
    r"|NPM_CONFIG_(REGISTRY|USERCONFIG|GLOBALCONFIG|CACHE|CAFILE|CA|PROXY|HTTPS_PROXY|STRICT_SSL)",
    re.IGNORECASE,
)
# AWS clients read these files of the home folder even without a profile, and fail if a file is broken.
_NO_FILES = {"AWS_CONFIG_FILE": os.devnull, "AWS_SHARED_CREDENTIALS_FILE": os.devnull}
_THIS_MACHINE = "127.0.0.1,localhost,::1"


def of_programs() -> dict[str, str]:
    """Returns the environment of a program that talks only to this machine."""
    variables = {name: value for name, value in os.environ.items() if _OF_PROGRAMS.fullmatch(name)}
    return variables | _NO_FILES | _without_proxy(_THIS_MACHINE)


def of_installers() -> dict[str, str]:
    """Returns the environment of a program that may also download packages."""
    variables = {name: value for name, value in os.environ.items() if _OF_INSTALLERS.fullmatch(name)}
    no_proxy = os.environ.get("NO_PROXY") or os.environ.get("no_proxy") or ""
    hosts = [host for host in no_proxy.split(",") if host and host not in _THIS_MACHINE.split(",")]
    return {**of_programs(), **variables, **_without_proxy(",".join([*hosts, _THIS_MACHINE]))}


def keep_what_is_allowed() -> None:
    """Remove what not even an installer receives from the environment of this process."""
    allowed = of_installers()
    os.environ.clear()
    os.environ.update(allowed)


def _without_proxy(hosts: str) -> dict[str, str]:
    # Programs read one or the other. With either, Python asks for no proxy in macOS's network settings.
    return {"NO_PROXY": hosts, "no_proxy": hosts}
