"""A tiny tokenizer and its two backends."""

from pathlib import Path

import pytest

from ixigen_data.tokens.fast import FastBackend
from ixigen_data.tokens.reference import ReferenceBackend
from ixigen_data.tokens.settings import TokenizerSettings
from ixigen_data.tokens.tokenizer import Tokenizer, open_tokenizer
from tests.tiny import EOS, tiny_tokenizer


@pytest.fixture(scope="session")
def settings(tmp_path_factory: pytest.TempPathFactory) -> TokenizerSettings:
    return TokenizerSettings(path=str(tiny_tokenizer(tmp_path_factory.mktemp("tokenizer"))), eos=EOS)


@pytest.fixture(scope="session")
def tokenizer(settings: TokenizerSettings) -> Tokenizer:
    return open_tokenizer(settings)


@pytest.fixture(scope="session")
def reference(tokenizer: Tokenizer) -> ReferenceBackend:
    return ReferenceBackend(tokenizer)


@pytest.fixture(scope="session")
def fast(tokenizer: Tokenizer) -> FastBackend:
    return FastBackend(tokenizer)


@pytest.fixture
def folder(tmp_path: Path) -> str:
    return str(tmp_path)
