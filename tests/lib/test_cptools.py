"""The built-in tools of lib.cptools: slashes at the end of paths, and what errors leave behind."""

import logging
from typing import Any

import pytest
from tests.core.answers import ask

import cherrypy


class Root:
    """A page with pages below it."""

    @cherrypy.expose
    def index(self) -> str:
        return "index"

    @cherrypy.expose
    def page(self) -> str:
        return "page"

    @cherrypy.expose
    def crash(self) -> str:
        raise KeyError("x")

    @cherrypy.expose
    def missing(self) -> str:
        raise cherrypy.NotFound()


def site(**config: Any) -> Any:
    root = Root()
    root.sub = Root()  # type: ignore[attr-defined]  # as the manual builds its trees
    settings = {f"tools.{name}": value for name, value in config.items()}
    return cherrypy.Application(root, "/app", {"/": settings})


def slashes(**config: Any) -> Any:
    return site(**{f"trailing_slash.{name}": value for name, value in config.items()})


# trailing_slash


@pytest.mark.parametrize("query", ["", "a=1&b=%2F"])
def test_an_index_page_without_a_slash_redirects_to_one(query: str) -> None:
    answer = ask(site(), "/app/sub", query)
    assert answer.status == "301 Moved Permanently"
    expected = "http://example.com/app/sub/" + (f"?{query}" if query else "")
    assert answer["Location"] == expected


@pytest.mark.parametrize("path", ["/app/", "/app/sub/", "/app/page", "/app/page/"])
def test_other_paths_are_served_as_they_are(path: str) -> None:
    assert ask(site(), path).status == "200 OK"


def test_a_slash_too_many_redirects_when_that_is_asked_for() -> None:
    answer = ask(slashes(extra=True), "/app/page/", "a=1")
    assert answer.status == "301 Moved Permanently"
    assert answer["Location"] == "http://example.com/app/page?a=1"


def test_a_missing_slash_can_be_tolerated() -> None:
    assert ask(slashes(missing=False), "/app/sub").text == "index"
    assert ask(slashes(on=False), "/app/sub").text == "index"


def test_the_status_of_the_redirect_can_be_chosen() -> None:
    assert ask(slashes(status=307), "/app/sub").code == 307


def test_the_path_is_sent_as_it_came() -> None:
    root = Root()
    root.what_ = Root()  # type: ignore[attr-defined]
    app = cherrypy.Application(root, "")
    assert ask(app, "/what?")["Location"] == "http://example.com/what%3F/"
    assert ask(app, "/what%")["Location"] == "http://example.com/what%25/"


# log_tracebacks, log_headers


def test_an_exception_is_logged_with_traceback_and_request_headers(
    caplog: pytest.LogCaptureFixture,
) -> None:
    ask(site(), "/app/crash", headers=[("X-Who", "me")])
    errors = [record for record in caplog.records if ".error" in record.name]
    assert [record.levelno for record in errors] == [logging.ERROR, logging.INFO]
    assert "HTTP" in errors[0].message
    assert errors[0].exc_info is not None
    assert errors[0].exc_info[0] is KeyError
    assert errors[1].message.endswith("HTTP \nRequest Headers:\n  Host: example.com\n  X-Who: me")


def test_an_http_error_is_not_logged_as_a_failure(caplog: pytest.LogCaptureFixture) -> None:
    ask(site(), "/app/missing")
    assert not [record for record in caplog.records if ".error" in record.name]


def test_a_header_cannot_write_lines_of_its_own_into_the_log(
    caplog: pytest.LogCaptureFixture,
) -> None:
    ask(site(), "/app/crash", headers=[("X-Bad\n", "a\r\n[now] ENGINE forged\x1b[2J")])
    assert "X-Bad\\n: a\\r\\n[now] ENGINE forged\\x1b[2J" in caplog.text


def test_both_can_be_switched_off(caplog: pytest.LogCaptureFixture) -> None:
    app = site(**{"log_tracebacks.on": False, "log_headers.on": False})
    assert ask(app, "/app/crash").code == 500
    assert not [record for record in caplog.records if ".error" in record.name]


def test_the_severity_of_tracebacks_can_be_chosen(caplog: pytest.LogCaptureFixture) -> None:
    ask(site(**{"log_tracebacks.severity": logging.CRITICAL}), "/app/crash")
    assert any(record.levelno == logging.CRITICAL for record in caplog.records)
