from pathlib import Path

import pytest

from ixigen_data.core.digests import digest_bytes
from ixigen_data.core.errors import ShardError
from ixigen_data.shards.manifest import Manifest
from ixigen_data.shards.statistics import Statistics
from tests.unit.report.conftest import sample_manifest, sample_statistics


@pytest.fixture
def manifest(tmp_path: Path) -> Manifest:
    """A manifest whose file of statistics stands in `tmp_path`."""
    statistics = sample_statistics()
    (tmp_path / "statistics.json").write_bytes(statistics.data())
    return sample_manifest().model_copy(update={"statistics": statistics.stored()}).sealed()


def test_what_was_written_is_read(manifest: Manifest, tmp_path: Path) -> None:
    assert Statistics.load(str(tmp_path), manifest) == sample_statistics()


def test_a_dataset_may_have_none(tmp_path: Path) -> None:
    assert Statistics.load(str(tmp_path), sample_manifest()) is None


def test_they_are_no_part_of_the_data_but_of_the_file(manifest: Manifest) -> None:
    assert manifest.digest == sample_manifest().digest
    assert manifest.checksum != sample_manifest().checksum


def test_a_missing_file_is_said(manifest: Manifest, tmp_path: Path) -> None:
    (tmp_path / "statistics.json").unlink()
    with pytest.raises(ShardError, match=r"statistics\.json: not found, but the manifest names it"):
        Statistics.load(str(tmp_path), manifest)


def test_a_changed_file_is_said(manifest: Manifest, tmp_path: Path) -> None:
    data = (tmp_path / "statistics.json").read_bytes()
    (tmp_path / "statistics.json").write_bytes(data.replace(b"541", b"542", 1))
    with pytest.raises(ShardError, match=r"statistics\.json: expected the digest \w{32}, got \w{32}; the file was"):
        Statistics.load(str(tmp_path), manifest)


def test_a_file_of_another_version_is_said(tmp_path: Path) -> None:
    data = sample_statistics().data().replace(b'"schema_version":1', b'"schema_version":1,"colour":"red"')
    (tmp_path / "statistics.json").write_bytes(data)
    record = sample_statistics().stored().model_copy(update={"digests": {"xxh3_128": digest_bytes(data)}})
    with pytest.raises(ShardError, match=r"statistics\.json: colour: Extra inputs are not permitted"):
        Statistics.load(str(tmp_path), sample_manifest().model_copy(update={"statistics": record}))


def test_a_generation_goes_behind_earlier_ones() -> None:
    earlier = sample_statistics()
    assert earlier.trace is not None
    texts = {"portone": earlier.texts["portone"].model_copy(update={"documents": 9}), "new": earlier.texts["django"]}
    trace = earlier.trace.model_copy(update={"borders": (1_900, 2_000)})
    sample = earlier.samples[0].model_copy(update={"id": "later"})
    added = earlier.model_copy(update={"texts": texts, "trace": trace, "samples": (sample,)})
    both = added.behind(earlier)
    assert list(both.texts) == ["portone", "speeches", "django", "stdlib", "new"]
    assert both.texts["portone"].documents == 9
    assert [each.id for each in both.samples] == ["lib/this.py", "later"]
    assert both.trace == trace
    assert (earlier.stored().file, both.stored().file) == ("statistics.json", "statistics.1900.json")
