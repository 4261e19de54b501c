"""Applications as WSGI callables (PEP 3333), for any server and for middleware.

`CPWSGIApp` is what an `Application` calls for a WSGI request: the middleware of
its `wsgi.pipeline` around an `AppResponse`, which runs one request and is the
iterable that the server sends. Text in an environ is ISO-8859-1 that stands for
bytes; it is decoded here.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any

from ..message.urls import Host
from .bodies import CHUNK_SIZE
from .entity import empty_file
from .errors import HTTPError

if TYPE_CHECKING:
    from .application import Application
    from .request import Request
    from .response import Response

Environ = dict[str, Any]
StartResponse = Callable[..., Any]
Middleware = Callable[..., Callable[[Environ, StartResponse], Iterable[bytes]]]


class AppResponse:
    """One request of an application under WSGI, and the iterable of its response.

    environ, start_response: as PEP 3333 has them. cpapp: the application.
    """

    def __init__(
        self, environ: Environ, start_response: StartResponse, cpapp: "Application"
    ) -> None:
        self.cpapp = cpapp
        self.environ = environ
        self.closed = False
        try:
            self.response = self.run()
            status = self.response.output_status.decode("latin-1")
            headers = [
                (name.decode("latin-1"), value.decode("latin-1"))
                for name, value in self.response.header_list
            ]
            start_response(status, headers)
            self.iter_response = iter(self.response.body)
        except BaseException:
            self.close()
            raise

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        return next(self.iter_response)

    def close(self) -> None:
        """End the request: close the body and run the last hooks. Valid more than once."""
        if self.closed:
            return
        self.closed = True
        try:
            response = getattr(self, "response", None)
            if response is not None:
                response.close()
        finally:
            self.cpapp.release_serving()

    def run(self) -> "Response":
        """Run the request that the environ describes and return its response."""
        environ, app = self.environ, self.cpapp
        request, _ = app.get_serving(
            # A server on a Unix socket may have no port to tell.
            Host("", int(environ.get("SERVER_PORT") or 80), environ["SERVER_NAME"]),
            self._remote(),
            environ["wsgi.url_scheme"],
            environ.get("ACTUAL_SERVER_PROTOCOL", "HTTP/1.1"),
        )
        self._describe(request)
        return app.run(
            request,
            environ["REQUEST_METHOD"],
            self._path(),
            environ.get("QUERY_STRING", ""),
            _known_protocol(environ.get("SERVER_PROTOCOL", "HTTP/1.1")),
            list(header_fields(environ)),
            body_file(environ),
        )

    def _remote(self) -> Host:
        environ = self.environ
        address = environ.get("REMOTE_ADDR", "")
        port = int(environ.get("REMOTE_PORT") or -1)
        return Host(address, port, environ.get("REMOTE_HOST") or address)

    def _path(self) -> str:
        environ, encoding = self.environ, self.cpapp.request_class.uri_encoding
        # One by one: a script name is known to be text, whatever follows it.
        script_name = decode_path(environ.get("SCRIPT_NAME", ""), encoding)
        return script_name + decode_path(environ.get("PATH_INFO", ""), encoding)

    def _describe(self, request: "Request") -> None:
        environ = self.environ
        request.source = environ
        request.login = environ.get("LOGON_USER") or environ.get("REMOTE_USER") or None
        request.multithread = environ["wsgi.multithread"]
        request.multiprocess = environ["wsgi.multiprocess"]


def _known_protocol(protocol: str) -> str:
    """Return *protocol*, or HTTP/1.1 for one like 'HTTP/2' or 'INCLUDED' that servers invent."""
    return protocol if protocol in ("HTTP/1.0", "HTTP/1.1") else "HTTP/1.1"


def decode_path(path: str, encoding: str) -> str:
    """Return a path of an environ decoded from the bytes that it stands for.

    NOTE: bytes that are no text in *encoding* are read as ISO-8859-1, which any are: no page
    has such a name, so it is the application that answers, with its own 404.
    """
    if path.isascii():
        return path
    try:
        return path.encode("latin-1").decode(encoding)
    except UnicodeError:
        return path


def header_fields(environ: Environ) -> Iterator[tuple[str, str]]:
    """Yield the request's header fields from a WSGI environ."""
    for key, value in environ.items():
        if key.startswith("HTTP_"):
            yield key[5:].replace("_", "-"), value
        elif key in ("CONTENT_TYPE", "CONTENT_LENGTH") and value:
            yield key.replace("_", "-"), value


