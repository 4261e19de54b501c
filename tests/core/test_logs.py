"""The error and the access log: what a line holds, what it costs, and where it goes."""

import io
import logging
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.core.answers import ask, page

import cherrypy
from cherrypy.core import logs
from cherrypy.core.logs import LogManager

TIME = r"\[\d\d/\w{3}/\d{4}:\d\d:\d\d:\d\d\]"
CLF_TIME = r"\[\d\d/\w{3}/\d{4}:\d\d:\d\d:\d\d [+-]\d{4}\]"


class Recorder(logging.Handler):
    """A handler that keeps the lines it is given."""

    def __init__(self) -> None:
        super().__init__()
        self.setFormatter(logs.logfmt)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(self.format(record))


@pytest.fixture
def accesses() -> Iterator[list[str]]:
    recorder = Recorder()
    cherrypy.log.access_log.addHandler(recorder)
    yield recorder.lines
    cherrypy.log.access_log.removeHandler(recorder)


@pytest.fixture
def errors() -> Iterator[list[str]]:
    recorder = Recorder()
    cherrypy.log.error_log.addHandler(recorder)
    yield recorder.lines
    cherrypy.log.error_log.removeHandler(recorder)


@pytest.fixture
def log(request: pytest.FixtureRequest) -> Iterator[LogManager]:
    """A log of its own, whose handlers are closed at the end."""
    manager = LogManager(request.node.name, "tests.logs")
    for logger in (manager.error_log, manager.access_log):
        logger.propagate = False
    yield manager
    manager.screen = manager.wsgi = False
    manager.error_file = manager.access_file = ""


# The error log


def test_a_message_has_time_and_context(errors: list[str]) -> None:
    cherrypy.log("hello there")
    cherrypy.log("hello", "APP")
    cherrypy.log.error("hello", context="APP", severity=logging.WARNING)
    assert re.fullmatch(TIME + "  hello there", errors[0])
    assert re.fullmatch(TIME + " APP hello", errors[1])
    assert re.fullmatch(TIME + " APP hello", errors[2])


def test_a_message_may_hold_percent_signs(errors: list[str]) -> None:
    cherrypy.log("100 %s %d")
    assert errors[0].endswith("  100 %s %d")


def test_an_exception_can_be_logged_as_the_manual_does(errors: list[str]) -> None:
    try:
        raise KeyError("lost")
    except KeyError:
        cherrypy.log("kaboom!", traceback=True)
    first, *middle, last = errors[0].split("\n")
    assert re.fullmatch(TIME + "  kaboom!", first)
    assert middle[0] == "Traceback (most recent call last):"
    assert last == "KeyError: 'lost'"


def test_a_traceback_without_an_exception_is_none(errors: list[str]) -> None:
    cherrypy.log("calm", traceback=True)
    assert errors[0].endswith("  calm")


def test_the_severity_is_that_of_the_record(caplog: pytest.LogCaptureFixture) -> None:
    cherrypy.log("hello", severity=logging.ERROR)
    cherrypy.log("hello")
    assert [record.levelno for record in caplog.records] == [logging.ERROR, logging.INFO]


def test_the_time_is_the_local_one() -> None:
    assert re.fullmatch(TIME, cherrypy.log.time())


# The access log


def test_an_access_is_one_line_in_the_combined_format(accesses: list[str]) -> None:
    headers = [("Referer", "http://a.example/"), ("User-Agent", "Browser/1.0")]
    ask(page(lambda *path, **params: "12345"), "/a/b", "c=1", headers=headers)
    assert re.fullmatch(
        rf'127\.0\.0\.1 - - {CLF_TIME} "GET /a/b\?c=1 HTTP/1\.1" 200 5 '
        r'"http://a\.example/" "Browser/1\.0"',
        accesses[0],
    )


def test_the_request_line_has_the_protocol_of_the_client(accesses: list[str]) -> None:
    ask(page(lambda: ""), protocol="HTTP/1.0")
    assert '"GET / HTTP/1.0"' in accesses[0]


def test_what_is_not_known_is_a_dash_or_nothing(accesses: list[str]) -> None:
    def handler() -> Iterator[bytes]:
        yield b"x"

    ask(page(handler, {"response.stream": True}))
    assert re.search(r'" 200 - "" ""$', accesses[0])


