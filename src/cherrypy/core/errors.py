"""What a page handler raises to end a request early.

    CherryPyException(Exception)
    ├── InternalRedirect    serve another path of this application instead
    ├── HTTPRedirect        send the client elsewhere (3xx)
    ├── HTTPError           answer with an error page (4xx, 5xx)
    │   └── NotFound        404
    └── TimeoutError        the response took longer than `response.timeout`

Each of the HTTP exceptions knows how to write itself into the response of the
request that raised it, with `set_response()`; which error page that shows is
decided in `errorpages`.
"""

import contextlib
import html
import sys
import traceback
import urllib.parse
from collections.abc import Iterator
from typing import Any, NoReturn

from ..message.status import valid_status
from .context import current
from .errorpages import error_page_body, get_error_page


class CherryPyException(Exception):
    """The base of what the framework raises."""


class TimeoutError(CherryPyException):
    """A response took longer than `response.timeout` seconds."""


class InternalRedirect(CherryPyException):
    """Leave this handler and serve another path of the same application.

    path: the new path, relative to the current one or from the application's
        root ('/...'); it may hold a query string of its own.
    query_string: the query string of the new request, without '?'. Default ''.
    """

    def __init__(self, path: str, query_string: str = "") -> None:
        self.request = current().request
        self.query_string = query_string
        if "?" in path:
            path, self.query_string = path.split("?", 1)
        # NOTE: relative to what the client asked for below the script name (RFC 3986, 5.2).
        self.path = urllib.parse.urljoin(self.request.path_info or "/", path)
        super().__init__(self.path, self.query_string)


class HTTPRedirect(CherryPyException):
    """Send the client to another URL.

    urls: one URL or a list of them; relative ones are resolved against the
        current request.
    status: 300 to 399. Default: 303 See Other for HTTP/1.1, 302 Found for 1.0.
    encoding: of characters that a URL cannot hold; default 'utf-8'.

    Raises ValueError when *status* is no redirection.
    """

    encoding = "utf-8"

    def __init__(
        self,
        urls: str | bytes | list[str],
        status: int | str | None = None,
        encoding: str | None = None,
    ) -> None:
        request = current().request
        if encoding is not None:
            self.encoding = encoding
        offered = urls if isinstance(urls, (list, tuple)) else [urls]
        self.urls = [_absolute(self._text(url), request) for url in offered]
        if status is None:
            status = 303 if request.protocol >= (1, 1) else 302
        code, self.reason, _ = valid_status(status)
        if not 300 <= code <= 399:
            raise ValueError(f"The status of a redirect is between 300 and 399, got {status!r}")
        self._status = code
        super().__init__(self.urls, code)

    def _text(self, url: str | bytes) -> str:
        return url.decode(self.encoding) if isinstance(url, bytes) else url

    @property
    def status(self) -> int:
        """The status code, an integer."""
        return self._status

    def set_response(self) -> None:
        """Make the current response this redirect."""
        response = current().response
        response.status = self.status
        if self.status == 304:
            _keep_for_not_modified(response)
        elif self.status == 305:
            response.headers["Location"] = ascii_url(self.urls[0], self.encoding)
            response.body = None
            response.headers.pop("Content-Length", None)
        else:
            self._set_location(response)

    def _set_location(self, response: Any) -> None:
        response.headers["Content-Type"] = "text/html;charset=utf-8"
        response.headers["Location"] = ascii_url(self.urls[0], self.encoding)
        links = (f'<a href="{html.escape(url)}">{html.escape(url)}</a>' for url in self.urls)
        lines = (f"{_REDIRECT_TEXTS.get(self.status, 'See')} {link}." for link in links)
        response.body = "<br />\n".join(lines).encode("utf-8", "surrogateescape")
        # The length of a body that was set before.
        response.headers.pop("Content-Length", None)

    def __call__(self) -> NoReturn:
        """Raise this redirect; so that it can stand for a page handler."""
        raise self


_REDIRECT_TEXTS = {
    300: "This resource can be found at",
    301: "This resource has permanently moved to",
    302: "This resource resides temporarily at",
    303: "This resource can be found at",
    307: "This resource has moved temporarily to",
    308: "This resource has been moved to",
}


def _absolute(url: str, request: Any) -> str:
    """Resolve *url* against the URL of *request*, which ends in its path."""
    if urllib.parse.urlsplit(url).scheme:
        return url
    here = request.base + quoted_path(request.script_name + request.path_info or "/")
    return str(urllib.parse.urljoin(here, url))


