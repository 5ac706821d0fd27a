"""What this computer lacks, in a sentence for the person at the screen: room, memory, a folder, open files."""

import errno
import shutil

NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
"""What the system says of a full disk; a quota, and a limit on the size of a file, are as good as one."""
LACKING = "please try again in a few minutes, and tell whoever runs the app if it happens again."
FULL = f"The disk of the server is full: {LACKING}"
NO_MEMORY = f"The server has too little memory for this at the moment: please give fewer slices, or {LACKING}"
TOO_MANY_FILES = f"The server has too many files open: {LACKING}"
NOT_WRITABLE = f"The server cannot write to its temporary folder: {LACKING}"


def is_full(error: BaseException | None) -> bool:
    """Return whether an exception, or what led to it, is of a full disk."""
    return any(number in NO_ROOM for number in _numbers(error))


def lacking(error: BaseException | None) -> str:
    """Return what this computer lacks where that is what an exception, or what led to it, is of; else nothing."""
    for number in _numbers(error):
        if number in NO_ROOM:
            return FULL
        if number in (errno.EMFILE, errno.ENFILE):
            return TOO_MANY_FILES
        if number in (errno.ENOMEM, errno.EAGAIN):
            return NO_MEMORY
        if number in (errno.EROFS, errno.EACCES, errno.EPERM):
            return NOT_WRITABLE
    return ""


def _numbers(error: BaseException | None) -> list[int]:
    """Return the system's numbers of what went wrong, the last first."""
    found = []
    while error:
        if isinstance(error, shutil.Error):  # of a folder: it holds the words of each file's error
            found += [number for number in NO_ROOM if f"[Errno {number}]" in str(error)]
        elif isinstance(error, OSError) and error.errno:
            found.append(error.errno)
        elif isinstance(error, MemoryError):
            found.append(errno.ENOMEM)
        error = error.__cause__ or error.__context__
    return found
