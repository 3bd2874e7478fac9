"""Arrow IPC files, written batch by batch, whole or not at all."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import pyarrow as pa

from ixigen_data.core.files import open_read, open_write

# Workers are processes of their own; a pool of threads in each would only get in the others' way.
_OPTIONS = pa.ipc.IpcWriteOptions(compression="lz4", use_threads=False)


@dataclass
class ArrowFile:
    """A file that is being written."""

    writer: pa.ipc.RecordBatchFileWriter
    schema: pa.Schema
    size_bytes: int = 0  # known once the file is complete

    def write(self, batch: pa.RecordBatch) -> None:
        """Append a batch."""
        self.writer.write_batch(batch)


@contextmanager
def write_arrow(url: str, schema: pa.Schema) -> Iterator[ArrowFile]:
    """Open an IPC file for writing, compressed with lz4; it appears when the block ends without an exception."""
    with open_write(url) as stream:
        with pa.ipc.new_file(pa.PythonFile(stream, "w"), schema, options=_OPTIONS) as writer:
            file = ArrowFile(writer, schema)
            yield file
        file.size_bytes = stream.tell()


def read_arrow(url: str, columns: Sequence[str] | None = None) -> Iterator[pa.RecordBatch]:
    """Yield the batches of an IPC file, one in memory at a time; of some columns alone, the others are not expanded."""
    with open_read(url) as stream:
        reader = pa.ipc.open_file(stream)
        if columns is not None:
            chosen = [reader.schema.get_field_index(column) for column in columns]
            reader = pa.ipc.open_file(stream, options=pa.ipc.IpcReadOptions(included_fields=chosen))
        for number in range(reader.num_record_batches):
            yield reader.get_batch(number)
