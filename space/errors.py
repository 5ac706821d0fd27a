"""The one exception whose text is meant for the person at the screen."""


class UserError(Exception):
    """What is wrong and what to do about it, in a sentence that needs no stack trace."""
