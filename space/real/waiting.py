"""Who waits for which case: several people share one download, and one that nobody waits for any more is stopped.

People ask again and again how far it is; whoever has not asked for a while has gone. Downloads run on threads of their
own, which wait for a network and not for a turn at the processor.
"""

import logging
import threading
import time
from pathlib import Path
from typing import NamedTuple

from space.errors import UserError
from space.real.bucket import Cancelled
from space.real.download import Download
from space.real.shelf import LIMIT, Shelf
from space.real.table import RealCase, Table
from space.settings import IDC_BUCKET

AT_A_TIME = 2  # downloads
QUEUE = 20  # that wait for their turn
AWAY = 30.0  # seconds after which somebody who does not ask has gone
UNKNOWN = "This app does not know the case: please reload the page."
TOO_MANY = "Too many cases are being fetched at this moment: please try again in a minute."
FAILED = "The case could not be fetched: please try again, and tell whoever runs the app if it happens again."
LOG = logging.getLogger(__name__)


class Progress(NamedTuple):
    """How far a case is: bytes that are here, of how many; whether it can be opened."""

    done: int
    of: int
    ready: bool


class Running:
    """A download, and those who wait for it."""

    def __init__(self, download: Download) -> None:
        self.download = download
        self.people: dict[str, float] = {}  # when each asked last
        self.ended = False
        self.refused = ""


class RealCases:
    """The cases of the table, fetched when they are asked for.

    Parameters
    ----------
    table : of the cases.
    address : of the bucket.
    root : the folder to keep cases in; None is the usual one.
    limit : bytes that kept cases may take.
    """

    def __init__(
        self, table: Table, *, address: str = IDC_BUCKET, root: Path | None = None, limit: int = LIMIT
    ) -> None:
        self.table = table
        self._address = address
        self._shelf = Shelf(root, limit)
        self._cases = {case.patient: case for case in table.cases}
        self._running: dict[tuple[str, bool], Running] = {}
        self._turns = threading.Semaphore(AT_A_TIME)
        self._lock = threading.Lock()

    def fetch(self, patient: str, who: str, *, whole: bool) -> Progress:
        """Have a case fetched, or hear how far it is: the same question, asked again until it is ready.

        Parameters
        ----------
        who : a word of one's own for one wish, which tells people who want the same case apart.
        whole : the whole series, or a few of its slices.

        Raises
        ------
        UserError
            that says why the case cannot be had.
        """
        case, key = self._known(patient), (patient, whole)
        with self._lock:
            self._leave_behind_those_who_have_gone()
            running = self._running.get(key)
            if running and running.refused and who in running.people:
                del running.people[who]
                raise UserError(running.refused)
            if not running or running.ended:
                if self._shelf.files(patient, whole=whole):
                    return Progress(case.size(whole=whole), case.size(whole=whole), True)
                running = self._begin(case, whole)
            running.people[who] = time.monotonic()
            return Progress(min(running.download.done, running.download.of), running.download.of, False)

    def leave(self, patient: str, who: str, *, whole: bool) -> None:
        """Wait no longer for a case; if nobody else does, its download stops."""
        with self._lock:
            if running := self._running.get((patient, whole)):
                running.people.pop(who, None)
                if not running.people:
                    running.download.cancel()

    def files(self, patient: str, *, whole: bool) -> tuple[list[Path], Path] | None:
        """Return the files of a case's CT and that of its mask; None if it must be fetched (again)."""
        return self._shelf.files(self._known(patient).patient, whole=whole)

    def _known(self, patient: str) -> RealCase:
        if patient not in self._cases:
            raise UserError(UNKNOWN)
        return self._cases[patient]

    def _begin(self, case: RealCase, whole: bool) -> Running:
        under_way = [key for key, running in self._running.items() if not running.ended]
        if len(under_way) >= AT_A_TIME + QUEUE:
            raise UserError(TOO_MANY)
        download = Download(case, self._shelf, self._address, whole=whole)
        running = self._running[case.patient, whole] = Running(download)
        for work in (self._run, self._watch):
            threading.Thread(target=work, args=(case, running), daemon=True).start()
        return running

    def _run(self, case: RealCase, running: Running) -> None:
        refused = ""
        try:
            with self._turns:
                with self._lock:
                    staying = {patient for (patient, _), other in self._running.items() if not other.ended}
                self._shelf.make_room(running.download.of, staying)
                running.download.run()
        except Cancelled:
            pass
        except UserError as error:
            refused = str(error)
        except Exception:  # whatever it is, those who wait get a sentence
            LOG.exception("A case could not be fetched.")
            refused = FAILED
        with self._lock:
            running.refused, running.ended = refused, True

    def _watch(self, _: RealCase, running: Running) -> None:
        """Stop the download once all who waited for it have closed their pages."""
        while not running.ended:
            time.sleep(AWAY / 10)
            with self._lock:
                self._leave_behind_those_who_have_gone()

    def _leave_behind_those_who_have_gone(self) -> None:
        now = time.monotonic()
        for key, running in list(self._running.items()):
            running.people = {who: last for who, last in running.people.items() if now - last < AWAY}
            if not running.people:
                running.download.cancel()
                if running.ended:
                    del self._running[key]
