"""A byte-level tokenizer that fits on a screen; both backends read it."""

import json
from pathlib import Path

EOS, BOS, TOOL = "<|endoftext|>", "<|bos|>", "<tool>"
_WORDS = ["the", "ing", " and", "  ", " th", "er", "on", "다", "이", "가 ", "니다", "를", "ㅋㅋ", "\n\n", "10"]


def tiny_tokenizer(folder: Path) -> Path:
    """Write a tokenizer.json of about 300 entries and return its path: 256 bytes, some words, three added tokens."""
    letters = _letters()
    vocab = {letter: number for number, letter in enumerate(sorted(letters.values()))}
    merges: list[list[str]] = []
    for word in _WORDS:
        piece, *rest = [letters[byte] for byte in word.encode()]
        for letter in rest:
            if piece + letter not in vocab:
                vocab[piece + letter] = len(vocab)
                merges.append([piece, letter])
            piece += letter
    added = [
        {"id": len(vocab) + number, "content": token, "special": token != TOOL, "normalized": False}
        | {"single_word": False, "lstrip": False, "rstrip": False}
        for number, token in enumerate((EOS, BOS, TOOL))
    ]
    byte_level = {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": True}
    path = folder / "tokenizer.json"
    document = {
        "version": "1.0",
        "truncation": {"direction": "Right", "max_length": 8, "strategy": "LongestFirst", "stride": 0},
        "padding": None,
        "added_tokens": added,
        "normalizer": {"type": "NFC"},
        "pre_tokenizer": byte_level,
        "post_processor": None,
        "decoder": byte_level,
        "model": {"type": "BPE", "vocab": vocab, "merges": merges},
    }
    folder.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(document, ensure_ascii=False))
    return path


def _letters() -> dict[int, str]:
    """Return the printable letter that stands for each byte (Radford et al., GPT-2, 2019)."""
    shown = [*range(33, 127), *range(161, 173), *range(174, 256)]
    hidden = [byte for byte in range(256) if byte not in shown]
    return {byte: chr(byte) for byte in shown} | {byte: chr(256 + place) for place, byte in enumerate(hidden)}