def test_the_user_that_logged_in_is_named(accesses: list[str]) -> None:
    def handler() -> str:
        cherrypy.request.login = "jane doe"
        return ""

    ask(page(handler))
    assert accesses[0].startswith("127.0.0.1 - jane doe [")


@pytest.mark.parametrize("path", ["/missing", "/crash"])
def test_errors_are_accesses_too(path: str, accesses: list[str]) -> None:
    class Root:
        @cherrypy.expose
        def crash(self) -> str:
            raise KeyError

    code = ask(cherrypy.Application(Root(), ""), path).code
    assert len(accesses) == 1
    assert f'" {code} ' in accesses[0]


@pytest.mark.parametrize(
    ("raw", "escaped"),
    [
        ('a"b', 'a\\"b'),
        ("a\\b", "a\\\\b"),
        ("a\r\nb", "a\\r\\nb"),
        ("a\x00\x1b\x7fb", "a\\x00\\x1b\\x7fb"),
        ("a\x85\u2028b", "a\\x85\\u2028b"),
        ("\udcff", "\\udcff"),
        ("ü", "ü"),
        ("{h} %s %(x)s", "{h} %s %(x)s"),
    ],
)
def test_every_field_is_escaped(raw: str, escaped: str, accesses: list[str]) -> None:
    def handler(*path: str) -> str:
        request = cherrypy.request
        request.login = f"u{raw}"
        request.headers["Referer"] = f"f{raw}"
        request.headers["User-Agent"] = f"a{raw}"
        request.headers["Host"] = f"o{raw}"
        request.remote.name = f"h{raw}"
        request.request_line = f"r{raw}"
        return ""

    app = page(handler)
    app.log.access_log_format = '{h} {l} {u} "{r}" "{f}" "{a}" {o}'
    ask(app)
    assert accesses == [
        f'h{escaped} - u{escaped} "r{escaped}" "f{escaped}" "a{escaped}" o{escaped}'
    ]


def test_the_format_can_hold_host_and_unique_id(accesses: list[str]) -> None:
    app = page(lambda: str(cherrypy.request.unique_id))
    app.merge({"/": {"log.access_log_format": "{o} {i}"}})
    answer = ask(app)
    assert accesses == [f"example.com {answer.text}"]


def test_a_format_that_is_wrong_is_logged_and_costs_no_response(
    accesses: list[str], errors: list[str]
) -> None:
    app = page(lambda: "fine")
    app.log.access_log_format = "{nonsense}"
    assert ask(app).text == "fine"
    assert accesses == []
    assert "KeyError: 'nonsense'" in errors[0]


def test_nothing_is_formatted_when_nothing_listens(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*arguments: Any) -> None:
        raise AssertionError("formatted")

    monkeypatch.setattr(logs, "_access_fields", fail)
    # pytest itself listens at the root.
    monkeypatch.setattr(logging.getLogger("cherrypy"), "propagate", False)
    assert ask(page(lambda: "fine")).text == "fine"


@pytest.mark.parametrize(
    "silence",
    [
        lambda log: log.access_log.setLevel(logging.WARNING),
        lambda log: setattr(log.access_log, "propagate", False),
        lambda log: setattr(log.access_log, "disabled", True),
    ],
)
def test_an_application_can_be_kept_out_of_the_access_log(
    silence: Any, accesses: list[str]
) -> None:
    app = page(lambda: "fine")
    silence(app.log)
    assert ask(app).text == "fine"
    assert accesses == []


# The log of an application


def test_an_application_has_a_log_whose_records_reach_the_sites(errors: list[str]) -> None:
    first, second = page(lambda: ""), page(lambda: "")
    mine = Recorder()
    first.log.error_log.addHandler(mine)
    first.log("one")
    second.log("two")
    assert [line[-3:] for line in mine.lines] == ["one"]
    assert [line[-3:] for line in errors] == ["one", "two"]
    assert first.log.error_log.name == f"cherrypy.error.{id(first)}"
    assert first.log.access_log.name == f"cherrypy.access.{id(first)}"


def test_the_log_of_an_application_can_be_configured(tmp_path: Path) -> None:
    file = tmp_path / "app.log"
    app = page(lambda: "", {"log.access_file": str(file)})
    ask(app)
    app.log.access_file = ""
    assert '"GET / HTTP/1.1" 200 0' in file.read_text()


