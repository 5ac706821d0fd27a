"""Where Gradio keeps uploads and results: a folder of this process's own, gone when it ends.

Gradio deletes old files while it runs (`delete_cache`), but a process that is told to stop leaves the rest.
"""

import os
import signal
import sys
import tempfile


def keep_uploads_to_this_process() -> None:
    """Give Gradio a folder of our own; must be called before Gradio is imported."""
    folder = tempfile.TemporaryDirectory(prefix="find-the-pancreas-", ignore_cleanup_errors=True)
    _folders.append(folder)  # removed when the interpreter ends
    os.environ["GRADIO_TEMP_DIR"] = folder.name
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))  # else the interpreter would not come to that


_folders: list[tempfile.TemporaryDirectory[str]] = []
