"""Applications behind our own server: the native way, from bytes to page and back."""

import html
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from tests.hosting.site import Site

import cherrypy
from cherrypy.core.request import Request


def show(*path: str, **params: Any) -> str:
    request = cherrypy.request
    return f"{request.script_name}|{request.path_info}|{sorted(params.items())}"


# Pages


def test_a_page_is_served(site: Site) -> None:
    site.page(lambda: "Hello World!")
    reply = site.ask()
    assert reply.status == "200 OK"
    assert reply.body == b"Hello World!"
    assert reply["Content-Type"] == "text/html;charset=utf-8"
    assert reply["Content-Length"] == "12"
    assert reply["Server"] == f"CherryPy/{cherrypy.__version__}"
    assert [name for name, _ in reply.headers].count("Server") == 1
    assert [name for name, _ in reply.headers].count("Date") == 1


@pytest.mark.parametrize("httpserver", [None, "cherrypy._cpwsgi_server.CPWSGIServer"])
def test_a_server_of_http_1_0_makes_requests_of_it(site: Site, httpserver: str | None) -> None:
    def leave() -> None:
        environ = cherrypy.request.wsgi_environ
        versions = (cherrypy.request.protocol, environ["ACTUAL_SERVER_PROTOCOL"])
        raise cherrypy.HTTPRedirect(f"/{versions}")

    site.page(leave)
    site.start(protocol_version="HTTP/1.0", httpserver=httpserver)
    reply = site.ask()
    assert reply.status == "302 Found"  # 303 is of HTTP/1.1
    assert "/((1, 0), 'HTTP/1.0')" in html.unescape(reply.text)


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        ("/a/b?c=1&d=x+y", "|/a/b|[('c', '1'), ('d', 'x y')]"),
        ("/app/a", "/app|/a|[]"),
        ("/application", "|/application|[]"),
        ("/f%C3%BCr", "|/für|[]"),
        ("/%FC", "|/ü|[]"),
        ("/a%2Fb", "|/a%2Fb|[]"),
        ("//a", "|//a|[]"),
        ("/%", "|/%|[]"),
    ],
)
def test_the_path_finds_application_and_page(site: Site, target: str, expected: str) -> None:
    site.page(show)
    site.page(show, script_name="/app")
    assert site.ask(target).text == expected


def test_where_no_application_is_there_is_a_404(site: Site) -> None:
    site.page(show, script_name="/app")
    reply = site.ask("/other?<x>")
    assert reply.status == "404 Not Found"
    assert "The path '/other' was not found." in reply.text


def test_an_application_may_have_another_encoding_of_paths(site: Site) -> None:
    class Koi8(Request):
        uri_encoding = "koi8-r"

    for script_name in ("", "/app"):
        site.page(show, script_name=script_name).request_class = Koi8
    encoded = "".join(f"%{byte:02X}" for byte in "при".encode("koi8-r"))
    assert site.ask(f"/{encoded}").text == "|/при|[]"
    assert site.ask(f"/app/{encoded}").text == "/app|/при|[]"


def test_a_form_is_read(site: Site) -> None:
    site.page(show)
    form = "Content-Type: application/x-www-form-urlencoded"
    assert site.ask("/?a=1", "POST", form, body=b"b=2").text == "|/|[('a', '1'), ('b', '2')]"


def test_a_chunked_form_is_read(site: Site) -> None:
    site.page(show)
    with site.connect() as client:
        form = "Content-Type: application/x-www-form-urlencoded"
        client.request("/", "POST", form, "Transfer-Encoding: chunked")
        client.send(b"3\r\na=1\r\n4\r\n&b=2\r\n0\r\n\r\n")
        assert client.read().text == "|/|[('a', '1'), ('b', '2')]"


def test_a_stream_is_sent_as_it_is_produced(site: Site) -> None:
    go_on = threading.Event()

    def handler() -> Iterator[str]:
        yield "first"
        assert go_on.wait(10)
        yield "second"

    site.page(handler, {"response.stream": True})
    with site.connect() as client:
        client.request()
        client.read_head()
        assert client.read_chunk() == b"first"
        go_on.set()
        assert client.read_chunk() == b"second"
        assert client.read_chunk() == b""
        assert client.ask("/", "HEAD").body == b""


