"""An exported model on an object store."""

import tempfile
from dataclasses import replace
from pathlib import Path

from ixigen_data.core.errors import IxigenError
from ixigen_data.core.files import filesystem_of, join, names_in, without_secrets
from ixigen_train.export.folder import Dtype, Exported, export

_LAST = "config.json"  # what a reader opens first: without it, it sees no model


def export_to(url: str, out_url: str, step: int | None = None, dtype: Dtype | None = None) -> Exported:
    """Write the model of a run's checkpoint below a URL, by way of a folder for temporary files.

    Raises:
        IxigenError: as `export`; or there is something below the URL.
        OSError: it cannot be written there.
    """
    place = without_secrets(out_url)
    if names_in(out_url):
        raise IxigenError(f"{place}: is there already; name a place that is empty or not there")
    with tempfile.TemporaryDirectory(prefix="ixigen-") as folder:
        done = export(url, Path(folder) / "model", step, dtype)
        for name in sorted(done.files, key=lambda name: name == _LAST):
            filesystem, remote = filesystem_of(join(out_url, name))
            filesystem.put_file(str(Path(done.place) / name), remote)
    return replace(done, place=place)
