"""A disk that is full, or cannot be written to for another reason."""

import errno

NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
"""What the system says of a full disk; a quota, and a limit on the size of a file, are as good as one."""
FULL = "The disk of the server is full: please try again later, and tell whoever runs the app."


def is_full(error: BaseException | None) -> bool:
    """Return whether an exception, or what led to it, is of a full disk."""
    while error:
        if isinstance(error, OSError) and error.errno in NO_ROOM:
            return True
        error = error.__cause__ or error.__context__
    return False
