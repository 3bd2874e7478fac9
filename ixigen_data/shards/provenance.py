"""What the stages before the mixture left, read from their folders."""

from collections import Counter
from collections.abc import Iterable, Mapping

from pydantic import TypeAdapter

from ixigen_data.clean.chunks import CleanSummary
from ixigen_data.clean.source_files import source_files
from ixigen_data.core.digests import digest_set
from ixigen_data.core.ledger import Ledger, total
from ixigen_data.engine.completion import read_outcomes, read_plan
from ixigen_data.shards.assemble import Written
from ixigen_data.shards.continue_stage import kept_digest
from ixigen_data.shards.manifest import SourceRecord, TokenizerRecord
from ixigen_data.shards.stage import ShardTask, WrittenShard
from ixigen_data.sources.settings import SourceSettings
from ixigen_data.tokens.audit import backend_of
from ixigen_data.tokens.encode_stage import TokenizeSummary
from ixigen_data.tokens.settings import TokenizerSettings
from ixigen_data.tokens.tokenizer import open_tokenizer

_SHARDS = TypeAdapter(tuple[WrittenShard, ...])


def written_shards(folder: str) -> Written:
    """Return the shards of a finished shard stage."""
    training: list[WrittenShard] = []
    held: dict[int, list[WrittenShard]] = {}
    for task, outcome in zip(read_plan(folder).tasks, read_outcomes(folder), strict=True):
        part = ShardTask.model_validate(task.payload).held
        shards = _SHARDS.validate_python(outcome.summary)
        (training if part is None else held.setdefault(part, [])).extend(shards)
    return Written(training, held)


def ledger_of(folders: Iterable[str]) -> Ledger:
    """Return the sum of the ledgers of finished stages."""
    return total(outcome.ledger for folder in folders for outcome in read_outcomes(folder))


def source_records(
    sources: Mapping[str, SourceSettings], clean_folders: Mapping[str, str], store_folders: Mapping[str, str]
) -> dict[str, SourceRecord]:
    """Return what a manifest says of every source, from its settings and its finished clean and store stages."""
    return {
        name: _source_record(settings, clean_folders[name], name).model_copy(
            update={"kept_digest": kept_digest(store_folders[name])}
        )
        for name, settings in sources.items()
    }


def _source_record(settings: SourceSettings, folder: str, name: str) -> SourceRecord:
    outcomes = read_outcomes(folder)
    summaries = [CleanSummary.model_validate(outcome.summary) for outcome in outcomes]
    return SourceRecord(
        language=settings.language,
        license=settings.license,
        content_digest=digest_set(summary.content_digest for summary in summaries),
        files=len(source_files(folder)),
        bytes=sum(outcome.ledger.account("read", name).counts["bytes_in"] for outcome in outcomes),
    )


def tokenizer_record(
    settings: TokenizerSettings, audit_folders: Mapping[str, str], tokenize_folders: Mapping[str, str]
) -> TokenizerRecord:
    """Return what a manifest says of the tokenizer, and of how each source was encoded."""
    tokenizer = open_tokenizer(settings)
    literals: Counter[str] = Counter()
    for folder in tokenize_folders.values():
        for outcome in read_outcomes(folder):
            literals.update(TokenizeSummary.model_validate(outcome.summary).literal_specials)
    return TokenizerRecord(
        fingerprint=tokenizer.fingerprint,
        vocab_size=tokenizer.vocab_size,
        eos=settings.eos,
        eos_id=tokenizer.eos_id,
        bos=settings.bos,
        bos_id=tokenizer.bos_id,
        pad=settings.pad or settings.eos,
        pad_id=tokenizer.pad_id,
        backends={source: backend_of(folder) for source, folder in audit_folders.items()},
        literal_specials=dict(sorted(literals.items())),
    )
