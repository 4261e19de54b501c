"""The response: what a handler may return, and what is made of status, headers and cookies."""

import io
import re
from collections.abc import Iterator
from http import HTTPStatus
from typing import Any

import pytest
from tests.core.answers import ask, page, served

import cherrypy
from cherrypy.lib.httputil import Host


class Closable:
    """An iterable of bytes that notes when it is closed."""

    def __init__(self, *parts: Any) -> None:
        self.parts = iter(parts)
        self.closed = 0

    def __iter__(self) -> Iterator[Any]:
        return self

    def __next__(self) -> Any:
        part = next(self.parts)
        if isinstance(part, Exception):
            raise part
        return part

    def close(self) -> None:
        self.closed += 1


# Bodies


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("für", "für".encode()),
        (b"\xff\x00", b"\xff\x00"),
        ("", b""),
        (b"", b""),
        (None, b""),
        ([], b""),
        (["a", b"b", "ü"], "abü".encode()),
        (("a", "b"), b"ab"),
        (bytearray(b"abc"), b"abc"),
        (memoryview(b"abc"), b"abc"),
    ],
)
def test_a_handler_may_return(value: Any, expected: bytes) -> None:
    answer = ask(page(lambda: value))
    assert answer.status == "200 OK"
    assert answer.body == expected
    assert answer["Content-Length"] == str(len(expected))
    assert answer["Content-Type"] == "text/html;charset=utf-8"


def test_a_handler_may_yield_text_and_bytes() -> None:
    def handler() -> Iterator[Any]:
        yield "Hello, "
        yield b"world"

    answer = ask(page(handler))
    assert answer.body == b"Hello, world"
    assert answer["Content-Length"] == "12"


def test_a_handler_may_return_a_file_which_is_closed() -> None:
    file = io.BytesIO(b"x" * 200_000)
    answer = ask(page(lambda: file))
    assert len(answer.body) == 200_000
    assert file.closed


def test_a_handler_may_return_a_file_of_another_type_than_text() -> None:
    file = io.BytesIO(b"\x89PNG")

    def handler() -> Any:
        cherrypy.response.headers["Content-Type"] = "image/png"
        return file

    answer = ask(page(handler))
    assert (answer.body, answer["Content-Type"]) == (b"\x89PNG", "image/png")
    assert file.closed


def test_a_generator_may_still_set_headers_and_status() -> None:
    def handler() -> Iterator[str]:
        cherrypy.response.headers["Content-Type"] = "text/plain"
        cherrypy.response.status = 202
        yield "x"

    answer = ask(page(handler))
    assert answer.status == "202 Accepted"
    assert answer["Content-Type"] == "text/plain;charset=utf-8"


@pytest.mark.parametrize("value", [42, 1.5, object(), True])
def test_a_body_of_a_wrong_type_is_a_500_whose_log_names_the_type(
    value: Any, caplog: pytest.LogCaptureFixture
) -> None:
    answer = ask(page(lambda: value))
    assert answer.code == 500
    assert f"of type {type(value).__name__}" in caplog.text


def test_a_part_of_a_wrong_type_is_a_500_whose_log_names_the_type(
    caplog: pytest.LogCaptureFixture,
) -> None:
    assert ask(page(lambda: [b"a", 42])).code == 500
    assert "a part of type int" in caplog.text


def test_text_without_the_encode_tool_is_a_500_that_says_so(
    caplog: pytest.LogCaptureFixture,
) -> None:
    assert ask(page(lambda: "text", {"tools.encode.on": False})).code == 500
    assert "tools.encode" in caplog.text


def test_a_generator_that_raises_is_an_error_like_any_other() -> None:
    def handler() -> Iterator[str]:
        yield "half"
        raise cherrypy.HTTPError(404)

    answer = ask(page(handler))
    assert answer.code == 404
    assert b"half" not in answer.body


def test_a_body_that_is_collected_is_closed() -> None:
    body = Closable(b"a", b"b")
    assert ask(page(lambda: body)).body == b"ab"
    assert body.closed


def test_a_body_that_fails_is_closed() -> None:
    body = Closable(b"a", KeyError("x"))
    assert ask(page(lambda: body)).code == 500
    assert body.closed


