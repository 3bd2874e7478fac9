"""The clean stage of one source: spans of raw files to chunks of cleaned documents."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from pydantic import JsonValue

from ixigen_data.clean.chain import Chain, Noted, rules_for
from ixigen_data.clean.chunks import ChunkWriter, text_bytes
from ixigen_data.clean.drop_samples import DropSampler
from ixigen_data.clean.edit_samples import EditSampler
from ixigen_data.clean.notes import NotesFile
from ixigen_data.clean.set_aside import dropped_by, faults_of, open_dropped, origin_of, write_quarantine
from ixigen_data.clean.sidecars import Sidecar, marks
from ixigen_data.core.digests import digest_value
from ixigen_data.core.ledger import Account, Ledger
from ixigen_data.core.samples import write_edits, write_samples
from ixigen_data.core.steps import Rule
from ixigen_data.engine.guard import Guard
from ixigen_data.engine.stage import Outcome, Task
from ixigen_data.sources.faults import Faults
from ixigen_data.sources.files import SourceFile, list_files
from ixigen_data.sources.read import read_documents
from ixigen_data.sources.settings import SourceSettings
from ixigen_data.sources.spans import pack_spans, plan_spans, unpack_spans

BYTES = 3
_MAX_EXAMPLES = 20  # faults a task tells in its summary; its quarantine file has more


@dataclass(frozen=True)
class CleanOptions:
    """What a task does beside cleaning."""

    sidecars: tuple[Sidecar, ...] = ()  # what each chunk gets beside it
    keep_dropped: bool = False
    strict: bool = False  # the first fault is fatal


class CleanStage:
    """Reads, cleans and keys one source. Besides chunks (see chunks.py) a task writes what it set aside:

    - `00007.quarantine.jsonl`: the first faults, one `Fault` a line; counts are exact in the ledger
    - `00007.samples.json`: the beginnings of a few dropped documents of each reason, for the report
    - `00007.edits.json`: a few edits of each rule, likewise
    - `00007.notes.jsonl`: what rules note of documents, see notes.py; no file where there are none
    - `00007.dropped.arrow`, with `keep_dropped`: dropped documents as they were read, with rule and reason
    """

    unit = "bytes"

    def __init__(
        self,
        source: str,
        settings: SourceSettings,
        rules: Sequence[Rule],
        options: CleanOptions = CleanOptions(),
    ) -> None:
        """`rules`: the recipe's, of which those for this source run."""
        self.name = f"clean/{source}"
        self._source = source
        self._settings = settings
        self._rules = rules_for(rules, source, settings.language)
        self._options = options

    @cached_property
    def fingerprint(self) -> str:
        """The settings that decide bytes, the rules that run, and the files as they are now."""
        rules: list[JsonValue] = [
            [rule.BYTES, rule.model_dump(mode="json", exclude={"only"}), *rule.inputs()] for rule in self._rules
        ]
        files: list[JsonValue] = [[file.url, file.size_bytes, file.stamp] for file in self._files]
        settings = self._settings.model_dump(mode="json", exclude={"license", "language"})
        beside = marks(self._options.sidecars)
        return digest_value(["clean", BYTES, settings, rules, files, self._options.keep_dropped, *beside])

    def tasks(self) -> Sequence[Task]:
        """Return tasks of about equal bytes, in file order.

        Raises:
            SourceError: the source has no files, or they cannot be listed.
        """
        return [
            Task(
                index=index,
                name=f"{self.name} {index}",
                work=sum(span.size_bytes for span in spans),
                payload=pack_spans(spans),
            )
            for index, spans in enumerate(plan_spans(self._files, self._settings))
        ]

    def outputs(self, folder: str) -> str:
        """Return `folder`."""
        return folder

    def run(self, task: Task, folder: str) -> Outcome:
        """Write the chunks of a task.

        Raises:
            SourceError: reading failed, or `strict` and a record or file is faulty or crashes a rule.
            Searched: no chunk was to be written, only a document to be found that ends workers.
        """
        spans = unpack_spans(task.payload)
        unread, crashed = Faults(strict=self._options.strict), Faults(strict=self._options.strict)
        ledger = Ledger()
        read, clean = ledger.account("read", self._source), ledger.account("clean", self._source)
        guard = Guard(folder, task.index, origin_of(spans))
        chain = Chain(self._rules, guard.enter)
        samples, edits = DropSampler(self._source, chain), EditSampler(self._source, chain)
        notes = NotesFile(spans)
        set_aside = open_dropped(folder, task.index, wanted=self._options.keep_dropped)
        with ChunkWriter(folder, task.index, self._options.sidecars) as chunks, set_aside as gone:
            batches = read_documents(self._settings, spans, unread)
            for piece in guard.pieces(batches, lambda batch: text_bytes(batch.text)):
                batch, named = piece.documents, dropped_by(piece.decisions)
                read.documents_out += len(batch) + len(named)
                read.counts["text_bytes"] += text_bytes(batch.text) + text_bytes(piece.aside.text)
                edits.begin(batch)
                noted: list[Noted] = []
                kept, dropped = chain.run(batch, clean, edits, noted)
                notes.add(batch, noted)
                guard.enter("samples")
                clean.add(Account(documents_in=len(named), quarantined=len(named)))
                clean.counts["text_bytes"] += text_bytes(kept.text)
                for met, lost in ((piece.aside, named), (batch, dropped)):
                    for fault in faults_of(met, lost, spans):
                        crashed.add(fault)
                    gone.add(met, lost)
                samples.add(batch, dropped)
                chunks.add(kept)
        read.quarantined = unread.count
        read.documents_in = read.documents_out + read.quarantined
        read.counts["bytes_in"] = task.work
        faults = [*unread.kept, *crashed.kept]
        files = guard.files | chunks.files | gone.files | write_quarantine(folder, task.index, faults)
        files |= write_samples(folder, f"{task.index:05d}", samples.chosen())
        files |= write_edits(folder, f"{task.index:05d}", edits.chosen())
        files |= notes.write(folder, task.index)
        summary = chunks.summary(faults[:_MAX_EXAMPLES])
        return Outcome(files=files, ledger=ledger, summary=summary.model_dump(mode="json"))

    @cached_property
    def _files(self) -> list[SourceFile]:
        return list_files(self._source, self._settings)
