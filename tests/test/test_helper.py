"""CPWebCase under pytest and unittest: the manual's example, and what it leaves behind."""

import datetime
import functools
import os
import re
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

import cherrypy
from cherrypy.test import helper

# The manual, 'Testing your application', word for word.
EXAMPLE = '''
import cherrypy
from cherrypy.test import helper

class SimpleCPTest(helper.CPWebCase):
    def setup_server():
        class Root(object):
            @cherrypy.expose
            def echo(self, message):
                return message

        cherrypy.tree.mount(Root())
    setup_server = staticmethod(setup_server)

    def test_message_should_be_returned_as_is(self):
        self.getPage("/echo?message=Hello%20world")
        self.assertStatus('200 OK')
        self.assertHeader('Content-Type', 'text/html;charset=utf-8')
        self.assertBody('Hello world')

    def test_non_utf8_message_will_fail(self):
        """
        CherryPy defaults to decode the query-string
        using UTF-8, trying to send a query-string with
        a different encoding will raise a 404 since
        it considers it's a different URL.
        """
        self.getPage("/echo?message=A+bient%F4t",
                     headers=[
                         ('Accept-Charset', 'ISO-8859-1,utf-8'),
                         ('Content-Type', 'text/html;charset=ISO-8859-1')
                     ]
        )
        self.assertStatus('404 Not Found')
'''


@pytest.mark.parametrize("runner", ["pytest -s test_echo_app.py", "unittest test_echo_app"])
def test_the_example_of_the_manual_passes(runner: str, tmp_path: Path) -> None:
    (tmp_path / "test_echo_app.py").write_text(EXAMPLE)
    environment = {key: os.environ[key] for key in os.environ if not key.startswith("PYTEST")}
    found = subprocess.run(
        [sys.executable, "-W", "error", "-m", *runner.split()],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
    )
    assert found.returncode == 0, found.stdout + found.stderr
    assert re.search("2 passed|Ran 2 tests", found.stdout + found.stderr)


class Root:
    """The application under test."""

    @cherrypy.expose
    def index(self) -> str:
        """Return the address."""
        return cherrypy.url()

    @cherrypy.expose
    def fail(self) -> str:
        """Fail."""
        raise ValueError("on purpose")

    @cherrypy.expose
    def refuse(self) -> str:
        """Refuse with a message."""
        raise cherrypy.HTTPError(409, "Not <now>")


class TestBelowAScriptName(helper.CPWebCase):
    """A case whose application is not at the root, on the native server."""

    script_name = "/app"
    default_server = "native"

    @staticmethod
    def setup_server() -> None:
        """Mount the application below the root."""
        cherrypy.tree.mount(Root(), "/app")

    def test_urls_are_below_the_script_name(self) -> None:
        self.getPage("/")
        self.assertBody(self.base() + "/")
        assert self.base() == f"http://127.0.0.1:{self.PORT}/app"

    def test_a_kept_connection_serves_several_requests(self) -> None:
        self.persistent = True
        for _ in range(3):
            self.getPage("/")
            self.assertStatus(200)

    def test_an_error_page_is_recognised_with_its_traceback(self) -> None:
        self.getPage("/fail")
        self.assertErrorPage(500)
        self.assertErrorPage(500, pattern="ValueError: on purpose")
        with pytest.raises(AssertionError, match="does not match"):
            self.assertErrorPage(500, pattern="KeyError")
        with pytest.raises(AssertionError, match="does not match"):
            self.assertErrorPage(500, pattern=None)

    def test_an_error_page_is_recognised_by_its_message(self) -> None:
        self.getPage("/refuse")
        self.assertErrorPage(409)
        self.assertErrorPage(409, "Not <now>")
        with pytest.raises(AssertionError, match="Error page does not match"):
            self.assertErrorPage(409, "Not then")
        with pytest.raises(AssertionError, match="Error page does not match"):
            self.assertErrorPage(404)

    def test_a_page_is_no_error_page(self) -> None:
        self.getPage("/")
        with pytest.raises(AssertionError, match="Error page does not match"):
            self.assertErrorPage(500)


