"""AWS AppSync on one machine: executes and authorizes an API's operations, and speaks AppSync's wire protocols.

The names below load on first use, because `web.visits` must be importable with the standard library alone.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from appsync_offline.control_plane.deployed_api import DeployedApi as DeployedApi
    from appsync_offline.control_plane.reader import ControlPlane as ControlPlane
    from appsync_offline.gateway import CannotLoad as CannotLoad
    from appsync_offline.gateway import Gateway as Gateway
    from appsync_offline.loading import loader as loader
    from appsync_offline.web.server import create_app as create_app

_MODULES = {
    "CannotLoad": "gateway",
    "ControlPlane": "control_plane.reader",
    "DeployedApi": "control_plane.deployed_api",
    "Gateway": "gateway",
    "create_app": "web.server",
    "loader": "loading",
}
__all__ = ["CannotLoad", "ControlPlane", "DeployedApi", "Gateway", "create_app", "loader"]


def __getattr__(name: str) -> object:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)
