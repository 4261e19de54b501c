"""A unittest.TestCase that speaks HTTP: getPage asks, and the assert methods look at the answer.

Use `WebCase.getPage` to request a page from a server, wherever it runs. A server in the same
process may call `server_error` when it fails: the traceback is printed, and getPage raises
ServerError instead of letting assertions look at a page that means nothing.
"""

import os
import re
import sys
import time
import traceback
from collections.abc import Iterable
from http.client import HTTPConnection, HTTPSConnection
from typing import NoReturn
from unittest import TestCase

from ._client import Errors, Headers, Response, cleanHeaders, interface, openURL, shb
from ._prompt import ask_what_to_do
from ._runner import ReloadingTestLoader, TerseTestResult, TerseTestRunner

__all__ = [
    "ReloadingTestLoader",
    "ServerError",
    "TerseTestResult",
    "TerseTestRunner",
    "WebCase",
    "cleanHeaders",
    "ignore_all",
    "ignored_exceptions",
    "interface",
    "openURL",
    "server_error",
    "shb",
]

# Exceptions of the server that a test expects: server_error passes over their instances, or
# over every exception if ignore_all is true.
ignored_exceptions: list[type[BaseException]] = []
ignore_all = False


class ServerError(Exception):
    """The server failed while it answered; `on` is true until the next request."""

    on = False


def server_error(exc: BaseException | None = None) -> bool:
    """Print the traceback of a server's failure and make the current getPage raise.

    `exc` is the exception, by default the one being handled. Returns False, having done
    nothing, if the exception is one that the test ignores.
    """
    error = exc or sys.exc_info()[1]
    if ignore_all or isinstance(error, tuple(ignored_exceptions)):
        return False
    ServerError.on = True
    print()
    print("".join(traceback.format_exception(error)) if error else "The server failed.")
    return True


def _may_ask() -> bool:
    """Tell whether a failed assertion may ask at the terminal what to do.

    WEBTEST_INTERACTIVE set to 0, false or False forbids it. So does pytest, which reports
    failures by itself, and a standard input that nobody sits at.
    """
    allowed = os.environ.get("WEBTEST_INTERACTIVE", "1") not in {"", "0", "false", "False"}
    return allowed and "PYTEST_CURRENT_TEST" not in os.environ and sys.stdin.isatty()


