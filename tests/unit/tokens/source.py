"""A source of a few documents, taken through the stages from cleaned text to token store."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa

from ixigen_data.clean.chunks import ChunkWriter
from ixigen_data.core.documents import Documents
from ixigen_data.core.files import join
from ixigen_data.engine.completion import complete_task, gather_outcomes, plan_tasks
from ixigen_data.engine.stage import Outcome, Stage, Task
from ixigen_data.tokens.audit import AuditStage
from ixigen_data.tokens.encode_stage import Drops, TokenizeInputs, TokenizeStage
from ixigen_data.tokens.settings import TokenizerSettings
from ixigen_data.tokens.store import TokenStore
from ixigen_data.tokens.store_stage import StoreStage
from ixigen_data.tokens.tokenizer import open_tokenizer

TEXTS = [
    "the thing and the other",
    "이것은 글이 있습니다. ㅋㅋㅋㅋ",
    "a literal <|endoftext|> is text, so is <tool>",
    "def f(x):\n    return 10 * x\n\n",
    "각 \r\n\t 각",
    "x",
    "한국어 문서가 다시 나온다. the king and 10 men",
    "👍🏽 emoji",
]


def no_drops(chunk: int) -> np.ndarray[tuple[int], np.dtype[np.uint32]]:
    del chunk
    return np.zeros(0, np.uint32)


@dataclass
class Source:
    """Documents, one task (and so one chunk) for each group of them, in a work folder."""

    work: str
    settings: TokenizerSettings
    groups: Sequence[Sequence[str]]
    drops: Drops = no_drops
    done: dict[str, str] = field(default_factory=dict)  # folders of finished stages

    name = "clean/wiki"
    unit = "bytes"
    fingerprint = "0" * 32

    def tasks(self) -> Sequence[Task]:
        return [Task(index=index, name=str(index), work=1) for index in range(len(self.groups))]

    def outputs(self, folder: str) -> str:
        return folder

    def run(self, task: Task, folder: str) -> Outcome:
        with ChunkWriter(folder, task.index) as writer:
            texts = self.groups[task.index]
            ids = [f"{task.index}-{row}" for row in range(len(texts))]
            offset = np.arange(len(texts), dtype=np.int64)
            file = np.full(len(texts), task.index, np.int32)
            columns = pa.array(texts, pa.large_string()), pa.array(ids, pa.large_string())
            writer.add(Documents(*columns, file, offset))
        return Outcome(files=writer.files, summary=writer.summary([]).model_dump(mode="json"))

    def finish(self, stage: Stage) -> str:
        """Run every task of a stage and return its folder."""
        folder = self.done[stage.name] = join(self.work, stage.name, stage.fingerprint[:16])
        tasks = plan_tasks(stage, folder)
        for task in tasks:
            complete_task(stage, task.index, folder)
        gather_outcomes(folder, tasks)
        return folder

    def audited(self) -> str:
        """Clean and audit; return the audit's folder."""
        return self.finish(AuditStage("wiki", self.settings, self.finish(self), [self.fingerprint]))

    def tokenized(self) -> str:
        """Run all up to the tokenize stage; return its folder."""
        audit = self.audited()
        inputs = TokenizeInputs(self.done["clean/wiki"], audit, self.drops)
        return self.finish(TokenizeStage("wiki", self.settings, inputs, [audit]))

    def stored(self) -> TokenStore:
        """Run all stages; return the store."""
        dtype = open_tokenizer(self.settings).dtype
        return TokenStore.open(self.finish(StoreStage("wiki", dtype, self.tokenized(), [])), dtype)
