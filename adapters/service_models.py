"""The models that botocore makes clients from, found and read faster than it does by itself.

That is most of what making a client takes. Both classes stand where botocore has a place for them, "so that other
faster loading mechanism besides the default JSON loader can be used" (botocore's Loaders Reference).
"""

import gzip
from pathlib import Path
from typing import Any

import msgspec
from botocore.loaders import JSONFileLoader, Loader


class ModelFiles(JSONFileLoader):
    """Decodes JSON by msgspec."""

    def load_file(self, file_path: str) -> dict[str, Any] | None:
        """What `<file_path>.json` or `<file_path>.json.gz` holds; None when there is neither."""
        if (plain := Path(f"{file_path}.json")).is_file():
            return msgspec.json.decode(plain.read_bytes(), type=dict)
        if (packed := Path(f"{file_path}.json.gz")).is_file():
            return msgspec.json.decode(gzip.decompress(packed.read_bytes()), type=dict)
        return None


class ServiceModels(Loader):
    """Finds the model of a service by its name.

    botocore's own reads the folders of all its services first, to say which there are if the wanted one is missing.
    May go when botocore no longer does (boto/botocore#3687).
    """

    def list_available_services(self, type_name: str) -> list[str]:  # noqa: ARG002 - botocore's signature
        """The services that we make clients of; each has a model of every type that clients need."""
        return ["dynamodb", "sns"]


def service_models() -> Loader:
    """A loader for botocore's sessions."""
    return ServiceModels(file_loader=ModelFiles())
