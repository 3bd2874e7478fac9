"""The recipe sections `shards` and `continues`."""

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, StringConstraints, field_validator

from ixigen_data.core.settings import Settings
from ixigen_data.core.units import parse_size

MAX_SIZE_LIMIT = 2**32 - 1  # MDS keeps the offsets of a shard in uint32

SizeLimit = Annotated[int, BeforeValidator(parse_size), Field(gt=0, le=MAX_SIZE_LIMIT)]
Hash = Literal["xxh3_128", "sha256"]


class ContinuesSettings(Settings):
    """An earlier dataset that this one goes on from: nothing that it served is served again, and nothing is lost.

    Its sources must be in the recipe, unchanged, before any new ones.
    """

    manifest: str = Field(description="URL of the earlier dataset, or of its manifest.", examples=["shards/telco-50"])
    digest: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{32}$")] = Field(
        description="The digest of that dataset, as `ixigen-data report` shows it."
    )
    at: int | None = Field(
        default=None, ge=0, description="How many of its windows were trained on; all of them if left out."
    )

    @property
    def dataset(self) -> str:
        """The URL of the earlier dataset."""
        return self.manifest.removesuffix("/manifest.json")


class ShardSettings(Settings):
    """How windows are stored. `size_limit` is that of a raw shard, header included, as MDSWriter counts it."""

    size_limit: SizeLimit = 64 * 2**20
    compression: Literal["zstd"] | None = None
    hashes: tuple[Hash, ...] = ("xxh3_128",)

    @field_validator("hashes")
    @classmethod
    def _xxh3_first_of_all(cls, hashes: tuple[Hash, ...]) -> tuple[Hash, ...]:
        """Return the hashes sorted, as MDS wants them; the dataset's own digest stands on xxh3_128."""
        if "xxh3_128" not in hashes:
            raise ValueError(f"xxh3_128 is missing from {list(hashes)}; use [xxh3_128] or [sha256, xxh3_128]")
        return tuple(sorted(set(hashes)))