def test_the_request_stays_alive_while_a_stream_is_produced(site: Site) -> None:
    seen: list[Any] = []
    ended = threading.Event()

    def handler() -> Iterator[str]:
        yield "a"
        seen.append(cherrypy.request.path_info)
        yield "b"

    def at_end() -> None:
        seen.append("end")
        ended.set()

    site.page(handler, {"response.stream": True, "hooks.on_end_request": at_end})
    assert site.ask().body == b"ab"
    assert ended.wait(10)
    assert seen == ["/", "end"]


def test_the_stream_of_a_client_that_goes_away_is_closed(site: Site) -> None:
    closed = threading.Event()

    def handler() -> Iterator[bytes]:
        try:
            while True:
                yield b"x" * 65536
        finally:
            closed.set()

    site.page(handler, {"response.stream": True})
    with site.connect() as client:
        client.request()
        client.read_head()
    assert closed.wait(10)
    site.page(show)
    assert site.ask().code == 200


def test_a_stream_that_fails_ends_the_connection(site: Site) -> None:
    def handler() -> Iterator[bytes]:
        yield b"a"
        raise KeyError("late")

    site.page(handler, {"response.stream": True})
    with site.connect() as client:
        client.request()
        client.read_head()
        assert client.read_chunk() == b"a"
        assert client.is_closed()


# Targets


def test_options_asterisk_asks_about_the_server(site: Site) -> None:
    reply = site.ask("*", "OPTIONS")
    assert reply.status == "204 No Content"
    assert "GET" in str(reply["Allow"])


def test_a_tunnel_is_refused(site: Site) -> None:
    site.page(show)
    reply = site.ask("elsewhere.example:443", "CONNECT")
    assert reply.status == "405 Method Not Allowed"


def test_connect_to_a_path_reaches_its_handler(site: Site) -> None:
    site.page(lambda *path: f"{cherrypy.request.method} {path}")
    assert site.ask("/tunnel", "CONNECT").text == "CONNECT ('tunnel',)"


def test_an_absolute_target_overrides_the_host(site: Site) -> None:
    def handler(*path: str) -> str:
        request = cherrypy.request
        environ = request.wsgi_environ
        return "|".join(
            [request.base, request.headers["Host"], environ["HTTP_HOST"], cherrypy.url("/x")]
        )

    site.page(handler)
    assert site.ask("http://real.example:81/a", "GET", "Host: fake.example").text == (
        "http://real.example:81|real.example:81|real.example:81|http://real.example:81/x"
    )


# Errors


def test_the_next_request_works_after_an_exception(site: Site) -> None:
    def handler(*path: str) -> str:
        if path == ("crash",):
            raise KeyError("x")
        return "fine"

    site.page(handler)
    with site.connect() as client:
        assert client.ask("/crash").code == 500
        assert client.ask("/").text == "fine"


@pytest.mark.parametrize("crash", [KeyError("x"), cherrypy.HTTPError(404)])
def test_the_next_request_works_after_an_exception_that_was_thrown(
    site: Site, crash: Exception
) -> None:
    def handler(*path: str) -> str:
        if path == ("crash",):
            raise crash
        return "fine"

    site.page(handler, {"request.throw_errors": True, "request.throws": (Exception,)})
    with site.connect() as client:
        assert client.ask("/crash").code in (404, 500)
    assert site.ask("/").text == "fine"


@pytest.mark.parametrize(
    ("name", "value"),
    [("X-Bad", "a\r\nInjected: yes"), ("X-Bad", "a\nb"), ("X-Bad\r\nInjected", "a"), ("X", "a\0b")],
)
def test_a_header_with_a_line_end_is_refused(site: Site, name: str, value: str) -> None:
    def handler() -> str:
        cherrypy.response.headers[name] = value
        return "page"

    site.page(handler)
    reply = site.ask()
    assert reply.code == 500
    assert reply["Injected"] is None
    assert reply.body != b"page"


