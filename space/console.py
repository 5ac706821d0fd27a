"""A console that cannot show a character shows a question mark, and the program goes on."""

import io
import sys


def write_on_any_console() -> None:
    """Let both streams replace what their encoding lacks: ASCII, or cp1252 where Windows writes to a file."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")
