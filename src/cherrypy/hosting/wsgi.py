"""The WSGI gateway: from an exchange of our server to any WSGI application (PEP 3333)."""

from collections.abc import Callable, Iterable, Iterator
from types import TracebackType
from typing import Any

from ..core.tree import Tree
from ..httpd import Exchange
from .environ import build_environ, decoded_path

Environ = dict[str, Any]
ExcInfo = tuple[type[BaseException], BaseException, TracebackType | None]
WSGIApplication = Callable[[Environ, Callable[..., Any]], Iterable[bytes]]


class WSGIGateway:
    """Serves every exchange by one WSGI application.

    application: gives the application; asked for each request.
    """

    def __init__(self, application: Callable[[], WSGIApplication | Tree]) -> None:
        self.application = application

    def __call__(self, exchange: Exchange) -> None:
        """Answer *exchange*."""
        path = decoded_path(exchange.head.path)
        environ = build_environ(exchange, "", exchange.head.path if path is None else path)
        serve_wsgi(exchange, self.application(), environ)


def serve_wsgi(exchange: Exchange, application: WSGIApplication, environ: Environ) -> None:
    """Call *application* and send what it answers. Its iterable is closed on every path.

    Raises ValueError for an answer that PEP 3333 does not allow.
    """
    run = _Run(exchange)
    result = application(environ, run.start_response)
    try:
        run.send(result)
    finally:
        close = getattr(result, "close", None)
        if close is not None:
            close()


class _Run:
    """One call of an application: what it has told `start_response`, and the answer so far."""

    def __init__(self, exchange: Exchange) -> None:
        self.exchange = exchange
        self.status: bytes | None = None
        self.headers: list[tuple[bytes, bytes]] = []
        self.written: list[bytes] = []

    def start_response(
        self,
        status: str,
        headers: list[tuple[str, str]],
        exc_info: ExcInfo | None = None,
    ) -> Callable[[bytes], None]:
        """Take status and headers; see PEP 3333, 'The start_response() Callable'."""
        if exc_info is not None:
            try:
                if self.exchange.response_started:
                    raise exc_info[1].with_traceback(exc_info[2])
            finally:
                exc_info = None  # no circular reference through the traceback
        elif self.status is not None:
            raise AssertionError("start_response() was called twice without exc_info")
        self.status = _encoded(status, "The status")
        self.headers = [
            (_encoded(name, "A header name"), _encoded(value, f"The header {name!r}"))
            for name, value in headers
        ]
        return self.write

    def write(self, data: bytes) -> None:
        """Take a piece of the body before the iterable; the legacy way of PEP 3333."""
        self.written.append(_checked(data))

    def send(self, result: Iterable[bytes]) -> None:
        """Send the answer whose body is *result*."""
        if isinstance(result, (list, tuple)):
            body = b"".join(map(_checked, [*self.written, *result]))
            self.exchange.respond(*self._head(), body)
            return
        # NOTE: an application may call start_response as late as for its first piece.
        pieces = iter(self._pieces(result))
        first = next(pieces, b"")
        self.exchange.stream(*self._head(), _chain(first, pieces))

    def _pieces(self, result: Iterable[bytes]) -> Iterator[bytes]:
        for piece in result:
            yield from self._take_written()
            yield _checked(piece)
        yield from self._take_written()

    def _take_written(self) -> list[bytes]:
        written, self.written = self.written, []
        return written

    def _head(self) -> tuple[bytes, list[tuple[bytes, bytes]]]:
        if self.status is None:
            raise ValueError("The WSGI application did not call start_response()")
        return self.status, self.headers


def _chain(first: bytes, rest: Iterator[bytes]) -> Iterator[bytes]:
    if first:
        yield first
    yield from rest


def _checked(piece: object) -> bytes:
    if not isinstance(piece, bytes):
        raise ValueError(f"A WSGI application yields bytes (PEP 3333), got {type(piece).__name__}")
    return piece


def _encoded(text: object, what: str) -> bytes:
    if not isinstance(text, str):
        raise ValueError(
            f"{what} is str in WSGI (PEP 3333), got {type(text).__name__}: {text!r:.60}"
        )
    try:
        return text.encode("latin-1")
    except UnicodeEncodeError:
        raise ValueError(f"{what} holds characters beyond ISO-8859-1: {text!r:.60}") from None
