"""Recipe keys of `tokenizer:`."""

from typing import Literal

from pydantic import Field

from ixigen_data.core.settings import Settings


class TokenizerSettings(Settings):
    """Which tokenizer, and which of its tokens close, open and pad."""

    path: str = Field(
        min_length=1,
        description="A folder with a tokenizer.json, that file (any fsspec URL), or a model of the Hugging Face hub.",
        examples=["Qwen/Qwen2.5-3B", "tokenizers/qwen/tokenizer.json"],
    )
    eos: str = Field(min_length=1, description="The token that closes every document.", examples=["<|endoftext|>"])
    bos: str | None = Field(default=None, min_length=1, description="The token that opens every document, if any.")
    pad: str | None = Field(default=None, min_length=1, description="The token that fills up a window; else `eos`.")
    revision: str | None = Field(default=None, min_length=1, description="Branch, tag or commit on the hub.")
    backend: Literal["auto", "reference"] = Field(
        default="auto",
        description="auto: the fast one where it gives the ids of Hugging Face tokenizers; reference: always these.",
    )
