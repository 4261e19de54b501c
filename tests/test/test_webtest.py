"""WebCase and its functions, against a small server of the standard library."""

import os
import re
import socket
import subprocess
import sys
import threading
import unittest
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from cherrypy.test import webtest


class Echo(BaseHTTPRequestHandler):
    """Answers with what was asked, and a few headers to look at."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        sent = self.rfile.read(length).decode()
        body = f"{self.command} {self.path} {self.request_version}\n{self.headers}{sent}".encode()
        self.send_response(404 if self.path == "/absent" else 200)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Content-Type", "text/plain;charset=utf-8")
        self.send_header("Vary", "Accept, Cookie")
        self.send_header("Set-Cookie", "taste=sweet; Path=/")
        self.send_header("X-Client-Port", str(self.client_address[1]))
        if self.path == "/fails":
            webtest.server_error(ValueError("lost"))
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self) -> None:
        self.do_GET()

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@contextmanager
def serving() -> Iterator[int]:
    """Serve Echo and give the port; wait for all its threads at the end."""
    with ThreadingHTTPServer(("127.0.0.1", 0), Echo) as server:
        server.daemon_threads = False
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield server.server_address[1]
        finally:
            server.shutdown()
            thread.join()


@pytest.fixture
def case() -> Iterator[webtest.WebCase]:
    with serving() as port:
        case = webtest.WebCase("getPage")
        case.PORT = port
        yield case
        case.set_persistent(False)


def test_get_page_keeps_status_headers_body_and_time(case: webtest.WebCase) -> None:
    status, headers, body = case.getPage("/page?a=1")
    assert (case.status, case.headers, case.body) == (status, headers, body)
    assert status == "200 OK"
    assert ("Content-Type", "text/plain;charset=utf-8") in headers
    assert body.startswith(b"GET /page?a=1 HTTP/1.1\n")
    assert case.url == "/page?a=1"
    assert case.time is not None
    assert 0 < case.time < 10


def test_the_cookies_of_a_response_can_be_sent_with_the_next_request(
    case: webtest.WebCase,
) -> None:
    case.getPage("/")
    assert case.cookies == [("Cookie", "taste=sweet; Path=/")]
    case.getPage("/", headers=case.cookies)
    case.assertInBody("Cookie: taste=sweet")


def test_a_body_is_sent_as_a_form_with_its_length(case: webtest.WebCase) -> None:
    case.getPage("/", method="POST", body="name=Ä")
    case.assertInBody("Content-Type: application/x-www-form-urlencoded")
    case.assertInBody("Content-Length: 7")
    case.assertInBody("name=Ä")


def test_the_protocol_of_one_request_can_be_chosen(case: webtest.WebCase) -> None:
    case.getPage("/", protocol="HTTP/1.0")
    case.assertInBody("GET / HTTP/1.0")
    case.getPage("/")
    case.assertInBody("GET / HTTP/1.1")


def test_a_persistent_case_keeps_its_connection(case: webtest.WebCase) -> None:
    case.set_persistent()
    assert case.persistent
    first = dict(case.getPage("/")[1])["X-Client-Port"]
    case.getPage("/again")
    case.assertHeader("X-Client-Port", first)
    case.persistent = False
    case.getPage("/")
    assert dict(case.headers or ())["X-Client-Port"] != first


@pytest.mark.parametrize("status", [200, "200", "200 OK", (404, 200), ["404 Not Found", "200 OK"]])
def test_a_status_may_be_given_in_any_form(
    case: webtest.WebCase, status: int | str | tuple[int | str, ...]
) -> None:
    case.getPage("/")
    case.assertStatus(status)
    case.getPage("/absent")
    if not isinstance(status, tuple | list):
        with pytest.raises(AssertionError, match="Status '404 Not Found', expected"):
            case.assertStatus(status)


def test_assertions_that_hold_pass_and_return_what_they_found(case: webtest.WebCase) -> None:
    case.getPage("/page")
    assert case.assertHeader("content-type") == "text/plain;charset=utf-8"
    assert case.assertHeader("Content-Type", "text/plain;charset=utf-8")
    assert case.assertHeaderIn("Vary", ["Accept", "Accept, Cookie"]) == "Accept, Cookie"
    assert case.assertHeaderItemValue("Vary", "Cookie") == "Cookie"
    case.assertNoHeader("Location")
    case.assertNoHeaderItemValue("Vary", "Accept-Encoding")
    case.assertBody(case.body or b"")
    case.assertInBody(b"/page")
    case.assertNotInBody("elsewhere")
    case.assertMatchesBody(r"^get /p\w+e", flags=re.IGNORECASE)


# A failing assertion for each method, and what its message says.
FAILURES = {
    "assertStatus": (("500",), "Status '200 OK', expected '500'"),
    "assertHeader": (("Location",), "'Location' not in headers"),
    "assertHeaderIn": (("Vary", ["Accept"]), "'Vary' not in"),
    "assertHeaderItemValue": (("Vary", "Range"), "'Range' not in"),
    "assertNoHeader": (("Vary",), "'Vary' in headers"),
    "assertNoHeaderItemValue": (("Vary", "Cookie"), "'Vary' contains 'Cookie'"),
    "assertBody": (("nothing",), "Expected body b'nothing', got b'GET /"),
    "assertInBody": (("elsewhere",), "'elsewhere' not in body"),
    "assertNotInBody": (("GET",), "'GET' in body"),
    "assertMatchesBody": (("^POST",), "No match for"),
}


@pytest.mark.parametrize("name", FAILURES)
def test_assertions_that_do_not_hold_fail_and_say_why(case: webtest.WebCase, name: str) -> None:
    arguments, message = FAILURES[name]
    case.getPage("/page")
    with pytest.raises(AssertionError, match=re.escape(message)):
        getattr(case, name)(*arguments)
    with pytest.raises(AssertionError, match="as I said"):
        getattr(case, name)(*arguments, msg="as I said")


def test_a_header_with_another_value_is_shown(case: webtest.WebCase) -> None:
    case.getPage("/")
    with pytest.raises(AssertionError, match="'Vary' has the value"):
        case.assertHeader("Vary", "Accept")


def test_an_error_in_the_server_is_raised_by_get_page(
    case: webtest.WebCase, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(webtest.ServerError, match="GET /fails"):
        case.getPage("/fails")
    assert "ValueError: lost" in capsys.readouterr().out
    case.getPage("/")


def test_an_ignored_error_in_the_server_is_not_raised(
    case: webtest.WebCase, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(webtest, "ignored_exceptions", [LookupError, ValueError])
    case.getPage("/fails")
    case.assertStatus(200)


def test_a_refused_connection_raises_at_once_if_its_class_is_given(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with serving() as port:
        pass
    monkeypatch.setattr("time.sleep", lambda seconds: pytest.fail("waited"))
    with pytest.raises(ConnectionRefusedError):
        webtest.openURL("/", port=port, raise_subcls=ConnectionRefusedError)


def test_a_server_that_listens_a_moment_later_is_reached(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        answering = threading.Thread(target=answer_once, args=(listener,))

        def listen_and_answer(seconds: float) -> None:
            listener.listen()
            answering.start()

        monkeypatch.setattr("time.sleep", listen_and_answer)
        assert webtest.openURL("/", port=listener.getsockname()[1])[0] == "204 No Content"
        answering.join()


def answer_once(listener: socket.socket) -> None:
    """Answer the first request of one connection."""
    connection, _ = listener.accept()
    with connection:
        connection.recv(65536)
        connection.sendall(b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n")


def test_a_connection_given_to_open_url_stays_open() -> None:
    with serving() as port:
        connection = HTTPConnection("127.0.0.1", port)
        ports = {
            dict(webtest.openURL("/", port=port, http_conn=connection)[1])["X-Client-Port"]
            for _ in range(2)
        }
        connection.close()
    assert len(ports) == 1


@pytest.mark.parametrize(
    ("host", "address"),
    [("0.0.0.0", "127.0.0.1"), ("::", "::1"), ("127.0.0.1", "127.0.0.1"), ("box", "box")],
)
def test_the_interface_of_any_address_is_the_loopback(host: str, address: str) -> None:
    assert webtest.interface(host) == address


def test_headers_that_are_given_are_not_added_again() -> None:
    given = [("host", "a"), ("content-type", "text/plain"), ("CONTENT-LENGTH", "1")]
    assert webtest.cleanHeaders(given, "POST", "x", "b", 80) == given
    assert webtest.cleanHeaders(None, "GET", None, "::1", 8080) == [("Host", "[::1]:8080")]
    assert webtest.cleanHeaders([], "GET", None, "b", 80) == [("Host", "b")]


def test_the_runner_is_quiet_about_success_and_tells_of_failures(tmp_path: Path) -> None:
    module = tmp_path / "sample.py"
    module.write_text(
        "import unittest\n"
        "class Sample(unittest.TestCase):\n"
        "    def test_good(self): pass\n"
        "    def test_bad(self): self.fail('as it should')\n"
    )
    code = (
        "import sample, sys\n"
        "from cherrypy.test.webtest import ReloadingTestLoader, TerseTestRunner\n"
        "loader = ReloadingTestLoader()\n"
        "before = sample.Sample\n"
        "suite = loader.loadTestsFromName('sample.Sample.test_' + sys.argv[1])\n"
        "TerseTestRunner().run(suite)\n"
        "assert sample.Sample is not before\n"
    )
    good, bad = (
        subprocess.run(
            [sys.executable, "-c", code, each], cwd=tmp_path, capture_output=True, text=True
        )
        for each in ("good", "bad")
    )
    assert (good.returncode, good.stderr.strip()) == (0, ".")
    assert bad.returncode == 0
    assert "as it should" in bad.stderr
    assert "FAILED (failures=1)" in bad.stderr


def test_a_failing_assertion_asks_nothing_where_nobody_sits() -> None:
    code = (
        "from cherrypy.test.webtest import WebCase\n"
        "case = WebCase('exit')\n"
        "case.body = b'text'\n"
        "case.assertBody('other')\n"
    )
    environment = {key: os.environ[key] for key in os.environ if not key.startswith("PYTEST")}
    found = subprocess.run(
        [sys.executable, "-c", code],
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
    )
    assert "AssertionError: Expected body b'other', got b'text'" in found.stderr
    assert "Show:" not in found.stdout


@pytest.mark.parametrize(
    ("answers", "error"), [("hbsui", None), ("r", AssertionError), ("x", SystemExit)]
)
def test_at_a_terminal_a_failing_assertion_asks_what_to_do(
    answers: str,
    error: type[BaseException] | None,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    case = webtest.WebCase("getPage")
    case.body, case.headers, case.status, case.url = b"the body", [("Age", "3")], "200 OK", "/here"
    given = iter(answers)
    monkeypatch.setattr("builtins.input", lambda question: next(given))
    monkeypatch.setattr(webtest, "_may_ask", lambda: True)
    if error:
        with pytest.raises(error):
            case.assertBody("other")
    else:
        case.assertBody("other")
        shown = capsys.readouterr().out
        assert all(each in shown for each in ("the body", "Age: 3", "200 OK", "/here", "ERROR:"))


def test_web_case_is_a_unittest_case() -> None:
    assert issubclass(webtest.WebCase, unittest.TestCase)
