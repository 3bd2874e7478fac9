"""The datasets of a sweep side by side, in a terminal."""

from collections.abc import Mapping

from rich import box
from rich.table import Table
from rich.text import Text

from ixigen_data.core.units import format_count, format_percent
from ixigen_data.shards.manifest import Manifest


def variants_table(manifests: Mapping[str, Manifest]) -> Table:
    """Return one row a variant: tokens, windows, each part's ratio of the whole, and the digest."""
    paths = list(dict.fromkeys(part.path for manifest in manifests.values() for part in manifest.parts))
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False, show_edge=False)
    table.add_column("variant", header_style="bold", no_wrap=True)
    for title in ("tokens", "windows", *paths):
        table.add_column(title, justify="right", header_style="dim")
    table.add_column("digest", header_style="dim")
    for name, manifest in manifests.items():
        tokens = {part.path: part.tokens for part in manifest.parts}
        ratios = [format_percent(tokens.get(path, 0) / max(1, manifest.total_tokens)) for path in paths]
        counts = (format_count(manifest.total_tokens), format_count(manifest.total_windows))
        table.add_row(Text(name), *counts, *ratios, (manifest.digest or "")[:12])
    return table