class WebCase(TestCase):
    """A test case with the last response in `status`, `headers`, `body` and `cookies`.

    HOST, PORT and `scheme` say where the server is, PROTOCOL what the requests claim to be.
    `cookies` are the cookies that the last response set, as headers that a next request can
    send; `time` is how long it took in seconds; `url` is what was asked for.
    """

    HOST = "127.0.0.1"
    PORT = 8000
    HTTP_CONN: type[HTTPConnection] | HTTPConnection = HTTPConnection
    PROTOCOL = "HTTP/1.1"

    scheme = "http"
    encoding = "utf-8"
    console_height = 30

    url: str | None = None
    status: str | None = None
    headers: list[tuple[str, str]] | None = None
    body: bytes | None = None
    cookies: list[tuple[str, str]] | None = None
    time: float | None = None

    @property
    def persistent(self) -> bool:
        """Whether one connection is kept for all requests; may be set."""
        return isinstance(self.HTTP_CONN, HTTPConnection)

    @persistent.setter
    def persistent(self, on: bool) -> None:
        self.set_persistent(on)

    def set_persistent(self, on: bool = True, auto_open: bool = False) -> None:
        """Keep one connection for all requests, or make a new one for each.

        A connection that is open is closed. If `auto_open` is true, the kept connection is
        opened anew whenever the server has closed it.
        """
        if isinstance(self.HTTP_CONN, HTTPConnection):
            self.HTTP_CONN.close()
        kind = HTTPSConnection if self.scheme == "https" else HTTPConnection
        if not on:
            self.HTTP_CONN = kind
            return
        connection = kind(self.interface(), self.PORT)
        connection.connect()
        connection.auto_open = int(auto_open)
        self.HTTP_CONN = connection

    def interface(self) -> str:
        """Return an IP address for a client connection to HOST."""
        return interface(self.HOST)

    def getPage(
        self,
        url: str,
        headers: Headers | None = None,
        method: str = "GET",
        body: str | bytes | None = None,
        protocol: str | None = None,
        raise_subcls: Errors | None = None,
    ) -> Response:
        """Request the URL and return status, headers and body, which are kept on `self` too.

        `raise_subcls` is an exception class, or a tuple of them, that is raised at once
        instead of trying to connect again. Raises ServerError if the server called
        server_error meanwhile.
        """
        ServerError.on = False
        self.url = url
        self.time = None
        start = time.monotonic()
        response = openURL(
            url,
            headers,
            method,
            body.encode(self.encoding) if isinstance(body, str) else body,
            self.HOST,
            self.PORT,
            self.HTTP_CONN,
            protocol or self.PROTOCOL,
            raise_subcls,
        )
        self.time = time.monotonic() - start
        self.status, self.headers, self.body = response
        self.cookies = [
            ("Cookie", value) for name, value in self.headers if name.lower() == "set-cookie"
        ]
        if ServerError.on:
            raise ServerError(f"the server failed while it answered {method} {url}")
        return response

    def assertStatus(self, status: int | str | Iterable[int | str], msg: str | None = None) -> None:
        """Fail if the status is another one, or none of several.

        A status is a code (200, '200') or a code with its reason ('200 OK').
        """
        wanted = [status] if isinstance(status, int | str) else list(status)
        found = self.status or ""
        if not {found, found.partition(" ")[0]} & set(map(str, wanted)):
            expected = " or ".join(map(repr, wanted))
            self._fail_on_page(msg or f"Status {found!r}, expected {expected}")

    def assertHeader(self, key: str, value: object = None, msg: str | None = None) -> str | None:
        """Fail if the header is missing or, when given, no such header has the value.

        Returns the value found.
        """
        found = self._values_of(key)
        for each in found:
            if value is None or str(value) == each:
                return each
        if not found:
            self._fail_on_page(msg or f"{key!r} not in headers")
        self._fail_on_page(msg or f"{key!r} has the value {found}, expected {value!r}")
        return None

    def assertHeaderIn(
        self, key: str, values: Iterable[object], msg: str | None = None
    ) -> str | None:
        """Fail if the header does not have one of the values; return the value found."""
        wanted = [str(value) for value in values]
        for each in self._values_of(key):
            if each in wanted:
                return each
        self._fail_on_page(msg or f"{key!r} not in {wanted}")
        return None

    def assertHeaderItemValue(self, key: str, value: str, msg: str | None = None) -> str | None:
        """Fail if the comma-separated header does not contain the value; return the value."""
        if value in self._items_of(self.assertHeader(key, msg=msg)):
            return value
        self._fail_on_page(msg or f"{value!r} not in {self._values_of(key)}")
        return None

    def assertNoHeader(self, key: str, msg: str | None = None) -> None:
        """Fail if the header is there."""
        if self._values_of(key):
            self._fail_on_page(msg or f"{key!r} in headers")

    def assertNoHeaderItemValue(self, key: str, value: str, msg: str | None = None) -> None:
        """Fail if the comma-separated header contains the value."""
        if any(value in self._items_of(found) for found in self._values_of(key)):
            self._fail_on_page(msg or f"{key!r} contains {value!r}")

    def assertBody(self, value: str | bytes, msg: str | None = None) -> None:
        """Fail if the body is not exactly the value."""
        if self._bytes(value) != self.body:
            self._fail_on_page(msg or f"Expected body {self._bytes(value)!r}, got {self.body!r}")

    def assertInBody(self, value: str | bytes, msg: str | None = None) -> None:
        """Fail if the value is not in the body."""
        if self._bytes(value) not in self._page():
            self._fail_on_page(msg or f"{value!r} not in body")

    def assertNotInBody(self, value: str | bytes, msg: str | None = None) -> None:
        """Fail if the value is in the body."""
        if self._bytes(value) in self._page():
            self._fail_on_page(msg or f"{value!r} in body")

    def assertMatchesBody(
        self, pattern: str | bytes, msg: str | None = None, flags: int = 0
    ) -> None:
        """Fail if the regular expression is found nowhere in the body."""
        if not re.search(self._bytes(pattern), self._page(), flags):
            self._fail_on_page(msg or f"No match for {pattern!r} in body")

    def exit(self) -> NoReturn:
        """Leave the whole test run."""
        sys.exit()

    def _page(self) -> bytes:
        return self.body or b""

    def _bytes(self, value: str | bytes) -> bytes:
        return value.encode(self.encoding) if isinstance(value, str) else value

    def _values_of(self, key: str) -> list[str]:
        return [value for name, value in self.headers or () if name.lower() == key.lower()]

    def _items_of(self, value: str | None) -> list[str]:
        return [item.strip() for item in (value or "").split(",")]

    def _fail_on_page(self, message: str) -> None:
        """Fail, unless somebody at the terminal looks at the page and says to go on."""
        if _may_ask():
            ask_what_to_do(self, message)
        else:
            raise self.failureException(message)
