"""CPWebCase: a test case that runs an application on a real server and asks it for pages.

    class EchoTest(helper.CPWebCase):
        @staticmethod
        def setup_server():
            cherrypy.tree.mount(Root())

        def test_echo(self):
            self.getPage("/echo?message=hi")
            self.assertBody("hi")

It works under pytest and under unittest. The server has a port of its own, so that test runs
never meet, and all that the application has set is put back after the last test of the class.
"""

import datetime
import os
import re
import unittest
from collections.abc import Callable
from email.utils import parsedate_to_datetime
from typing import ClassVar, NoReturn

import cherrypy
from cherrypy.core.errorpages import get_error_page

from . import webtest
from ._client import Errors, Headers, Response
from ._supervisors import (
    LocalSupervisor,
    LocalWSGISupervisor,
    NativeServerSupervisor,
    SavedState,
    Supervisor,
    log_to_stderr,
)

__all__ = [
    "CPWebCase",
    "LocalSupervisor",
    "LocalWSGISupervisor",
    "NativeServerSupervisor",
    "Supervisor",
    "log_to_stderr",
]

TRACEBACK = re.compile(rb'(<pre id="traceback">)(.*?)(</pre>)', re.DOTALL)


class CPWebCase(webtest.WebCase):
    """A WebCase with a server of its own.

    A subclass defines `setup_server`, a static method without arguments that mounts the
    application. `default_server` is a key of `available_servers`; `script_name` comes before
    every URL; `date_tolerance` is in seconds. PORT and HOST are set when the server runs.
    """

    script_name = ""
    scheme = "http"
    date_tolerance = 2

    available_servers: ClassVar[dict[str, type[LocalSupervisor]]] = {
        "wsgi": LocalWSGISupervisor,
        "native": NativeServerSupervisor,
    }
    default_server = "wsgi"

    supervisor: ClassVar[LocalSupervisor | None] = None
    _saved: ClassVar[SavedState | None] = None

    @classmethod
    def setUpClass(cls) -> None:
        """Start the server, under unittest."""
        super().setUpClass()
        if not _pytest_runs():
            cls.setup_class()

    @classmethod
    def tearDownClass(cls) -> None:
        """Stop the server, under unittest."""
        if not _pytest_runs():
            cls.teardown_class()
        super().tearDownClass()

    @classmethod
    def setup_class(cls) -> None:
        """Mount the application and start the server, if there is a `setup_server`."""
        setup_server: Callable[[], object] | None = getattr(cls, "setup_server", None)
        if setup_server is None:
            return
        cls._saved = SavedState()
        cls.supervisor = cls.available_servers[cls.default_server]()
        try:
            cls._configure(cls.supervisor)
            setup_server()
            cls.supervisor.start(cls.__module__)
        except BaseException:
            cls.teardown_class()
            raise
        cls.HOST, cls.PORT = cls.supervisor.host, cls.supervisor.port

    @classmethod
    def teardown_class(cls) -> None:
        """Stop the server, and put back what the application has set."""
        supervisor, cls.supervisor = cls.supervisor, None
        saved, cls._saved = cls._saved, None
        try:
            if supervisor is not None:
                supervisor.stop()
        finally:
            if saved is not None:
                saved.restore()

    @classmethod
    def _configure(cls, supervisor: LocalSupervisor) -> None:
        cherrypy.config.reset()
        cherrypy.tree.apps.clear()
        cherrypy.config.update(
            {
                "environment": "test_suite",
                "server.socket_host": supervisor.host,
                "server.socket_port": supervisor.port,
                "server.protocol_version": cls.PROTOCOL,
            }
        )

    def tearDown(self) -> None:
        """Close the connection that the test kept, so that the server can stop at once."""
        if self.persistent:
            self.set_persistent(False)
        super().tearDown()

    def prefix(self) -> str:
        """Return what comes before the path of every URL: the script name without a slash."""
        return self.script_name.rstrip("/")

    def base(self) -> str:
        """Return the URL of the application: scheme, host, port and prefix."""
        host = f"[{self.HOST}]" if ":" in self.HOST else self.HOST
        default_port = 443 if self.scheme == "https" else 80
        port = "" if default_port == self.PORT else f":{self.PORT}"
        return f"{self.scheme}://{host}{port}{self.prefix()}"

    def getPage(
        self,
        url: str,
        headers: Headers | None = None,
        method: str = "GET",
        body: str | bytes | None = None,
        protocol: str | None = None,
        raise_subcls: Errors | None = None,
    ) -> Response:
        """Request the URL, below the script name, and return status, headers and body.

        See `webtest.WebCase.getPage`.
        """
        return super().getPage(self.prefix() + url, headers, method, body, protocol, raise_subcls)

    def skip(self, msg: str = "skipped ") -> NoReturn:
        """Skip the test that is running."""
        raise unittest.SkipTest(msg)

    def assertErrorPage(
        self, status: int | str, message: str | None = None, pattern: str | bytes | None = ""
    ) -> None:
        """Fail unless the body is the built-in error page of the status.

        With a `message`, the page must show it. The traceback in the page must match
        `pattern`, a regular expression; the default matches any, and None means that there
        must be no traceback.
        """
        expected = get_error_page(status, message=message, traceback="")
        frame = re.escape(TRACEBACK.sub(rb"\1\3", expected))
        if message is None:
            frame = re.sub(rb"<p>.*?</p>", rb"<p>.*?</p>", frame, count=1, flags=re.DOTALL)
        opening = re.escape(b'<pre id="traceback">')
        found = re.fullmatch(frame.replace(opening, opening + rb"(.*?)"), self._page(), re.DOTALL)
        if not found:
            self._fail_on_page(f"Error page does not match; expected:\n{expected.decode()}")
        elif not _traceback_matches(found[1], pattern):
            self._fail_on_page(f"Traceback {found[1]!r} does not match {pattern!r}")

    def assertEqualDates(
        self,
        dt1: datetime.datetime | str,
        dt2: datetime.datetime | str,
        seconds: float | None = None,
    ) -> None:
        """Fail if the dates differ by more than `seconds`, by default `date_tolerance`.

        A date is a datetime, or text as HTTP has it.
        """
        tolerance = self.date_tolerance if seconds is None else seconds
        difference = abs((_date(dt1) - _date(dt2)).total_seconds())
        if difference > tolerance:
            raise self.failureException(
                f"{dt1} and {dt2} differ by {difference} seconds, more than {tolerance}"
            )


def _pytest_runs() -> bool:
    """Tell whether pytest runs the tests: it calls setup_class and teardown_class by itself."""
    return "PYTEST_CURRENT_TEST" in os.environ


def _date(value: datetime.datetime | str) -> datetime.datetime:
    date = parsedate_to_datetime(value) if isinstance(value, str) else value
    return date if date.tzinfo else date.replace(tzinfo=datetime.UTC)


def _traceback_matches(shown: bytes, pattern: str | bytes | None) -> bool:
    if pattern is None:
        return not shown
    wanted = pattern.encode() if isinstance(pattern, str) else pattern
    return re.search(wanted, shown) is not None
