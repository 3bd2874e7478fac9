"""Batches against a twin in plain Python, over a dataset whose every token is known."""

from pathlib import Path

import numpy as np
import pytest

from ixigen_data.core.errors import ShardError
from ixigen_data.shards.manifest import Manifest
from ixigen_train.windows.batch import IGNORED, NO_PART, Batcher
from ixigen_train.windows.dataset import held_out_windows, training_windows
from ixigen_train.windows.shard_cache import ShardCache
from tests.dataset import EOS, Row, rows_of, write_dataset

SEQ_LEN = 32


@pytest.fixture
def dataset(tmp_path: Path) -> tuple[str, Manifest]:
    return str(tmp_path / "set"), write_dataset(str(tmp_path / "set"), seq_len=SEQ_LEN)


def plain(row: Row) -> list[tuple[int, int, int, int]]:
    """Input, position, label and part of each token."""
    found, position = [], 0
    for place, (token, owner) in enumerate(zip(row.tokens, row.owners, strict=True)):
        before = row.tokens[place - 1] if place else None
        opens = before is None or before.last or row.owners[place - 1] != owner
        position = 0 if opens else position + 1
        found.append((token.id, position, IGNORED if opens else token.id, owner))
    return found


def test_batches_agree_with_the_plain_form(dataset: tuple[str, Manifest]) -> None:
    url, manifest = dataset
    stream = training_windows(manifest, ShardCache(url))
    batch = Batcher(manifest).batch(0, stream.read(range(len(stream))))
    rows = rows_of(SEQ_LEN)[0]
    assert len(stream) == len(rows)
    for number, row in enumerate(rows):
        columns = np.array(plain(row)).T
        for array, expected in zip(
            (batch.input_ids, batch.position_ids, batch.labels, batch.part), columns, strict=True
        ):
            assert array[number].tolist() == expected.tolist()


def test_pad_is_no_label_and_no_part(dataset: tuple[str, Manifest]) -> None:
    url, manifest = dataset
    (stream,) = held_out_windows(manifest, ShardCache(url)).values()
    batch = Batcher(manifest).batch(0, stream.read(range(len(stream))))
    assert batch.input_ids[-1, -5:].tolist() == [EOS] * 5
    assert batch.labels[-1, -5:].tolist() == [IGNORED] * 5
    assert batch.part[-1, -6:].tolist() == [1, *[NO_PART] * 5]
    assert batch.labels[-1, -6] == batch.input_ids[-1, -6], "the last token that is not pad is learned, EOS or not"


def test_any_range_gives_the_windows_of_the_whole(dataset: tuple[str, Manifest]) -> None:
    url, manifest = dataset
    stream = training_windows(manifest, ShardCache(url))
    whole = stream.read(range(len(stream)))
    for start in range(len(stream) + 1):
        for stop in range(start, len(stream) + 1):
            assert np.array_equal(stream.read(range(start, stop)), whole[start:stop])
    with pytest.raises(ShardError, match=r"windows 17 to 18: there are 0 to 17"):
        stream.read(range(17, 19))


def test_windows_of_a_part_that_the_manifest_does_not_know_are_refused(dataset: tuple[str, Manifest]) -> None:
    url, manifest = dataset
    fewer = manifest.model_copy(update={"parts": manifest.parts[:2]})
    with pytest.raises(ShardError, match=r"shard.00000.mds: has a window of part 2, but the manifest knows 2 parts"):
        training_windows(fewer, ShardCache(url)).read(range(5))
