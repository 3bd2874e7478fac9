from pathlib import Path

from rich.console import Console

from ixigen_data.report.variants import variants_table
from tests.dataset import write_dataset


def test_a_variant_is_a_row_with_the_ratio_of_every_part(tmp_path: Path) -> None:
    manifest = write_dataset(str(tmp_path))
    nothing = manifest.model_copy(update={"parts": tuple(p.model_copy(update={"tokens": 0}) for p in manifest.parts)})
    console = Console(width=120, no_color=True)
    with console.capture() as capture:
        console.print(variants_table({"[half]": manifest, "other": nothing}))
    title, first, second = [line.split() for line in capture.get().splitlines() if line.strip(" ─╴╶")]
    assert title == ["variant", "tokens", "windows", *[part.path for part in manifest.parts], "digest"]
    assert first[:3] == ["[half]", f"{manifest.total_tokens:,}", f"{manifest.total_windows}"]
    ratios, none = ([float(cell.rstrip("%")) for cell in row[3:-1] if cell != "%"] for row in (first, second))
    assert abs(sum(ratios) - 100) < 1
    assert none == [0, 0, 0]
