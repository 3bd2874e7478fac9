"""The indexes that a recipe names: opened, and held against what the recipe asks for."""

from collections.abc import Iterable

from ixigen_data.core.errors import DedupError
from ixigen_data.core.files import absolute, sizes_below, without_secrets
from ixigen_data.dedup.index.manifest import IndexManifest, IndexNear, KnownIndex
from ixigen_data.dedup.settings import AgainstSettings, DedupSettings, NearSettings, Unit

_KEYS: dict[Unit, str] = {"characters": "shingle", "words": "words", "tokens": "tokens"}  # of dedup.near


def near_of(near: NearSettings, units: Iterable[Unit]) -> IndexNear:
    """Return what decides the signatures of sources of some units."""
    from ixigen_data.dedup.near.sidecar import BYTES  # noqa: PLC0415 - start-up: `check` reads indexes without Arrow

    sizes = {unit: near.size_of(unit) for unit in sorted(set(units))}
    return IndexNear(
        version=BYTES, bands=near.bands, rows=near.rows, sizes=sizes, containment=near.containment is not None
    )


def open_against(settings: DedupSettings, languages: Iterable[str | None]) -> tuple[KnownIndex, ...]:
    """Return the indexes of a recipe, in their order, which is their priority.

    Args:
        languages: of the recipe's sources.

    Raises:
        DedupError: the first that is none, is damaged or does not fit the recipe.
    """
    known = []
    for number, found in enumerate(open_each(settings, languages)):
        if isinstance(found, DedupError):
            raise DedupError(f"dedup.against[{number}]: {found}")
        known.append(found)
    return tuple(known)


def open_each(settings: DedupSettings, languages: Iterable[str | None]) -> list[KnownIndex | DedupError]:
    """Return each index that a recipe names, or what is wrong with it."""
    units = [] if settings.near is None else sorted({settings.near.unit_of(language) for language in languages})
    found: list[KnownIndex | DedupError] = []
    for entry in settings.against:
        try:
            known = _opened(entry, settings.near, units)
            twice = next(
                (each.url for each in found if isinstance(each, KnownIndex) and each.digest == known.digest), ""
            )
            if twice:
                raise DedupError(f"{_shown(known)}: is the same index as {without_secrets(twice)}; name it once")
            found.append(known)
        except DedupError as error:
            found.append(error)
    return found


def _opened(entry: AgainstSettings, near: NearSettings | None, units: list[Unit]) -> KnownIndex:
    manifest = IndexManifest.load(absolute(entry.index))
    known = KnownIndex(url=absolute(entry.index), digest=manifest.digest)
    if entry.digest is not None and entry.digest != manifest.digest:
        raise DedupError(
            f"{_shown(known)}: its digest is {manifest.digest}, the recipe pins {entry.digest}; "
            "put the pinned index back, or pin this one"
        )
    if near is not None:
        _must_compare(_shown(known), manifest.near, near_of(near, units))
    known.must_be_whole(sizes_below(known.url))
    return known


def _must_compare(shown: str, stands: IndexNear | None, asked: IndexNear) -> None:
    """Raise unless the signatures of an index can be compared with those of a recipe."""
    if stands is None:
        raise DedupError(
            f"{shown}: holds no signatures, since it was made without dedup.near, and this recipe looks for "
            "near-duplicates; write the index again from a recipe with dedup.near, or leave near out of this one"
        )
    if stands.version != asked.version:
        raise DedupError(
            f"{shown}: its signatures are of version {stands.version}, this program writes version {asked.version}; "
            "write the index again with `ixigen-data index`"
        )
    for name, theirs, ours in _numbers(stands, asked):
        if theirs != ours:
            raise DedupError(
                f"{shown}: was made with dedup.near.{name} {theirs}, this recipe has {ours}, and their signatures "
                f"cannot be compared; write {name}: {theirs} in the recipe, or write the index again with {ours}"
            )
    if not set(stands.sizes) & set(asked.sizes):
        raise DedupError(
            f"{shown}: its shingles are runs of {' and '.join(stands.sizes)}, those of this recipe's sources of "
            f"{' and '.join(asked.sizes)}, as their languages say; no near-duplicate can be found: leave this index out"
        )
    if asked.containment and not stands.containment:
        raise DedupError(
            f"{shown}: was made without dedup.near.containment, which this recipe asks for; write the index again "
            "with it, or leave it out of this recipe"
        )


def _numbers(stands: IndexNear, asked: IndexNear) -> list[tuple[str, int, int]]:
    """Return the settings that must agree, each as the index and as the recipe has it."""
    common = [unit for unit in stands.sizes if unit in asked.sizes]
    sizes = [(_KEYS[unit], stands.sizes[unit], asked.sizes[unit]) for unit in common]
    return [("bands", stands.bands, asked.bands), ("rows", stands.rows, asked.rows), *sizes]


def _shown(known: KnownIndex) -> str:
    return without_secrets(known.url)
