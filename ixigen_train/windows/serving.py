"""Which windows each rank takes at each step: the written order, whatever the number of ranks."""

from dataclasses import dataclass

from ixigen_data.core.errors import IxigenError


@dataclass(frozen=True)
class Serving:
    """Steps over windows 0 … `windows` - 1: step s takes the next `global_batch` of them, each rank its share in order.

    What does not fill a batch at the end is left unserved.
    """

    windows: int
    global_batch: int  # windows of a step, over all ranks
    first: int = 0  # window that the first step begins at

    @property
    def steps(self) -> int:
        """How many steps there are."""
        return max(0, self.windows - self.first) // self.global_batch

    @property
    def unserved(self) -> int:
        """Windows at the end that fill no batch."""
        return max(0, self.windows - self.first) - self.steps * self.global_batch

    def share(self, step: int, rank: int, ranks: int) -> range:
        """Return the windows that a rank takes at a step.

        Raises:
            IxigenError: the batch cannot be divided among the ranks.
        """
        if self.global_batch % ranks:
            fitting = [n for n in range(1, self.global_batch + 1) if self.global_batch % n == 0]
            told = ", ".join(map(str, fitting[:12]))
            raise IxigenError(f"batch.windows: {self.global_batch:,} is no multiple of {ranks} ranks; use {told} ranks")
        size = self.global_batch // ranks
        begin = self.first + step * self.global_batch + rank * size
        return range(begin, begin + size)
