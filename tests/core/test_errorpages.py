"""The pages that errors show: the default one, files, functions, and pages that fail themselves."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.core.answers import ask, page

import cherrypy
from cherrypy.core import errorpages


def failing(status: Any = 404, message: str | None = None) -> Any:
    def handler() -> str:
        raise cherrypy.HTTPError(status, message)

    return handler


def crash() -> str:
    raise KeyError("<secret>")


def traceback_of(text: str) -> str:
    found = re.search('<pre id="traceback">(.*)</pre>', text, re.DOTALL)
    assert found is not None
    return found[1]


# The default page


def test_the_default_page_shows_status_message_and_version() -> None:
    text = ask(page(failing(404, "No <b>such</b> thing"))).text
    assert "<title>404 Not Found</title>" in text
    assert "<p>No &lt;b&gt;such&lt;/b&gt; thing</p>" in text
    assert f"CherryPy {cherrypy.__version__}" in text


def test_an_exception_is_a_500_with_its_traceback_escaped() -> None:
    answer = ask(page(crash))
    assert answer.status == "500 Internal Server Error"
    assert "KeyError: '&lt;secret&gt;'" in traceback_of(answer.text)


def test_tracebacks_can_be_switched_off() -> None:
    answer = ask(page(crash, {"request.show_tracebacks": False}))
    assert traceback_of(answer.text) == ""
    assert "secret" not in answer.text


def test_the_exception_is_logged_with_its_traceback(caplog: pytest.LogCaptureFixture) -> None:
    ask(page(crash, {"request.show_tracebacks": False}))
    assert "KeyError: '<secret>'" in caplog.text


def test_logging_of_tracebacks_can_be_switched_off(caplog: pytest.LogCaptureFixture) -> None:
    ask(page(crash, {"tools.log_tracebacks.on": False}))
    assert "KeyError" not in caplog.text


def test_exceptions_are_thrown_when_that_is_asked_for() -> None:
    with pytest.raises(KeyError):
        ask(page(crash, {"request.throw_errors": True}))


def test_get_error_page_returns_the_default_page() -> None:
    found = cherrypy._cperror.get_error_page(  # type: ignore[attr-defined]  # an alias
        404, message="M & M", traceback="<T>", version="1.2"
    )
    assert isinstance(found, bytes)
    text = found.decode()
    assert "<h2>404 Not Found</h2>" in text
    assert "<p>M &amp; M</p>" in text
    assert traceback_of(text) == "&lt;T&gt;"
    assert "CherryPy 1.2" in text


def test_get_error_page_has_a_text_for_every_status() -> None:
    assert b"<p></p>" not in errorpages.get_error_page("503 Down", traceback=None)
    assert b"<h2>503 Down</h2>" in errorpages.get_error_page("503 Down")


def test_a_bare_error_is_complete_in_itself() -> None:
    status, headers, body = errorpages.bare_error("Trace ü")
    assert status == "500 Internal Server Error"
    assert dict(headers)["Content-Length"] == str(len(b"".join(body)))
    assert b"".join(body).endswith("\nTrace ü".encode())


# Files


def test_an_error_page_may_be_a_file(tmp_path: Path) -> None:
    file = tmp_path / "404.html"
    file.write_text("Oh: %(status)s|%(message)s|%(version)s|%(traceback)s|100%%", "utf-8")
    app = page(failing(404, "<ü>"), {"error_page.404": str(file), "request.show_tracebacks": False})
    answer = ask(app)
    assert answer.text == f"Oh: 404 Not Found|&lt;ü&gt;|{cherrypy.__version__}||100%"
    assert answer["Content-Type"] == "text/html;charset=utf-8"


@pytest.mark.parametrize("content", [None, "50% off %(nonsense)s"])
def test_a_file_that_fails_shows_the_default_page(
    content: str | None, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    file = tmp_path / "404.html"
    if content is not None:
        file.write_text(content)
    answer = ask(page(failing(404, "Lost"), {"error_page.404": str(file)}))
    assert answer.status == "404 Not Found"
    assert "Lost In addition, the custom error page failed: " in answer.text
    assert "404.html" in caplog.text


# Functions


def test_an_error_page_may_be_a_function() -> None:
    def show(status: str, message: str, traceback: str, version: str) -> str:
        return f"{status}|{message}|{bool(traceback)}|{version} ü"

    answer = ask(page(failing(403, "<no>"), {"error_page.403": show}))
    assert answer.text == f"403 Forbidden|<no>|True|{cherrypy.__version__} ü"
    assert answer["Content-Length"] == str(len(answer.body))


def test_a_page_function_may_change_headers_and_status() -> None:
    def show(**texts: str) -> bytes:
        cherrypy.response.headers["Content-Type"] = "application/json"
        cherrypy.response.status = 200
        return b"{}"

    answer = ask(page(failing(), {"error_page.default": show}))
    assert (answer.status, answer["Content-Type"]) == ("200 OK", "application/json")
    assert answer.body == b"{}"


@pytest.mark.parametrize("parts", [[b"in ", b"pieces"], ["in ", b"pieces"]])
def test_a_page_function_may_return_an_iterator(parts: list[Any]) -> None:
    assert ask(page(failing(), {"error_page.404": lambda **texts: iter(parts)})).text == "in pieces"


def test_the_iterator_of_a_page_function_is_closed() -> None:
    closed: list[bool] = []

    def show(**texts: str) -> Iterator[bytes]:
        try:
            yield b"x"
            yield b"y"
        finally:
            closed.append(True)

    assert ask(page(failing(), {"error_page.404": show})).body == b"xy"
    assert closed == [True]


def raise_at_once(**texts: str) -> bytes:
    raise LookupError("template")


def raise_later(**texts: str) -> Iterator[bytes]:
    yield b"half a page"
    raise LookupError("template")


@pytest.mark.parametrize("show", [raise_at_once, raise_later, lambda **texts: iter([3])])
def test_a_page_function_that_fails_never_hides_the_error(
    show: Any, caplog: pytest.LogCaptureFixture
) -> None:
    answer = ask(page(failing(404, "Lost"), {"error_page.404": show}))
    assert answer.status == "404 Not Found"
    assert "Lost In addition, the custom error page failed" in answer.text
    assert "The error page" in caplog.text


@pytest.mark.parametrize(
    ("status", "expected"), [(404, b"own"), (403, b"default"), (500, b"default")]
)
def test_the_default_entry_counts_where_the_status_has_none(status: int, expected: bytes) -> None:
    config = {
        "error_page.404": lambda **texts: "own",
        "error_page.default": lambda **texts: "default",
    }
    assert ask(page(failing(status), config)).body == expected


def test_the_default_entry_is_shown_for_exceptions_too() -> None:
    assert ask(page(crash, {"error_page.default": lambda **texts: "sorry"})).body == b"sorry"


def test_error_pages_can_be_set_while_the_request_runs() -> None:
    def handler() -> str:
        cherrypy.request.error_page[404] = lambda **texts: "mine"
        raise cherrypy.HTTPError(404)

    app = page(handler)
    assert ask(app).body == b"mine"
    assert app.config == {}


def test_request_error_response_replaces_the_answer_to_an_exception() -> None:
    def answer_instead() -> None:
        cherrypy.response.status = 503
        cherrypy.response.body = b"busy"

    answer = ask(page(crash, {"request.error_response": answer_instead}))
    assert (answer.status, answer.body) == ("503 Service Unavailable", b"busy")


# Errors of errors


def test_an_error_response_that_fails_is_answered_barely(caplog: pytest.LogCaptureFixture) -> None:
    def fail() -> None:
        raise LookupError("again")

    answer = ask(page(crash, {"request.error_response": fail}))
    assert answer.status == "500 Internal Server Error"
    assert answer.body.startswith(b"Unrecoverable error in the server.")
    assert "again" in caplog.text


def test_headers_that_cannot_be_sent_end_in_a_500_without_them() -> None:
    def handler() -> str:
        cherrypy.response.headers["X-Ü€"] = "x"
        return "page"

    answer = ask(page(handler))
    assert answer.status == "500 Internal Server Error"
    assert b"X-" not in b"".join(name.encode() for name, _ in answer.fields)


def test_a_cookie_that_cannot_be_sent_ends_in_a_500_without_it() -> None:
    def handler() -> str:
        cherrypy.response.cookie["a"] = "b"
        cherrypy.response.cookie["a"]["path"] = "/\r\nX-Injected: yes"
        return "page"

    answer = ask(page(handler))
    assert answer.status == "500 Internal Server Error"
    assert answer["Set-Cookie"] is None


def test_tracebacks_of_a_bare_error_obey_the_config() -> None:
    def fail() -> None:
        raise LookupError("again")

    config = {"request.error_response": fail, "request.show_tracebacks": False}
    assert b"again" not in ask(page(crash, config)).body
