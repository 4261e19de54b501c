"""The response: what the page handler, hooks and errors fill in, and how it is finished.

`Response` holds status, header fields, cookies and body as an application sees
them; `finalize` turns them into what a server sends. The body may be given as
bytes, an iterable of bytes, a file or None; it has one owner here, and `close`
closes it on every path.
"""

import time
from collections.abc import Iterable
from functools import lru_cache
from http.cookies import SimpleCookie
from typing import Any

from ..message.cookies import cookie_header_values
from ..message.dates import http_date
from ..message.headers import HeaderMap
from ..message.status import status_line, valid_status
from .bodies import FileSlices, chunks_of
from .errors import HTTPError, TimeoutError
from .version import __version__

SERVER_NAME = f"CherryPy/{__version__}"

#: 1xx, 204, 205 and 304 have no content (RFC 9110, 15).
_BODILESS = frozenset({204, 205, 304})

#: Bytes of a file that are read at once, so that head and body leave together; a longer file
#: is sent as it is read.
COLLAPSED_FILE = 65536


@lru_cache(maxsize=2)
def _initial_fields(second: int) -> dict[str, str]:
    """Return the fields that every response begins with in this second of time."""
    return {"Content-Type": "text/html", "Server": SERVER_NAME, "Date": http_date(second)}


class Response:
    """An HTTP response in the making.

    status: an int, or a string such as '404 Not Found'; None means 200 OK.
    headers: a `HeaderMap` of the fields to send.
    cookie: a `SimpleCookie`; each morsel becomes a Set-Cookie field.
    body: the content; see `body`.
    stream: if true, the body is sent as it is produced, not collected first.
    time: seconds since the epoch at which the response began.
    timeout: seconds it may take; default 300.
    timed_out: whether it took longer; see `check_timeout`.
    header_list: after `finalize`, the pairs of bytes to send.
    """

    status: int | str | None = None
    header_list: list[tuple[bytes, bytes]] = []
    stream = False
    timeout: float = 300
    timed_out = False
    _cookie: "SimpleCookie | None" = None

    #: After `finalize`: the status line without the version, `b'200 OK'`.
    output_status = b""

    def __init__(self) -> None:
        self.time = now = time.time()
        self._body: Any = b""
        self.headers = HeaderMap.from_titled(_initial_fields(int(now)))

    @property
    def cookie(self) -> "SimpleCookie":
        """The cookies to send, made when first asked for."""
        if self._cookie is None:
            self._cookie = SimpleCookie()
        return self._cookie

    @cookie.setter
    def cookie(self, cookie: "SimpleCookie") -> None:
        self._cookie = cookie

    @property
    def body(self) -> Iterable[bytes]:
        """The content, as an iterable of bytes, whatever it was given as."""
        body = self._body
        if type(body) is bytes:
            return [body] if body else []
        return body  # type: ignore[no-any-return]  # the setter has made it iterable

    @body.setter
    def body(self, value: Any) -> None:
        # NOTE: bytes are kept as they are: most responses never need the list.
        self._body = value if type(value) is bytes else chunks_of(value)

    def collapse_body(self) -> bytes:
        """Collect the body into one bytes object, which it is from then on, and return it.

        Raises TypeError for a part that is no bytes.
        """
        body = self._body
        if type(body) is bytes:
            return body
        try:
            self._body = joined = _join(body)
        finally:
            close(body)
        return joined

    def finalize(self) -> None:
        """Turn status, headers, cookies and body into `output_status` and `header_list`.

        Raises HTTPError (500) for a status that no server can send.
        """
        if self.status is None:
            self.status, self.output_status, code = "200 OK", b"200 OK", 200
        else:
            code = self._finish_status(self.status)
        headers = self.headers
        if type(self._body) is bytes and code == 200:
            # PERF: the ordinary page, sent by a handler; the key is in title case already.
            dict.__setitem__(headers, "Content-Length", str(len(self._body)))
        elif code in _BODILESS or code < 200:
            self._drop_body(headers)
        elif type(self._body) is FileSlices and self._body.length > COLLAPSED_FILE:
            headers["Content-Length"] = str(self._body.length)
            self.stream = True
        elif type(self._body) in (bytes, FileSlices) or not self.stream:
            headers["Content-Length"] = str(len(self.collapse_body()))
        self.header_list = fields = headers.output()
        if self._cookie:
            fields.extend(_cookie_fields(self._cookie))

    def _finish_status(self, status: int | str) -> int:
        try:
            code, reason, _ = valid_status(status)
        except ValueError as exc:
            raise HTTPError(500, str(exc)) from exc
        if code < 200 and code != 101:
            # RFC 9110, 15.2: an interim response; the client would wait for the final one.
            raise HTTPError(500, f"A page cannot end in the interim status {code} {reason}.")
        self.status = f"{code} {reason}"
        self.output_status = status_line(code, reason).encode("latin-1", "replace")
        return code

    def _drop_body(self, headers: HeaderMap) -> None:
        headers.pop("Content-Length", None)
        self.close()

    def check_timeout(self) -> None:
        """Set `timed_out` if more than `timeout` seconds have passed since `time`."""
        if time.time() > self.time + self.timeout:
            self.timed_out = True

    def raise_if_timed_out(self) -> None:
        """Raise `TimeoutError` once `timed_out` is set."""
        if self.timed_out:
            raise TimeoutError(f"The response took longer than {self.timeout} seconds")

    def close(self) -> None:
        """Drop the body, and close it if it can be closed. Valid more than once."""
        body, self._body = self._body, b""
        close(body)


def _join(body: Iterable[Any]) -> bytes:
    parts = list(body)
    for part in parts:
        if not isinstance(part, bytes):
            raise TypeError(
                f"A page handler's body has a part of type {type(part).__name__}, {part!r:.60}; "
                "expected bytes. Is tools.encode turned off for a page that returns str?"
            )
    return b"".join(parts)


def _cookie_fields(cookie: "SimpleCookie") -> list[tuple[bytes, bytes]]:
    return [(b"Set-Cookie", value.encode("latin-1")) for value in cookie_header_values(cookie)]


def close(body: Any) -> None:
    """Call `body.close()` if there is such a method."""
    closer = getattr(body, "close", None)
    if callable(closer):
        closer()
