"""The shards as others see them: MDSWriter's bytes, StreamingDataset, LLM-Foundry's text loader."""

import json
import warnings
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from ixigen_data.packing.windows import Windows
from ixigen_data.shards.layout import Layout
from ixigen_data.shards.manifest import Manifest
from ixigen_data.shards.settings import ShardSettings
from tests.dataset import EOS, five_windows, rows_of, windows_of, write_dataset

pytestmark = [
    pytest.mark.train,
    # streaming opens files without closing them.
    pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning"),
]

SEQ_LEN = 32
SETTINGS = {
    "plain": ShardSettings(),
    "zstd": ShardSettings(compression="zstd"),
    "two hashes": ShardSettings(hashes=("xxh3_128", "sha256")),
}


@pytest.fixture(scope="module", autouse=True)
def _mosaic() -> None:
    """Import the Mosaic packages once; what they import warns of its own age."""
    pytest.importorskip("torch", reason="needs the train lock")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import ixigen_train.foundry.compat  # noqa: F401 -- before any Mosaic package

        pytest.importorskip("llmfoundry.data.text_data", reason="needs the train lock")


@pytest.fixture(params=SETTINGS)
def settings(request: pytest.FixtureRequest) -> ShardSettings:
    return SETTINGS[request.param]


@pytest.fixture
def dataset(settings: ShardSettings, tmp_path: Path) -> tuple[Path, Manifest]:
    return tmp_path / "ours", write_dataset(str(tmp_path / "ours"), settings, SEQ_LEN)


def expected_windows() -> Windows:
    return windows_of(rows_of(SEQ_LEN)[0], SEQ_LEN)


def samples(windows: Windows) -> Iterator[dict[str, object]]:
    for row in range(len(windows)):
        yield {
            "tokens": windows.tokens[row],
            "ends": windows.ends[row],
            "length": int(windows.length[row]),
            "part": int(windows.part[row]),
        }


@pytest.mark.parametrize("settings", [SETTINGS["plain"], SETTINGS["two hashes"]], ids=["plain", "two hashes"])
def test_shards_and_index_are_byte_identical_to_mdswriter(
    settings: ShardSettings, dataset: tuple[Path, Manifest], tmp_path: Path
) -> None:
    from streaming import MDSWriter

    ours, manifest = dataset
    layout = Layout(SEQ_LEN, five_windows(settings, SEQ_LEN))
    peer = {
        "columns": layout.columns,
        "compression": settings.compression,
        "hashes": list(settings.hashes),
        "size_limit": layout.settings.size_limit,
    }
    with MDSWriter(out=str(tmp_path / "peer"), **peer) as writer:
        for sample in samples(expected_windows()):
            writer.write(sample)
    assert len(manifest.shards) == 4
    for name in ["index.json", *(shard.file for shard in manifest.shards)]:
        assert (ours / name).read_bytes() == (tmp_path / "peer" / name).read_bytes(), name


@pytest.mark.parametrize("seq_len", [8, 64, 2048])
@pytest.mark.parametrize("extra_bytes", [0, 1, 7_999, 8_000])
def test_shards_are_cut_where_mdswriter_cuts_them(seq_len: int, extra_bytes: int, tmp_path: Path) -> None:
    from streaming import MDSWriter

    smallest = Layout(seq_len, ShardSettings()).smallest_size_limit
    layout = Layout(seq_len, ShardSettings(size_limit=smallest + extra_bytes))
    windows = windows_of(rows_of(seq_len)[0], seq_len)
    peer = {"columns": layout.columns, "hashes": ["xxh3_128"], "size_limit": layout.settings.size_limit}
    with MDSWriter(out=str(tmp_path), **peer) as writer:
        for sample in samples(windows):
            writer.write(sample)
    written = [shard["samples"] for shard in json.loads((tmp_path / "index.json").read_text())["shards"]]
    starts = range(0, len(windows), layout.windows_per_shard)
    assert written == [min(layout.windows_per_shard, len(windows) - start) for start in starts]


