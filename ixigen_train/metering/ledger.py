"""The account of tokens that a model was trained on, by part; it must agree with what the dataset says."""

from collections.abc import Mapping, Sequence

from ixigen_data.core.errors import IxigenError


class Ledger:
    """Tokens consumed since a run began, pad left out, counted from the batches as they reached the model."""

    def __init__(self, parts: Sequence[str], consumed: Mapping[str, int] | None = None) -> None:
        """`consumed`: by path, of a run that goes on; a part that is not there yet has none.

        Raises:
            IxigenError: tokens of a part that the course does not have.
        """
        consumed = consumed or {}
        unknown = [path for path in consumed if path not in parts]
        if unknown:
            raise IxigenError(
                f"{unknown[0]}: {consumed[unknown[0]]:,} tokens consumed, but the course has no such part"
            )
        self.parts = tuple(parts)
        self._tokens = [consumed.get(path, 0) for path in self.parts]

    @property
    def tokens(self) -> dict[str, int]:
        """Tokens by path of the part."""
        return dict(zip(self.parts, self._tokens, strict=True))

    @property
    def total(self) -> int:
        """Tokens of all parts."""
        return sum(self._tokens)

    def add(self, tokens: Sequence[int]) -> None:
        """Add the tokens of a step, by part, over all ranks."""
        self._tokens = [before + more for before, more in zip(self._tokens, tokens, strict=True)]

    def check(self, step: int, planned: Sequence[int]) -> None:
        """Compare with the tokens that the dataset says stand in the windows of the first `step` steps, by part.

        Raises:
            IxigenError: they differ; the first such part is named, with both numbers.
        """
        for path, found, expected in zip(self.parts, self._tokens, planned, strict=True):
            if found != expected:
                raise IxigenError(
                    f"step {step:,}: {path}: trained on {found:,} tokens, but the dataset plans {expected:,} up to "
                    f"here ({found - expected:+,}); its windows are not those that its manifest and lineage tell of, "
                    "see `ixigen-data verify`"
                )
