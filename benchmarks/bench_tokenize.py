"""Tokenization: datatrove's `DocumentTokenizer`, the tools it could have used, and ours, on Korean statutes.

Each writes one flat file of ids, an EOS after every document, in the order of the documents; the files must be equal.
"""

import json
import struct
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import orjson
import pyarrow as pa
import xxhash
import zstandard
from pydantic import JsonValue, TypeAdapter
from rich.console import Console
from rich.table import Table

from benchmarks.harness import CORPORA, Figures, Work, measure, write_results
from benchmarks.tokenizers_for import qwen_folder
from ixigen_data.clean.keys import document_keys, key_bytes
from ixigen_data.tokens.encode import encode_chunk
from ixigen_data.tokens.fast import FastBackend
from ixigen_data.tokens.literals import LiteralCounter
from ixigen_data.tokens.settings import TokenizerSettings
from ixigen_data.tokens.token_files import Runs, write_documents
from ixigen_data.tokens.tokenizer import Tokenizer, open_tokenizer

CORPUS = CORPORA / "ko_general" / "law-00.jsonl.zst"
EOS = "<|endoftext|>"
GOAL = 20.0


def datatrove(folder: str, limit_bytes: int) -> Work:
    """The peer: datatrove 0.10.1's own step, without shuffling."""
    from datatrove.data import Document
    from datatrove.pipeline.tokens import DocumentTokenizer
    from datatrove.utils.logging import logger

    logger.disable("datatrove")
    documents = [Document(text=text, id=str(row)) for row, text in enumerate(read_texts(limit_bytes))]
    out = tempfile.mkdtemp()
    step = DocumentTokenizer(out, f"{folder}/tokenizer.json", eos_token=EOS, shuffle_documents=False)
    assert step.tokenizer is not None

    def work() -> JsonValue:
        step.run(iter(documents))
        return described(next(Path(out).glob("*.ds")))

    return work


def hugging_face(folder: str, limit_bytes: int) -> Work:
    """`tokenizers` with the call that keeps no offsets, ids packed by numpy."""
    import tokenizers

    texts = read_texts(limit_bytes)
    tokenizer = tokenizers.Tokenizer.from_file(f"{folder}/tokenizer.json")
    eos = tokenizer.token_to_id(EOS)
    assert eos is not None

    def work() -> JsonValue:
        encodings = tokenizer.encode_batch_fast(texts, add_special_tokens=False)
        return written([[*encoding.ids, eos] for encoding in encodings])

    return work


def tiktoken(folder: str, limit_bytes: int) -> Work:
    """tiktoken with the same ranks and pattern."""
    import unicodedata

    from tiktoken import Encoding

    texts = read_texts(limit_bytes)
    file = json.loads(Path(folder, "tokenizer.json").read_bytes())
    pattern = file["pre_tokenizer"]["pretokenizers"][0]["pattern"]["Regex"]
    encoding = Encoding("qwen", pat_str=pattern, mergeable_ranks=byte_ranks(file["model"]["vocab"]), special_tokens={})
    eos = next(token["id"] for token in file["added_tokens"] if token["content"] == EOS)

    def work() -> JsonValue:
        return written([[*encoding.encode_ordinary(unicodedata.normalize("NFC", text)), eos] for text in texts])

    return work


def ixigen(folder: str, limit_bytes: int) -> Work:
    """Ours, as the tokenize stage does it: ids, literal special tokens counted, EOS, tokens and index written."""
    texts = read_texts(limit_bytes)
    text = pa.array(texts, pa.large_string())
    keys = key_bytes(document_keys(text))
    columns = {"text": text, "id": pa.array([str(row) for row in range(len(text))], pa.large_string()), "key": keys}
    places = {"file": pa.array(np.zeros(len(text), np.int32)), "offset": pa.array(np.arange(len(text)))}
    batch = pa.RecordBatch.from_pydict(columns | places)
    tokenizer = open_tokenizer(TokenizerSettings(path=folder, eos=EOS))
    backend = FastBackend(tokenizer)
    out = tempfile.mkdtemp()
    _encode_and_write(batch.slice(0, 1), tokenizer, backend, out)  # compiles the kernels

    def work() -> JsonValue:
        return described(_encode_and_write(batch, tokenizer, backend, out))

    return work


CONTENDERS = (datatrove, hugging_face, tiktoken, ixigen)


@dataclass(frozen=True)
class Comparison:
    """All contenders on one size of input."""

    text_bytes: int
    identical_ids: bool
    times_datatrove: float  # of CPU-seconds
    contenders: dict[str, Figures]


