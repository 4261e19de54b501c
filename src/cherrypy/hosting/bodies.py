"""The request body as core reads it: the server's errors become core's.

A body that is too long, too slow or cut short is an error of httpd, which knows
no framework; a page handler that reads it meets an `HTTPError` with the same
status, which is answered like any other.
"""

from collections.abc import Callable, Iterator
from typing import Any, TypeVar

from ..core.errors import HTTPError
from ..httpd import BodyReader, HTTPServerError

Result = TypeVar("Result")


class RequestFile:
    """A file over the body of one request.

    rfile: the server's own reader of the body.
    """

    __slots__ = ("rfile",)

    def __init__(self, rfile: BodyReader) -> None:
        self.rfile = rfile

    def read(self, size: int | None = -1) -> bytes:
        """Return up to *size* bytes, all that is left by default."""
        return _translated(self.rfile.read, size)

    def readline(self, size: int | None = -1) -> bytes:
        """Return the next line, at most *size* bytes of it."""
        return _translated(self.rfile.readline, size)

    def readlines(self, hint: int | None = -1) -> list[bytes]:
        """Return the lines that are left, stopping after about *hint* bytes."""
        return _translated(self.rfile.readlines, hint)

    def __iter__(self) -> Iterator[bytes]:
        return iter(self.readline, b"")

    def close(self) -> None:
        """Read nothing more."""
        self.rfile.close()

    @property
    def trailers(self) -> list[tuple[bytes, bytes]]:
        """The trailer fields, once a chunked body has been read to its end."""
        return self.rfile.trailers


def _translated(read: Callable[[Any], Result], argument: Any) -> Result:
    try:
        return read(argument)
    except HTTPServerError as exc:
        raise HTTPError(exc.status, str(exc)) from exc
