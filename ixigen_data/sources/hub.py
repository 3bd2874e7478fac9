"""What the Hugging Face hub says when it says no, in one line."""

import os
import re

import fsspec

_URL = re.compile(r"(https?://[^\s?#]+)[?#]\S*")
_LOGIN = "log in with `hf auth login`, or set HF_TOKEN"


def is_hub(url: str) -> bool:
    """Return whether a URL names the hub: "hf://datasets/owner/name/*.parquet"."""
    return url.startswith("hf://")


def require_repository(filesystem: fsspec.AbstractFileSystem, path: str) -> None:
    """Check that the repository and revision of a path can be read: a listing would only say that nothing matches.

    Raises:
        Exception: the hub's own; `told_by_hub` puts it into words.
    """
    filesystem.resolve_path(path)


def is_hub_error(error: BaseException) -> bool:
    """Return whether an exception comes from the hub or from the way to it, and not from a file's bytes."""
    return not _names(error).isdisjoint({"HTTPError", "HfHubHTTPError", "OfflineModeIsEnabled", "TransportError"})


def told_by_hub(error: BaseException) -> str:
    """Return what is wrong, and what would help."""
    # The file system says FileNotFoundError for all that the hub refuses, and gives the hub's own words as its cause.
    cause = error.__cause__ if isinstance(error, FileNotFoundError) and error.__cause__ else error
    names, status = _names(cause), _status(cause)
    if "OfflineModeIsEnabled" in names:
        return "HF_HUB_OFFLINE is set; unset it, or copy the dataset and name its folder"
    if "RevisionNotFoundError" in names:
        return f"the dataset has no such revision ({status}); leave out what follows the @, or name a branch or commit"
    if "EntryNotFoundError" in names or (cause is error and isinstance(error, FileNotFoundError)):
        return "the dataset has no such file or folder; check the path below owner and name"
    if "GatedRepoError" in names or status == 403:
        return f"access is refused ({status}); ask for access on the dataset's page, then {_LOGIN}"
    if "RepositoryNotFoundError" in names or status in (401, 404):
        return f"no such dataset, or a private one ({status}); check owner and name, and {_LOGIN}"
    if status is None and is_hub_error(cause):
        endpoint = os.environ.get("HF_ENDPOINT", "huggingface.co")
        told = f"cannot reach {endpoint}: {_first_line(cause)}"
        return f"{told}; check the network, or copy the dataset and name its folder"
    return f"{type(cause).__name__}: {_first_line(cause)}"


def _names(error: BaseException) -> set[str]:
    # By name: importing the hub's client costs 0.4 s, and whoever sees its errors has it.
    return {kind.__name__ for kind in type(error).__mro__}


def _status(error: BaseException) -> int | None:
    status = getattr(getattr(error, "response", None), "status_code", None)
    return status if isinstance(status, int) else None


def _first_line(error: BaseException) -> str:
    """Return an error's first line, without the queries of URLs, which may be signed."""
    return _URL.sub(r"\1", (str(error).splitlines() or [type(error).__name__])[0])
