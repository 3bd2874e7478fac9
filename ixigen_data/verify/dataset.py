"""The whole dataset, recounted and re-hashed from its bytes."""

import posixpath
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor

from ixigen_data.core.errors import ShardError
from ixigen_data.core.progress import Progress, Silent
from ixigen_data.shards.manifest import FILE_NAME, LineageRecord, Manifest, ShardRecord
from ixigen_data.verify.consistency import wrong_names, wrong_seals, wrong_sums
from ixigen_data.verify.duplicates import wrong_duplicates
from ixigen_data.verify.findings import PartCount, Problem, Recount, ShardCheck, Verification, unequal
from ixigen_data.verify.folder import extra_files, wrong_extras, wrong_index
from ixigen_data.verify.frame import Frame
from ixigen_data.verify.shard import ShardJob, check_shard

STAGE = "verify"


def verify(url: str, progress: Progress | None = None, workers: int = 1) -> Verification:
    """Return what a recount of the dataset at `url` finds, indexes and the manifest's own seals included.

    Shards are read by threads: reading, hashing and counting leave the interpreter's lock alone. Memory is some tens of
    MiB a worker whatever the size of the shards, unless they are compressed.
    """
    try:
        manifest = Manifest.load(url)
    except ShardError as error:
        return Verification(problems=[Problem(file=FILE_NAME, message=str(error).split(f"{FILE_NAME}: ", 1)[-1])])
    found = verify_shards(url, manifest, progress, workers)
    found.problems += _wrong_indexes(url, manifest, found)
    found.problems += [Problem(file=FILE_NAME, message=message) for message in wrong_seals(manifest)]
    return found


def verify_shards(url: str, manifest: Manifest, progress: Progress | None = None, workers: int = 1) -> Verification:
    """Return what a recount finds against a manifest that need not be stored yet, nor the indexes."""
    progress, found = progress or Silent(), Verification()
    if messages := [*wrong_names(manifest), *wrong_sums(manifest)]:
        # Sums that do not come out make every count below doubtful, and a part out of range cannot be counted at all.
        found.problems += [Problem(file=FILE_NAME, message=message) for message in messages]
    else:
        with ThreadPoolExecutor(max_workers=workers) as pool:
            _Recounting(url, manifest, progress, pool).into(found)
    found.problems += [*wrong_extras(url, manifest), *wrong_duplicates(url, manifest), *extra_files(url, manifest)]
    return found


class _Recounting:
    """All shards of a dataset, those of the hold-outs last."""

    def __init__(self, url: str, manifest: Manifest, progress: Progress, pool: ThreadPoolExecutor) -> None:
        self.url, self.manifest, self.progress, self.pool = url, manifest, progress, pool
        shards = [*manifest.shards, *(shard for entry in manifest.eval.values() for shard in entry.shards)]
        self.total_bytes = sum(shard.bytes for shard in shards)
        self.file_of_digest = {shard.digests["xxh3_128"]: shard.file for shard in shards}

    def into(self, found: Verification) -> None:
        """Recount everything and write down what is found."""
        manifest = self.manifest
        self.progress.begin(STAGE, self.total_bytes, "bytes")
        jobs = _jobs(manifest.shards, manifest.lineage)
        found.recount = self._recount(jobs, Frame.of(manifest), found)
        if found.ok:  # totals of wrong shards would only repeat what is wrong
            found.problems += _wrong_totals(manifest, found.recount)
        for path, entry in manifest.eval.items():
            frame = Frame.of(manifest, path)
            found.eval[path] = self._recount(_jobs(entry.shards, entry.lineage), frame, found)
        self.progress.end(STAGE)

    def _recount(self, jobs: Sequence[ShardJob], frame: Frame, found: Verification) -> Recount:
        recount = Recount()
        checks = self.pool.map(lambda job: check_shard(self.url, job, frame), jobs)
        for job, check in zip(jobs, checks, strict=True):
            found.problems += self._told(job.shard, check, found)
            found.shards += 1
            recount.add(check.recount)
            self.progress.advance(STAGE, job.shard.bytes)
        return recount

    def _told(self, shard: ShardRecord, check: ShardCheck, found: Verification) -> Iterator[Problem]:
        """Yield the problems of a shard; swapped files and a cut that differs are seen only here."""
        expected, got = shard.digests["xxh3_128"], check.digest
        if got is not None and got != expected and got in self.file_of_digest:
            yield Problem(file=shard.file, message=f"holds the bytes of {self.file_of_digest[got]}")
        yield from check.problems
        if found.size_limit is None:
            found.size_limit = check.size_limit
        elif check.size_limit is not None:
            for message in unequal("size_limit", found.size_limit, check.size_limit):
                yield Problem(file=shard.file, message=message)


def _jobs(shards: Sequence[ShardRecord], lineage: Sequence[LineageRecord]) -> list[ShardJob]:
    jobs, first = [], 0
    for number, shard in enumerate(shards):
        jobs.append(ShardJob(shard, first, lineage[number] if lineage else None))
        first += shard.windows
    return jobs


def _wrong_totals(manifest: Manifest, recount: Recount) -> Iterator[Problem]:
    for part in manifest.parts:
        counts = recount.parts.get(part.path, PartCount())
        pairs = {
            "windows": (part.windows, counts.windows),
            "tokens": (part.tokens, counts.tokens),
            "eos_tokens": (part.eos_tokens, counts.eos_tokens),
            "bos_tokens": (part.bos_tokens, counts.bos_tokens),
            "pad_tokens": (part.pad_tokens, counts.pad_tokens),
        }
        if manifest.lineage:
            pairs["unique_tokens"] = (part.unique_tokens, counts.first_epoch_tokens)
        for name, (expected, got) in pairs.items():
            for message in unequal(f"parts.{part.path}.{name}", expected, got):
                yield Problem(file=FILE_NAME, message=f"{message} in the shards")


def _wrong_indexes(url: str, manifest: Manifest, found: Verification) -> Iterator[Problem]:
    folders = {"": manifest.shards}
    folders |= {posixpath.join("eval", path): entry.shards for path, entry in manifest.eval.items() if entry.shards}
    for folder, shards in folders.items():
        yield from wrong_index(url, folder, shards, manifest.seq_len, found.size_limit)
