"""The one exception that is meant for the user's eyes."""

from __future__ import annotations


class VoxError(Exception):
    """Something the user can mend.

    message: what is wrong and where (file, line, key or item). hint: how to mend it, or None.
    The command line prints both and exits with status 1; no traceback.
    """

    def __init__(self, message: str, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return self.message if self.hint is None else f"{self.message}\nhint: {self.hint}"