def test_a_body_that_a_hook_replaces_by_an_error_is_closed() -> None:
    body = Closable(b"a")

    def refuse() -> None:
        raise cherrypy.HTTPError(403)

    app = page(lambda: body, {"hooks.before_finalize": refuse, "tools.encode.on": False})
    ask(app)
    assert body.closed


def test_a_body_can_be_read_and_replaced_by_a_hook() -> None:
    def shout() -> None:
        body = b"".join(cherrypy.response.body)
        cherrypy.response.body = body.upper()

    answer = ask(page(lambda: "quiet", {"hooks.before_finalize": shout}))
    assert answer.body == b"QUIET"


def test_collapse_body_collects_what_a_handler_gave() -> None:
    response = cherrypy._cprequest.Response()  # type: ignore[attr-defined]  # an alias
    response.body = iter([b"a", b"b"])
    assert response.collapse_body() == b"ab"
    assert response.collapse_body() == b"ab"
    assert list(response.body) == [b"ab"]


# Streams


def test_a_stream_is_not_collected() -> None:
    body = Closable(b"a", b"b")
    app = page(lambda: body, {"response.stream": True, "tools.encode.on": False})
    with served(app) as response:
        assert response.body is body
        assert b"Content-Length" not in dict(response.header_list)


def test_a_stream_of_text_is_encoded_as_it_goes() -> None:
    def handler() -> Iterator[str]:
        yield "f"
        yield "ür"

    answer = ask(page(handler, {"response.stream": True}))
    assert answer.body == "für".encode()
    assert answer["Content-Type"] == "text/html;charset=utf-8"
    assert answer["Content-Length"] is None


def test_a_stream_keeps_the_length_that_its_handler_knows() -> None:
    def handler() -> Any:
        cherrypy.response.headers["Content-Length"] = 3
        return iter([b"abc"])

    assert ask(page(handler, {"response.stream": True}))["Content-Length"] == "3"


def test_an_error_of_a_streaming_page_has_a_length() -> None:
    def handler() -> Any:
        raise cherrypy.NotFound()

    answer = ask(page(handler, {"response.stream": True}))
    assert answer.code == 404
    assert answer["Content-Length"] == str(len(answer.body))


def test_the_body_of_a_head_request_is_closed_and_empty() -> None:
    body = Closable(b"a", b"b")
    answer = ask(page(lambda: body), method="HEAD")
    assert answer.body == b""
    assert answer["Content-Length"] == "2"
    assert body.closed


def test_the_stream_of_a_head_request_is_closed_and_empty() -> None:
    body = Closable(b"a", b"b")
    config = {"response.stream": True, "tools.encode.on": False}
    answer = ask(page(lambda: body, config), method="HEAD")
    assert answer.body == b""
    assert body.closed


# Status


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (None, "200 OK"),
        (201, "201 Created"),
        ("202", "202 Accepted"),
        ("404 Gone fishing", "404 Gone fishing"),
        (b"206 Partial Content", "206 Partial Content"),
        (HTTPStatus.CREATED, "201 Created"),
        (299, "299 Success"),
    ],
)
def test_a_status_has_several_forms(status: Any, expected: str) -> None:
    def handler() -> str:
        cherrypy.response.status = status
        return "x"

    assert ask(page(handler)).status == expected


@pytest.mark.parametrize("status", [100, "102 Processing", 103])
def test_an_interim_status_is_a_500_that_says_so(status: Any) -> None:
    def handler() -> str:
        cherrypy.response.status = status
        return "x"

    answer = ask(page(handler))
    assert answer.status == "500 Internal Server Error"
    assert "A page cannot end in the interim status" in answer.text


@pytest.mark.parametrize("status", ["nonsense", 99, 600, "abc def", object()])
def test_a_status_that_is_none_is_a_500_that_says_so(status: Any) -> None:
    def handler() -> str:
        cherrypy.response.status = status
        return "x"

    answer = ask(page(handler))
    assert answer.status == "500 Internal Server Error"
    assert "Illegal response status from server" in answer.text


@pytest.mark.parametrize("status", [204, 205, 304])
def test_a_status_without_content_has_none(status: int) -> None:
    body = Closable(b"too much")

    def handler() -> Any:
        cherrypy.response.status = status
        cherrypy.response.headers["ETag"] = '"1"'
        return body

    answer = ask(page(handler, {"tools.encode.on": False}))
    assert answer.body == b""
    assert answer["Content-Length"] is None
    assert answer["ETag"] == '"1"'
    assert body.closed


