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


def scratch() -> tempfile.TemporaryDirectory[str]:
    """Return a folder for a moment, among the uploads: what a killed process leaves goes with them."""
    return tempfile.TemporaryDirectory(dir=_folders[-1].name if _folders else None, ignore_cleanup_errors=True)


def delete_uploads() -> None:
    """Delete the folder: for a server that ends without the interpreter coming to its end."""
    for folder in _folders:
        folder.cleanup()


def end_in_order_when_told_to_stop() -> None:
    """Let SIGTERM end the interpreter; by default it stops the process, and leaves the folder."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))


_folders: list[tempfile.TemporaryDirectory[str]] = []
