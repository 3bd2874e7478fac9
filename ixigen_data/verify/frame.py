"""What a manifest says of every window: the frame against which shards are recounted."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

from ixigen_data.shards.manifest import SETTLEMENT, Manifest, SettlementWindow


@dataclass(frozen=True)
class Frame:
    """Facts that hold for all windows of one folder of a dataset: the training windows, or the hold-out of one part."""

    seq_len: int
    vocab_size: int
    eos_id: int
    bos_id: int | None
    pad_id: int
    paths: tuple[str, ...]  # of the parts, by index
    settlement: Mapping[int, SettlementWindow]  # by position in the dataset
    only_part: int | None = None  # every window of a hold-out is of this part
    continued: bool = False  # a piece may end where an earlier dataset had taken the rest: the lineage tells, no token

    @classmethod
    def of(cls, manifest: Manifest, eval_path: str | None = None) -> Self:
        """Return the frame of the training windows, or of the hold-out of the part `eval_path`."""
        paths = tuple(part.path for part in manifest.parts)
        tokenizer = manifest.tokenizer
        return cls(
            seq_len=manifest.seq_len,
            vocab_size=tokenizer.vocab_size,
            eos_id=tokenizer.eos_id,
            bos_id=tokenizer.bos_id,
            pad_id=tokenizer.pad_id,
            paths=paths,
            settlement={} if eval_path else {window.window: window for window in manifest.settlement_windows},
            only_part=paths.index(eval_path) if eval_path else None,
            continued=any(generation.continues for generation in manifest.each_generation()) and not eval_path,
        )

    def name_of_part(self, part: int) -> str:
        """Return what the value of the column `part` stands for, for messages."""
        if part == SETTLEMENT:
            return "a settlement window"
        return self.paths[part] if part < len(self.paths) else f"part {part}, of {len(self.paths)}"