# Headers


@pytest.mark.parametrize(
    ("value", "expected"),
    [(42, "42"), (b"raw", "raw"), ("text", "text"), ("für", "für"), (1.5, "1.5")],
)
def test_header_values_may_be(value: Any, expected: str) -> None:
    def handler() -> str:
        cherrypy.response.headers["x-value"] = value
        return ""

    assert ask(page(handler))["X-Value"] == expected


def test_a_header_beyond_latin_1_is_an_encoded_word() -> None:
    def handler() -> str:
        cherrypy.response.headers["X-Value"] = "€"
        return ""

    assert ask(page(handler))["X-Value"] == "=?utf-8?b?4oKs?="


def test_server_and_date_are_there_and_can_be_changed() -> None:
    answer = ask(page(lambda: ""))
    assert answer["Server"] == f"CherryPy/{cherrypy.__version__}"
    assert re.fullmatch(r"\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT", str(answer["Date"]))

    config = {"response.headers.server": "mine", "response.headers.x-more": "1"}
    answer = ask(page(lambda: "", config))
    assert answer.all("Server") == ["mine"]
    assert answer["X-More"] == "1"


# Cookies


def test_cookies_go_out_one_field_each() -> None:
    def handler() -> str:
        cookie = cherrypy.response.cookie
        cookie["a"] = "1"
        cookie["b"] = "two words"
        cookie["b"]["path"] = "/x"
        cookie["b"]["httponly"] = True
        return ""

    assert ask(page(handler)).all("Set-Cookie") == ["a=1", 'b="two words"; HttpOnly; Path=/x']


def test_cookies_come_in_and_malformed_ones_are_left_out() -> None:
    def handler() -> str:
        cookie = cherrypy.request.cookie
        return ",".join(f"{name}={cookie[name].value}" for name in sorted(cookie))

    headers = [("Cookie", 'a=1; =bad; b="x y"'), ("Cookie", "c=3")]
    assert ask(page(handler), headers=headers).text == "a=1,b=x y,c=3"


def test_the_cookies_of_an_error_are_sent() -> None:
    def handler() -> str:
        cherrypy.response.cookie["a"] = "1"
        raise cherrypy.HTTPRedirect("/login")

    assert ask(page(handler)).all("Set-Cookie") == ["a=1"]


def test_the_cookie_example_of_the_manual_runs() -> None:
    class MyCookieApp:
        @cherrypy.expose
        def set(self) -> str:
            cookie = cherrypy.response.cookie
            cookie["cookieName"] = "cookieValue"
            cookie["cookieName"]["path"] = "/"
            cookie["cookieName"]["max-age"] = 3600
            cookie["cookieName"]["version"] = 1
            return "<html><body>Hello, I just sent you a cookie</body></html>"

        @cherrypy.expose
        def read(self) -> str:
            cookie = cherrypy.request.cookie
            res = f"Hi, you sent me {len(cookie)} cookies."
            for name in cookie:
                res += f"<br>name: {name}, value: {cookie[name].value}"
            return res

    app = cherrypy.Application(MyCookieApp(), "/cookie")
    sent = ask(app, "/cookie/set")["Set-Cookie"]
    assert sent == "cookieName=cookieValue; Max-Age=3600; Path=/; Version=1"
    answer = ask(app, "/cookie/read", headers=[("Cookie", sent.split(";")[0])])
    assert answer.text == "Hi, you sent me 1 cookies.<br>name: cookieName, value: cookieValue"


# One request without a server


def test_a_request_runs_with_no_server_by_the_documented_calls() -> None:
    app = page(lambda *path, **params: f"{path} {params}")
    request, response = app.get_serving(
        Host("127.0.0.1", 80), Host("127.0.0.1", 1111), "http", "HTTP/1.1"
    )
    assert cherrypy.serving.request is request
    assert cherrypy.serving.response is response
    headers = [("Host", "127.0.0.1")]
    found = request.run("GET", "/a", "b=1", "HTTP/1.1", headers, io.BytesIO())
    assert found is response
    assert response.collapse_body() == b"('a',) {'b': '1'}"
    assert response.status == "200 OK"
    app.release_serving()
    assert cherrypy.serving.request is not request
