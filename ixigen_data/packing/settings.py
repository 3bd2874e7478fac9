"""The `packing` section of a recipe."""

from typing import Annotated, Literal

from pydantic import BeforeValidator, WithJsonSchema
from pydantic_core import PydanticCustomError

from ixigen_data.core.settings import Settings


def _seq_len(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 8:
        message = f"{value!r} is not a window's length; write a multiple of 8 such as 4096"
    elif value % 8:
        below = value - value % 8
        message = (
            f"{value:,} is not a multiple of 8 (a byte of `ends` marks eight tokens); use {below:,} or {below + 8:,}"
        )
    else:
        return value
    raise PydanticCustomError("recipe", "{message}", {"message": message})


SeqLen = Annotated[int, BeforeValidator(_seq_len), WithJsonSchema({"type": "integer", "minimum": 8, "multipleOf": 8})]


class PackingSettings(Settings):
    """How token runs become windows; `seq_len` is in tokens."""

    method: Literal["concat", "best_fit"] = "concat"
    seq_len: SeqLen
