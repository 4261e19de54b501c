"""The WSGI gateway: from an exchange of our server to any WSGI application (PEP 3333)."""

from collections.abc import Callable, Iterable
from types import TracebackType
from typing import Any

from ..core.errors import HTTPError
from ..core.tree import Tree
from ..httpd import BodyWriter, Exchange, HTTPServerError
from .environ import build_environ
from .pathless import answer_without_path

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
        if exchange.head.path.startswith("/"):
            serve_wsgi(exchange, self.application(), build_environ(exchange))
        else:
            answer_without_path(exchange)


def serve_wsgi(exchange: Exchange, application: WSGIApplication, environ: Environ) -> None:
    """Call *application* and send what it answers. Its iterable is closed on every path.

    Raises ValueError for an answer that PEP 3333 does not allow, and what the
    server has against the request's body if the application lets that pass.
    """
    run = _Run(exchange)
    try:
        result = application(environ, run.start_response)
        try:
            run.send(result)
        finally:
            close = getattr(result, "close", None)
            if close is not None:
                close()
    except HTTPError as exc:
        if isinstance(exc.__cause__, HTTPServerError):
            raise exc.__cause__ from None  # it was `RequestFile` that made it an HTTPError
        raise


class _Run:
    """One call of an application: what it has told `start_response`, and the answer so far."""

    def __init__(self, exchange: Exchange) -> None:
        self.exchange = exchange
        self.status: bytes | None = None
        self.headers: list[tuple[bytes, bytes]] = []
        self.body: BodyWriter | None = None

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
        """Send a piece of the body at once; applications get this as the legacy `write`."""
        # NOTE: the head goes out with the first byte, and may be replaced until then.
        if _checked(data):
            self._body().write(data)

    def send(self, result: Iterable[bytes]) -> None:
        """Send the answer whose body is *result*, after what was written before it."""
        if self.body is None and isinstance(result, (list, tuple)):
            self.exchange.respond(*self._head(), b"".join(map(_checked, result)))
            return
        # NOTE: an application may call start_response as late as for its first piece.
        for piece in result:
            self.write(piece)
            if self.body is not None and not self.body.wants_body:
                break
        self._body().finish()

    def _body(self) -> BodyWriter:
        if self.body is None:
            self.body = self.exchange.begin(*self._head())
        return self.body

    def _head(self) -> tuple[bytes, list[tuple[bytes, bytes]]]:
        if self.status is None:
            raise ValueError("The WSGI application did not call start_response()")
        return self.status, self.headers


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