class TestDates(helper.CPWebCase):
    """A case without a server."""

    def test_dates_are_equal_within_the_tolerance(self) -> None:
        self.assertEqualDates("Sun, 06 Nov 1994 08:49:37 GMT", "Sun, 06 Nov 1994 08:49:39 GMT")
        noon = datetime.datetime(2026, 1, 1, 12)
        self.assertEqualDates(noon, noon + datetime.timedelta(seconds=9), seconds=10)
        with pytest.raises(AssertionError, match="differ by 3"):
            self.assertEqualDates(noon, noon + datetime.timedelta(seconds=3))

    def test_a_case_can_skip_itself(self) -> None:
        with pytest.raises(BaseException, match="not today") as skipped:
            self.skip("not today")
        assert type(skipped.value).__name__ == "SkipTest"


@pytest.fixture
def case_class() -> Iterator[type[helper.CPWebCase]]:
    """A case whose application sets all that an application can set."""

    class Case(helper.CPWebCase):
        @staticmethod
        def setup_server() -> None:
            cherrypy.config.update(
                {"server.max_request_body_size": 7, "log.screen": True, "mine.key": 1}
            )
            cherrypy.config.namespaces["mine"] = lambda key, value: None
            cherrypy.engine.subscribe("start", _listener)
            cherrypy.tree.mount(Root())

    yield Case
    Case.teardown_class()


def _listener() -> None:
    """Hear that the engine starts."""


def test_nothing_is_left_of_an_application_after_its_case(
    case_class: type[helper.CPWebCase],
) -> None:
    cherrypy.engine.autoreload.subscribe()  # the environment of tests turns it off
    before = _globals()
    threads = set(threading.enumerate())
    case_class.setup_class()
    assert _globals() != before
    port = case_class.PORT
    case_class.teardown_class()
    assert _globals() == before
    assert set(threading.enumerate()) <= threads
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port)).close()


def test_classes_follow_each_other_on_ports_of_their_own(
    case_class: type[helper.CPWebCase],
) -> None:
    for _ in range(3):
        case_class.setup_class()
        with socket.create_connection(("127.0.0.1", case_class.PORT)):
            assert str(cherrypy.engine.state) == "states.STARTED"
        case_class.teardown_class()
        assert str(cherrypy.engine.state) == "states.STOPPED"


def test_the_engine_exits_after_a_case_so_that_its_plugins_can_clean_up() -> None:
    heard: list[str] = []

    class Case(helper.CPWebCase):
        @staticmethod
        def setup_server() -> None:
            for channel in ("start", "stop", "exit"):
                cherrypy.engine.subscribe(channel, functools.partial(heard.append, channel))

    Case.setup_class()
    Case.teardown_class()
    assert heard == ["start", "stop", "exit"]


def test_an_application_that_cannot_be_set_up_leaves_nothing_behind() -> None:
    class Case(helper.CPWebCase):
        @staticmethod
        def setup_server() -> None:
            cherrypy.config.update({"server.max_request_body_size": 7})
            raise LookupError("no such table")

    before = _globals()
    with pytest.raises(LookupError, match="no such table"):
        Case.setup_class()
    assert _globals() == before


def _globals() -> dict[str, object]:
    listeners = {name: set(heard) for name, heard in cherrypy.engine.listeners.items()}
    return {
        "config": dict(cherrypy.config),
        "apps": dict(cherrypy.tree.apps),
        "server": dict(vars(cherrypy.server)),
        "namespaces": set(cherrypy.config.namespaces),
        "listeners": {name: heard for name, heard in listeners.items() if heard},
        "screen": cherrypy.log.screen,
        "autoreload": cherrypy.engine.autoreload.on,
    }
