"""What became of many inputs, in a line for each target."""

import re
import resource
import time
from collections import Counter
from collections.abc import Callable
from typing import Any

from space.errors import UserError


class Wrong(Exception):  # noqa: N818  (it is no error of a program's)
    """An input was taken that should have been refused, or is shown as it must not be."""


class Outcomes:
    """Counts them, and prints each kind of find once, with the input that shows it."""

    def __init__(self, target: str) -> None:
        self.target = target
        self.taken = 0
        self.sentences: Counter[str] = Counter()
        self.finds: Counter[str] = Counter()
        self.longest = 0.0

    def attempt(self, which: object, work: Callable[[], Any]) -> Any:
        """Do something with an input; a `UserError` is a refusal, and whatever else is raised a find."""
        start = time.monotonic()
        try:
            result = work()
        except UserError as error:
            self._refuse(str(error), which)
        except Exception as error:
            self.find(f"{type(error).__name__}: {error}", which, error)
        else:
            self.taken += 1
            return result
        finally:
            self.longest = max(self.longest, time.monotonic() - start)
        return None

    def find(self, what: str, which: object, error: Exception | None = None) -> None:
        """Note a find."""
        place = error.__traceback__ if error else None
        while place and place.tb_next:
            place = place.tb_next
        where = f" ({place.tb_frame.f_code.co_filename}:{place.tb_lineno})" if place else ""
        kind = _kind(what) + where
        if kind not in self.finds:
            print(f"  {self.target}, {which}: {what[:300]}{where}", flush=True)
        self.finds[kind] += 1

    def _refuse(self, sentence: str, which: object) -> None:
        if len(sentence) > 500 or not sentence.isprintable():
            self.find(f"no sentence: {sentence[:200]!r}", which)
            return
        self.sentences[_kind(sentence)] += 1

    def line(self) -> str:
        """Return all figures."""
        refused, found = self.sentences.total(), self.finds.total()
        most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        return (
            f"{self.target}: {self.taken + refused + found:,} inputs, {self.taken:,} taken, {refused:,} refused with "
            f"{len(self.sentences)} sentences, {found} finds; longest {self.longest:.2f} s, most memory {most:.0f} MB"
        )


def _kind(text: str) -> str:
    """Return what a sentence is without the names and numbers in it."""
    return re.sub(r"'.*?'|[\d.,]+|\S*[/\\]\S*", "#", text)[:120]
