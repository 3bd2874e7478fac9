"""The folder that a dataset is built into: claimed by one recipe, finished once."""

from pydantic import BaseModel, ConfigDict, JsonValue, ValidationError

from ixigen_data.core.errors import EngineError
from ixigen_data.core.files import (
    exists,
    join,
    names_in,
    read_bytes,
    remove_partial,
    remove_tree,
    without_secrets,
    write_model,
)
from ixigen_data.shards.manifest import FILE_NAME as MANIFEST
from ixigen_data.shards.manifest import Manifest

_CLAIM = ".building.json"
_LOCK = ".lock"
_INDEX = "index.json"


class Claim(BaseModel):
    """What is being built into a folder."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    fingerprint: str


def is_built(url: str, fingerprint: str, recipe: JsonValue) -> bool:
    """Return whether a build stands finished in a folder; False where the folder is free for it, or holds its beginning.

    Raises:
        EngineError: the folder holds another dataset, another unfinished build, or files of somebody else.
    """
    names = set(names_in(url)) - {_LOCK}
    if MANIFEST in names and _read_claim(url) is None:
        manifest = Manifest.load(url)
        if manifest.fingerprints.get("shards") == fingerprint and manifest.recipe == recipe:
            return True
        raise _stands_already(url)
    _must_be_free(url, fingerprint, names, "a dataset")
    return False


def is_indexed(url: str, fingerprint: str) -> bool:
    """Return whether an index stands finished in a folder; False where the folder is free, or holds its beginning.

    Raises:
        EngineError: the folder holds a dataset, another unfinished build, or files of somebody else.
    """
    names = set(names_in(url)) - {_LOCK}
    if MANIFEST in names:
        raise _stands_already(url)
    if _INDEX in names and _read_claim(url) is None:
        return True
    _must_be_free(url, fingerprint, names, "an index")
    return False


def _stands_already(url: str) -> EngineError:
    shown = without_secrets(url)
    return EngineError(f"{shown}: a dataset stands here already; name another folder with --out, or delete this one")


def _must_be_free(url: str, fingerprint: str, names: set[str], wanted: str) -> None:
    """Raise unless a folder with some files is empty, or holds the beginning of a build."""
    shown, claim = without_secrets(url), _read_claim(url)
    if claim is not None and claim.fingerprint != fingerprint:
        raise EngineError(
            f"{shown}: holds the unfinished build of another recipe; name another folder with --out, or delete this one"
        )
    if claim is None and names:
        raise EngineError(f"{shown}: not empty, and not {wanted}; name another folder with --out")


def may_append(url: str, fingerprint: str) -> None:
    """Check that a generation can be added to the dataset in a folder.

    Raises:
        EngineError: another one was begun there and not finished.
    """
    claim = _read_claim(url)
    if claim is not None and claim.fingerprint != fingerprint:
        raise EngineError(
            f"{without_secrets(url)}: another recipe is being appended here; finish that build with --append first"
        )


def claim_output(url: str, fingerprint: str) -> None:
    """Claim a folder for a build, before the first shard is written; only the same build may go on in it."""
    write_model(join(url, _CLAIM), Claim(fingerprint=fingerprint))


def release_output(url: str) -> None:
    """Take the claim away, and what killed builds left: the dataset is finished."""
    remove_partial(url)
    remove_tree(join(url, _CLAIM))


def _read_claim(url: str) -> Claim | None:
    place = join(url, _CLAIM)
    try:
        return Claim.model_validate_json(read_bytes(place)) if exists(place) else None
    except ValidationError:
        raise EngineError(
            f"{without_secrets(place)}: damaged; delete it, and run the build that was writing here again"
        ) from None
