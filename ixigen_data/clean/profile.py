"""What one scan of a batch finds, for the rules to choose their documents by."""

import numpy as np
import pyarrow as pa

from ixigen_data.clean.codepoints import class_table
from ixigen_data.clean.scan_kernel import scan
from ixigen_data.core.documents import text_buffers
from ixigen_data.core.steps import Profile


def profile(text: pa.LargeStringArray) -> Profile:
    """Return the classes and the number of code points of each document."""
    data, offsets = text_buffers(text)
    found = Profile(classes=np.zeros(len(text), np.uint32), chars=np.zeros(len(text), np.int64))
    scan(data, offsets, class_table(), found.classes, found.chars)
    return found
