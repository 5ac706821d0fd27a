"""The exceptions whose text is meant for the person at the screen."""

from typing import NamedTuple


class UserError(Exception):
    """What is wrong and what to do about it, in a sentence that needs no stack trace."""


class Lacking(UserError):  # noqa: N818  (of this computer)
    """The computer cannot answer at the moment; the same question may be answered later."""


class Choice(NamedTuple):
    """One of several ways to understand a file: what to give as the argument, and what it means in words."""

    value: str
    words: str


class Question(UserError):  # noqa: N818  (it asks, and refuses only until it is answered)
    """A file can be understood in several ways, and none is safe to guess: the person has to say which.

    Attributes
    ----------
    argument : the name of the argument that answers it: 'label', 'values' or 'order'.
    choices : what it can be.
    """

    def __init__(self, text: str, argument: str, choices: tuple[Choice, ...]) -> None:
        super().__init__(text)
        self.argument = argument
        self.choices = choices
