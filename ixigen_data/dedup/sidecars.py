"""What deduplication wants to know of every text while it is cleaned."""

from ixigen_data.clean.sidecars import Sidecar
from ixigen_data.dedup.containment.sketch import Sketches
from ixigen_data.dedup.lines.sidecar import LineCounts
from ixigen_data.dedup.near.sidecar import Signatures
from ixigen_data.dedup.settings import DedupSettings


def sidecars_of(settings: DedupSettings, source: str, language: str | None) -> tuple[Sidecar, ...]:
    """Return the sidecars of a source of a language."""
    found: list[Sidecar] = []
    if settings.near is not None:
        found.append(Signatures(settings.near, settings.near.unit_of(language)))
        if settings.contains:
            found.append(Sketches(settings.near, settings.near.unit_of(language)))
    if settings.lines is not None and settings.lines.applies_to(source, language):
        found.append(LineCounts(settings.lines))
    return tuple(found)
