"""Seeds come from names, so that no two uses share one and none depends on order."""

import xxhash


def seed_for(seed: int, *names: str | int) -> int:
    """Return a 63-bit seed for one use, named by a path: `seed_for(17, "order", "telco", 0)`.

    Names are length-prefixed before hashing, so ("a", "bc") and ("ab", "c") differ.
    """
    parts = [str(seed), *map(str, names)]
    return xxhash.xxh3_64_intdigest("".join(f"{len(part)}:{part}" for part in parts)) >> 1