def body_file(environ: Environ) -> Any:
    """Return a file that ends where the request's body does.

    NOTE: some servers give the connection itself as `wsgi.input`; reading past the
    Content-Length would wait for bytes that never come.
    """
    stream = environ["wsgi.input"]
    if environ.get("wsgi.input_terminated"):
        return stream
    try:
        length = int(environ.get("CONTENT_LENGTH") or 0)
    except ValueError:
        length = 0
    return LimitedFile(stream, length) if length > 0 else empty_file()


class LimitedFile:
    """A file of which only the first *length* bytes can be read.

    Raises HTTPError 400 when the stream ends before that: a truncated body
    never looks complete.
    """

    def __init__(self, stream: Any, length: int) -> None:
        self.stream = stream
        self.remaining = length

    def _take(self, data: bytes, wanted: int) -> bytes:
        self.remaining -= len(data)
        if not data and wanted:
            raise HTTPError(400, f"The request body ended {self.remaining} bytes too early")
        return data

    def read(self, size: int | None = -1) -> bytes:
        """Return up to *size* bytes, all that is left by default."""
        if size is not None and 0 <= size < self.remaining:
            return self._take(self.stream.read(size), size)
        parts = []
        while self.remaining:
            wanted = min(self.remaining, CHUNK_SIZE)
            parts.append(self._take(self.stream.read(wanted), wanted))
        return b"".join(parts)

    def readline(self, size: int | None = -1) -> bytes:
        """Return the next line, at most *size* bytes of it."""
        wanted = self.remaining if size is None or size < 0 else min(size, self.remaining)
        return self._take(self.stream.readline(wanted), wanted) if wanted else b""

    def readlines(self, hint: int | None = -1) -> list[bytes]:
        """Return the lines that are left, stopping after about *hint* bytes."""
        lines, total = [], 0
        for line in self:
            lines.append(line)
            total += len(line)
            if hint is not None and 0 < hint <= total:
                break
        return lines

    def __iter__(self) -> Iterator[bytes]:
        return iter(self.readline, b"")


class CPWSGIApp:
    """The WSGI side of an application: its middleware, then itself.

    pipeline: pairs of a name and a callable `middleware(nextapp, **arguments)`,
        the outermost first. config: the arguments, by name.
    """

    #: What runs the request at the end of the pipeline; `wsgi.response_class` replaces it.
    response_class: Callable[..., Any] = AppResponse

    def __init__(
        self, cpapp: "Application", pipeline: list[tuple[str, Middleware]] | None = None
    ) -> None:
        self.cpapp = cpapp
        self.pipeline: list[tuple[str, Middleware]] = list(pipeline or ())
        self.config: dict[str, dict[str, Any]] = {}
        self.head: Callable[[Environ, StartResponse], Iterable[bytes]] | None = None

    @property
    def is_plain(self) -> bool:
        """Whether nothing stands between the server and the application.

        Then our own server may hand requests over natively.
        """
        return (
            not self.pipeline
            and self.response_class is AppResponse
            and not self.cpapp.is_placed_by_server
        )

    def tail(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        """Run the request; the innermost callable of the pipeline."""
        # NOTE: a plain function as `wsgi.response_class` must not be bound to this object.
        run = self.__dict__.get("response_class") or type(self).response_class
        response: Iterable[bytes] = run(environ, start_response, self.cpapp)
        return response

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        """Serve a WSGI request through the pipeline."""
        head = self.head
        if head is None:
            head = self.tail
            for name, middleware in reversed(self.pipeline):
                head = middleware(head, **self.config.get(name, {}))
            self.head = head
        return head(environ, start_response)

    def namespace_handler(self, key: str, value: Any) -> None:
        """Take an entry of the config namespace `wsgi`.

        `wsgi.pipeline` appends to the pipeline, `wsgi.response_class` replaces the
        class, `wsgi.NAME.ARGUMENT` is an argument of the middleware NAME.
        """
        if key == "pipeline":
            # A second `merge` of the same config adds no second layer.
            self.pipeline.extend(entry for entry in value if entry not in self.pipeline)
        elif key == "response_class":
            self.response_class = value
        else:
            name, _, argument = key.partition(".")
            self.config.setdefault(name, {})[argument] = value
        self.head = None