@pytest.mark.parametrize("folder", ["", "eval/replay/ko"])
def test_what_a_build_wrote_is_what_the_readers_return(folder: str, tmp_path: Path) -> None:
    from llmfoundry.data.text_data import StreamingTextDataset
    from streaming import Stream, StreamingDataset
    from streaming.base.util import clean_stale_shared_memory

    tiny = Path(__file__).resolve().parents[2] / "shards" / "tiny"
    manifest = Manifest.load(str(tiny))
    windows = manifest.eval["replay/ko"].windows if folder else manifest.total_windows
    clean_stale_shared_memory()
    options = {"remote": str(tiny / folder), "validate_hash": "xxh3_128"}
    plain = StreamingDataset(local=str(tmp_path / "plain"), shuffle=False, batch_size=1, **options)
    text = StreamingTextDataset(
        tokenizer=None,
        max_seq_len=manifest.seq_len,
        streams=[Stream(local=str(tmp_path / "text"), **options)],
        batch_size=1,
        shuffle=False,
        token_encoding_type="int32",
    )
    assert len(plain) == len(text) == windows
    shards = [tiny / shard.file for shard in (manifest.eval["replay/ko"].shards if folder else manifest.shards)]
    tokens = [row for shard in shards for row in _tokens_of(shard, manifest.seq_len)]
    for row in range(windows):
        assert plain[row]["tokens"].tolist() == text[row].tolist() == tokens[row].tolist()


def _tokens_of(shard: Path, seq_len: int) -> np.ndarray:
    """Return the tokens of a shard, read from its last bytes by the layout that shards/README.md draws."""
    dtype = Layout(seq_len, ShardSettings()).dtype
    data = shard.read_bytes()
    windows = int(np.frombuffer(data, "<u4", 1)[0])
    return np.frombuffer(data[-windows * dtype.itemsize :], dtype)["tokens"]


def test_streaming_dataset_returns_every_column_of_every_window(dataset: tuple[Path, Manifest], tmp_path: Path) -> None:
    from streaming import StreamingDataset
    from streaming.base.util import clean_stale_shared_memory

    clean_stale_shared_memory()
    remote, _ = dataset
    reader = StreamingDataset(
        remote=str(remote), local=str(tmp_path / "cache"), validate_hash="xxh3_128", shuffle=False, batch_size=1
    )
    windows = expected_windows()
    assert len(reader) == len(windows)
    for row in range(len(windows)):
        sample = reader[row]
        assert np.array_equal(sample["tokens"], windows.tokens[row])
        assert np.array_equal(sample["ends"], windows.ends[row])
        assert (sample["length"], sample["part"]) == (windows.length[row], windows.part[row])


def test_the_stock_text_loader_of_llm_foundry_returns_every_token(
    dataset: tuple[Path, Manifest], tmp_path: Path
) -> None:
    from llmfoundry.data.text_data import StreamingTextDataset
    from streaming import Stream
    from streaming.base.util import clean_stale_shared_memory

    clean_stale_shared_memory()
    remote, manifest = dataset
    for folder, windows in (("", manifest.total_windows), ("eval/replay/ko", manifest.eval["replay/ko"].windows)):
        stream = Stream(remote=str(remote / folder), local=str(tmp_path / f"cache{windows}"), validate_hash="xxh3_128")
        reader = StreamingTextDataset(
            tokenizer=None,
            max_seq_len=SEQ_LEN,
            streams=[stream],
            batch_size=1,
            shuffle=False,
            token_encoding_type="int32",
        )
        assert len(reader) == windows
        served = np.stack([reader[row].numpy() for row in range(windows)])
        if not folder:
            assert np.array_equal(served, expected_windows().tokens)
        else:
            assert (served[-1, -5:] == EOS).all()  # pad


def test_streaming_dataset_refuses_a_flipped_bit(dataset: tuple[Path, Manifest], tmp_path: Path) -> None:
    from streaming import StreamingDataset
    from streaming.base.util import clean_stale_shared_memory

    clean_stale_shared_memory()
    remote, manifest = dataset
    place = remote / (manifest.shards[0].stored or manifest.shards[0]).file
    data = bytearray(place.read_bytes())
    data[-1] ^= 4
    place.write_bytes(data)
    reader = StreamingDataset(
        remote=str(remote), local=str(tmp_path / "cache"), validate_hash="xxh3_128", shuffle=False, batch_size=1
    )
    with pytest.raises(ValueError, match="Checksum failure"):
        reader[0]
