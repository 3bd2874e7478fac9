"""Texts on which a library works without end or dies, through the rules and both tokenizer backends, in linear work.

`ftfy.fix_text` of ftfy 6.3.1 takes 14 to 16 CPU-seconds for a megabyte of line ends, and more than 20 for the texts
marked so.
"""

import time
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from ixigen_data.clean.chain import Chain
from ixigen_data.core.documents import Documents
from ixigen_data.core.ledger import Account
from ixigen_data.rules.normalize import Normalize
from ixigen_data.tokens.fast import FastBackend
from ixigen_data.tokens.reference import ReferenceBackend
from ixigen_data.tokens.settings import TokenizerSettings
from ixigen_data.tokens.tokenizer import open_tokenizer
from tests.tiny import EOS, tiny_tokenizer

SIZE_BYTES = 10**6
CPU_SECONDS = 8  # the slowest takes one
NASTY = {
    "line ends": "\n",
    "carriage returns": "\r\n",
    "combining, out of order": "a\u0301\u0323\u0345\u05b0\u3099",  # more than 20
    "an entity in an entity": "&amp;amp;",  # more than 20
    "tibetan marks": "\u0f71\u0f72",  # more than 20
    "one mark": "\u0301",
    "one letter": "a",
    "one syllable": "가",
    "leading jamo": "\u1100",
    "vowels": "\u1161",
    "half width": "\uffa1\uffc2",
    "zeros": "\0",
    "spaces": " ",
    "latin-1 of cp949": "°í°´´Ô",
    "twice latin-1": "ÃƒÂ¢",
    "joiners": "👨\u200d",
    "brackets": "()/(",
    "laughter": "ㅋㅎ",
}


def texts(pattern: str) -> pa.LargeStringArray:
    return pa.array(["x" + pattern * (SIZE_BYTES // len(pattern.encode())) + "x"], pa.large_string())


@pytest.mark.slow
@pytest.mark.parametrize("name", NASTY)
def test_the_rules(name: str) -> None:
    chain = Chain([Normalize(rule="korean_normalize")])
    nothing = np.zeros(1, np.int64)
    for text in (pa.array(["warm\u3000up ᄒᆞᆫ ㅋㅋㅋㅋ"], pa.large_string()), texts(NASTY[name])):
        account = Account()
        began = time.process_time()
        chain.run(Documents(text, pa.array(["a"], pa.large_string()), nothing.astype(np.int32), nothing), account)
        worked = time.process_time() - began
    assert account.quarantined == 0
    assert worked < CPU_SECONDS


@pytest.mark.slow
@pytest.mark.parametrize("name", NASTY)
def test_both_backends(name: str, tmp_path: Path) -> None:
    tokenizer = open_tokenizer(TokenizerSettings(path=str(tiny_tokenizer(tmp_path)), eos=EOS))
    began = time.process_time()
    found = [backend(tokenizer).encode(texts(NASTY[name]))[0] for backend in (ReferenceBackend, FastBackend)]
    assert np.array_equal(*found)
    assert time.process_time() - began < 2 * CPU_SECONDS