def quoted_path(path: str) -> str:
    """Return a decoded path as a client would send it.

    NOTE: '%2F' is kept: in a `path_info` it stands for a slash inside of a segment.
    """
    parts = (urllib.parse.quote(part, safe="/:=&~+!$,;'@()*") for part in path.split("%2F"))
    return "%2F".join(parts)


def ascii_url(url: str, encoding: str = "utf-8") -> str:
    """Return *url* with every character that a header field cannot hold percent-encoded.

    SECURITY: that includes CR and LF, with which a URL made from user input could
    end the header and begin another (response splitting).
    """
    return urllib.parse.quote(url, safe="%/:=&?~#+!$,;'@()*[]|", encoding=encoding)


def _keep_for_not_modified(response: Any) -> None:
    """Drop body and the fields that describe it (RFC 9110, 15.4.5)."""
    for name in _ENTITY_FIELDS:
        response.headers.pop(name, None)
    response.body = None


#: RFC 9110, 15.4.5: a 304 carries validators and cache fields, not what describes the content.
_ENTITY_FIELDS = (
    "Allow",
    "Content-Encoding",
    "Content-Language",
    "Content-Length",
    "Content-MD5",
    "Content-Range",
    "Content-Type",
)

#: Fields that describe the body which an error page replaces.
_REPLACED_FIELDS = (
    "Accept-Ranges",
    "Age",
    "Content-Disposition",
    "Content-Encoding",
    "Content-Length",
    "Content-Location",
    "Content-MD5",
    "ETag",
    "Expires",
    "Last-Modified",
    "Location",
    "Retry-After",
    "Vary",
)


class HTTPError(CherryPyException):
    """Answer with an error page.

    status: 400 to 599, or with a reason of one's own: '410 Gone fishing'.
    message: text for the page; default: what the status means, in a sentence.

    Raises ValueError for a status that is no error, and an HTTPError (500) for
    what is no status at all.
    """

    def __init__(self, status: int | str = 500, message: str | None = None) -> None:
        self.status = status
        try:
            self.code, self.reason, default_message = valid_status(status)
        except ValueError as exc:
            raise HTTPError(500, str(exc)) from exc
        if not 400 <= self.code <= 599:
            raise ValueError(f"The status of an HTTPError is between 400 and 599, got {status!r}")
        self._message = message or default_message
        super().__init__(status, message)

    def set_response(self) -> None:
        """Make the current response this error: its status, and the error page as its body."""
        serving = current()
        request, response = serving.request, serving.response
        clean_headers(response, self.code)
        trace = format_exc() if request.show_tracebacks else None
        response.status = f"{self.code} {self.reason}"
        response.body = error_page_body(
            request, response, self.code, f"{self.code} {self.reason}", self._message, trace
        )

    def get_error_page(self, *args: Any, **kwargs: Any) -> bytes:
        """Return the error page, see `errorpages.get_error_page`."""
        return get_error_page(*args, **kwargs)

    def __call__(self) -> NoReturn:
        """Raise this error; so that it can stand for a page handler."""
        raise self

    @classmethod
    @contextlib.contextmanager
    def handle(
        cls,
        exception: type[BaseException] | tuple[type[BaseException], ...],
        status: int | str = 500,
        message: str = "",
    ) -> Iterator[None]:
        """Translate *exception*, raised below, into this error.

        Works as a context manager and as a decorator (manual: 'Error handling').

        exception: the class or classes to catch.
        status: of the error that is raised instead; default 500.
        message: its message; default: the text of what was caught.
        """
        try:
            yield
        except exception as exc:
            raise cls(status, message or str(exc)) from exc


class NotFound(HTTPError):
    """Nothing is at this URL (404).

    path: what was looked for; default: the path of the current request.
    """

    def __init__(self, path: str | None = None) -> None:
        if path is None:
            request = current().request
            path = request.script_name + request.path_info
        super().__init__(404, f"The path {path!r} was not found.")
        self.args = (path,)


def clean_headers(response: Any, status: int) -> None:
    """Remove the response fields that described the body which an error replaces."""
    headers = response.headers
    for name in _REPLACED_FIELDS:
        headers.pop(name, None)
    if status != 416:
        # RFC 9110, 15.5.17: a 416 says with Content-Range how long the content is.
        headers.pop("Content-Range", None)


def format_exc(exc: BaseException | None = None) -> str:
    """Return *exc*, by default the exception being handled, as a traceback's text, or ''."""
    exc = exc or sys.exc_info()[1]
    return "" if exc is None else "".join(traceback.format_exception(exc))