def main(quick: bool) -> bool:
    """Measure at two sizes and print a table; return whether ids are identical and the mark is met.

    A quick run has sizes too small for the mark, and leaves the figures that are kept as they are.
    """
    sizes = (1 << 20, 4 << 20) if quick else (15 << 20, 60 << 20)
    folder = str(qwen_folder())
    results = [compare(folder, size) for size in sizes]
    show(results)
    identical = all(result.identical_ids for result in results)
    if quick:
        return identical
    path = write_results("tokenize", TypeAdapter(list[Comparison]).dump_python(results, mode="json"))
    print(f"figures: {path}")
    return identical and all(result.times_datatrove >= GOAL for result in results)


def compare(folder: str, limit_bytes: int) -> Comparison:
    """Return the figures of every contender at one size."""
    text_bytes = sum(len(text.encode()) for text in read_texts(limit_bytes))
    runs = {one.__name__: measure(one, folder, limit_bytes) for one in CONTENDERS}
    results = {json.dumps(run.result) for run in runs.values()}
    times = runs["datatrove"].cpu_seconds / runs["ixigen"].cpu_seconds
    return Comparison(text_bytes, len(results) == 1, times, runs)


def show(results: Sequence[Comparison]) -> None:
    """Print the figures."""
    table = Table("text", "contender", "CPU s", "MB/s", "× datatrove", "peak RSS", title="Tokenization of statutes")
    for result in results:
        size, peer = f"{result.text_bytes / 1e6:.1f} MB", result.contenders["datatrove"]
        for name, run in result.contenders.items():
            times, rate = peer.cpu_seconds / run.cpu_seconds, result.text_bytes / 1e6 / run.cpu_seconds
            peak = f"{run.peak_bytes / 1e6:.0f} MB"
            table.add_row(size, name, f"{run.cpu_seconds:.2f}", f"{rate:.1f}", f"{times:.1f}", peak)
    Console().print(table)
    for result in results:
        ids = "identical ids" if result.identical_ids else "IDS DIFFER"
        goal = "reached" if result.times_datatrove >= GOAL else "missed"
        print(
            f"{result.text_bytes / 1e6:.1f} MB: {ids}, {result.times_datatrove:.1f} × datatrove (goal {GOAL:g}: {goal})"
        )


def read_texts(limit_bytes: int) -> list[str]:
    """Return whole documents from the start of the corpus, up to a size in UTF-8."""
    texts, size = [], 0
    with CORPUS.open("rb") as stream:
        for line in zstandard.ZstdDecompressor().stream_reader(stream).read().splitlines():
            text = orjson.loads(line)["text"]
            size += len(text.encode())
            if size > limit_bytes:
                break
            texts.append(text)
    return texts


def written(rows: Sequence[Sequence[int]]) -> JsonValue:
    """Write ids as flat uint32, as every contender does, and describe the file."""
    with tempfile.NamedTemporaryFile() as stream:
        for row in rows:
            stream.write(np.array(row, np.uint32).tobytes())
        stream.flush()
        return described(Path(stream.name))


def described(path: Path) -> JsonValue:
    """Return the number of tokens in a file of ids, and a digest."""
    data = path.read_bytes()
    return {"tokens": len(data) // struct.calcsize("<I"), "digest": xxhash.xxh3_128_hexdigest(data)}


def byte_ranks(vocab: dict[str, int]) -> dict[bytes, int]:
    """Return the ranks of a byte-level vocabulary by the bytes that its letters stand for."""
    shown = [*range(33, 127), *range(161, 173), *range(174, 256)]
    hidden = [byte for byte in range(256) if byte not in shown]
    byte_of = {chr(byte): byte for byte in shown} | {chr(256 + place): byte for place, byte in enumerate(hidden)}
    return {bytes(byte_of[letter] for letter in token): rank for token, rank in vocab.items()}


def _encode_and_write(batch: pa.RecordBatch, tokenizer: Tokenizer, backend: FastBackend, out: str) -> Path:
    encoded = encode_chunk(iter([batch]), tokenizer, backend, LiteralCounter(tokenizer.specials))
    starts = np.cumsum(encoded.counts) - encoded.counts
    runs = Runs(encoded.tokens, starts, encoded.counts, tail=tokenizer.eos_id)
    write_documents(out, "ids", runs, encoded.index)
    return Path(out, "ids.tokens")