def test_a_reason_with_a_line_end_is_refused(site: Site) -> None:
    def handler() -> str:
        cherrypy.response.status = "200 OK\r\nInjected: yes"
        return "page"

    site.page(handler)
    reply = site.ask()
    assert reply.code == 500
    assert reply["Injected"] is None


def test_a_body_that_is_too_large_is_a_413(site: Site) -> None:
    site.page(lambda: str(len(cherrypy.request.body.read())))
    with site.connect(max_request_body_size=10) as client:
        client.request("/", "POST", "Content-Type: text/plain", "Transfer-Encoding: chunked")
        client.send(b"b\r\n12345678901\r\n0\r\n\r\n")
        reply = client.read()
        assert reply.status.startswith("413 ")
    assert site.ask("/", "POST", "Content-Type: text/plain", body=b"123").text == "3"


def test_a_body_that_is_cut_off_is_an_error_of_the_client(
    site: Site, caplog: pytest.LogCaptureFixture
) -> None:
    seen: list[Any] = []
    done = threading.Event()

    def note() -> None:
        seen.append(cherrypy.response.status)
        done.set()

    def handler() -> str:
        body: bytes = cherrypy.request.body.read()
        return str(len(body))

    site.page(handler, {"hooks.on_end_resource": note})
    with site.connect() as client:
        client.send(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Type: text/plain\r\n")
        client.send(b"Content-Length: 10\r\n\r\nabc")
    assert done.wait(10)
    assert seen == ["400 Bad Request"]
    assert "Traceback" not in caplog.text


def test_a_malformed_request_never_reaches_an_application(site: Site) -> None:
    called: list[bool] = []

    def handler() -> str:
        called.append(True)
        return ""

    site.page(handler)
    with site.connect() as client:
        client.send(b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n")
        assert client.read().code == 400
        assert client.is_closed()
    assert not called


# The environ on demand


def test_the_environ_of_a_native_request_is_made_on_demand(site: Site) -> None:
    def handler(*path: str, **params: Any) -> str:
        environ = cherrypy.request.wsgi_environ
        assert environ is cherrypy.request.wsgi_environ
        names = ("REQUEST_METHOD", "SCRIPT_NAME", "PATH_INFO", "QUERY_STRING", "HTTP_X_A")
        return "|".join(environ[name] for name in names)

    site.page(handler, script_name="/für")
    reply = site.ask("/f%C3%BCr/%C3%BC?a=1", "GET", "X-A: 1", "X_A: 2", "X-A: 3")
    assert reply.text == "GET|/fÃ¼r|/Ã¼|a=1|1, 3"


def test_an_internal_redirect_changes_the_environ(site: Site) -> None:
    def handler(*path: str, **params: Any) -> str:
        if not path:
            raise cherrypy.InternalRedirect("/other?b=2")
        environ = cherrypy.request.wsgi_environ
        names = ("REQUEST_METHOD", "PATH_INFO", "QUERY_STRING", "CONTENT_LENGTH")
        return " ".join([*(environ[name] for name in names), repr(environ["wsgi.input"].read())])

    site.page(handler)
    assert site.ask("/?a=1", "POST", body=b"x").text == "GET /other b=2 0 b''"


# Ends of the connection


def test_both_ends_of_the_connection_are_known(site: Site) -> None:
    def handler() -> str:
        request = cherrypy.request
        return f"{request.remote.ip} {request.remote.port} {request.local.ip} {request.local.port}"

    site.page(handler)
    with site.connect() as client:
        here, there = client.sock.getsockname(), client.sock.getpeername()
        assert client.ask().text == f"{here[0]} {here[1]} {there[0]} {there[1]}"


def test_http_1_0_is_spoken(site: Site) -> None:
    def handler() -> str:
        raise cherrypy.HTTPRedirect("/x")

    site.page(handler)
    with site.connect() as client:
        client.send(b"GET / HTTP/1.0\r\n\r\n")
        reply = client.read()
        assert reply.status == "302 Found"
        host, port = client.sock.getpeername()
        assert reply["Location"] == f"http://{host}:{port}/x"
        assert client.is_closed()