# Screen


def test_the_screen_gets_errors_on_stderr_and_accesses_on_stdout(
    log: LogManager, capsys: pytest.CaptureFixture[str]
) -> None:
    assert not log.screen
    log.screen = True
    assert log.screen
    log("oh")
    log.access()
    log.screen = True
    log.screen = False
    log("silence")
    assert not log.screen
    out, err = capsys.readouterr()
    assert out.count("\n") == 1
    assert re.fullmatch(TIME + "  oh\n", err)


def test_the_screen_is_whatever_stream_it_is_by_now(
    log: LogManager, monkeypatch: pytest.MonkeyPatch
) -> None:
    log.screen = True
    stream = io.StringIO()
    monkeypatch.setattr("sys.stderr", stream)
    log("later")
    assert stream.getvalue().endswith("  later\n")


# Files


def test_both_logs_can_be_files(log: LogManager, tmp_path: Path) -> None:
    log.error_file = str(tmp_path / "error.log")
    log.access_file = tmp_path / "access.log"
    assert log.error_file == str(tmp_path / "error.log")
    assert log.access_file == str(tmp_path / "access.log")
    log("für € \udcff")
    log.access()
    assert (tmp_path / "error.log").read_text("utf-8").endswith("  für € \\udcff\n")
    assert len((tmp_path / "access.log").read_text().splitlines()) == 1


def test_an_empty_name_closes_the_file(log: LogManager, tmp_path: Path) -> None:
    log.error_file = str(tmp_path / "error.log")
    log.error_file = ""
    log("nowhere")
    assert log.error_file == ""
    assert (tmp_path / "error.log").read_text() == ""


def test_another_name_takes_the_place_of_the_first(log: LogManager, tmp_path: Path) -> None:
    for name in ("a", "b", "b"):
        log.error_file = str(tmp_path / name)
        log(name)
    assert len((tmp_path / "a").read_text().splitlines()) == 1
    assert len((tmp_path / "b").read_text().splitlines()) == 2


@pytest.mark.skipif(os.name == "nt", reason="an open file cannot be renamed")
def test_files_are_reopened_after_they_were_rotated(log: LogManager, tmp_path: Path) -> None:
    log.error_file = str(tmp_path / "error.log")
    log("before")
    (tmp_path / "error.log").rename(tmp_path / "error.log.1")
    log("between")
    log.reopen_files()
    log("after")
    assert [line[-7:] for line in (tmp_path / "error.log.1").read_text().splitlines()] == [
        " before",
        "between",
    ]
    assert (tmp_path / "error.log").read_text().endswith(" after\n")


def test_graceful_reopens_the_files_of_the_site(monkeypatch: pytest.MonkeyPatch) -> None:
    assert cherrypy.log.reopen_files in cherrypy.engine.listeners["graceful"]
    cherrypy.engine.unsubscribe("graceful", cherrypy.log.reopen_files)
    assert cherrypy.log.reopen_files not in cherrypy.engine.listeners["graceful"]
    cherrypy.engine.subscribe("graceful", cherrypy.log.reopen_files)


def test_a_file_that_cannot_be_opened_is_an_error_that_names_it(
    log: LogManager, tmp_path: Path
) -> None:
    with pytest.raises(OSError, match="missing"):
        log.error_file = str(tmp_path / "missing" / "error.log")
    assert log.error_file == ""


# wsgi.errors


def test_errors_can_go_to_the_stream_of_the_wsgi_server() -> None:
    stream = io.StringIO()

    def handler() -> str:
        cherrypy.request.app.log("to the server")
        return ""

    app = page(handler, {"log.wsgi": True})
    assert app.log.wsgi

    def set_environ(request: Any) -> None:
        request.wsgi_environ = {"wsgi.errors": stream}

    ask(app, prepare=set_environ)
    app.log("outside of a request")
    assert re.fullmatch(TIME + "  to the server\n", stream.getvalue())


# Names


def test_the_documented_names_are_there() -> None:
    module = cherrypy._cplogging  # type: ignore[attr-defined]  # an alias
    assert module.LogManager is LogManager
    assert module.logfmt.format(logging.makeLogRecord({"msg": "x"})) == "x"
    assert cherrypy.log.error_log.name == "cherrypy.error"
    assert cherrypy.log.access_log.name == "cherrypy.access"
