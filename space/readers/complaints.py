"""What a library in C complains about: it writes to the standard error of the process, past Python."""

import os
import re
import tempfile
import warnings
from collections.abc import Callable
from typing import TypeVar

Result = TypeVar("Result")
HARMLESS = re.compile(rb"extraneous bytes")  # they lie between the parts of a JPEG, and nothing is lost
STDERR = 2


def heard(work: Callable[[], Result]) -> tuple[Result, bool]:
    """Return what `work` returns, and whether a library in C complained meanwhile.

    For a process that does one thing at a time: what its other threads write in the meantime counts, too. Warnings of
    Python's do not.
    """
    with tempfile.TemporaryFile() as said, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        before = os.dup(STDERR)
        try:
            os.dup2(said.fileno(), STDERR)
            result = work()
        finally:
            os.dup2(before, STDERR)
            os.close(before)
        said.seek(0)
        return result, any(line.strip() and not HARMLESS.search(line) for line in said)
