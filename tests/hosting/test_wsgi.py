"""Foreign WSGI applications behind our server, and everything through WSGI with CPWSGIServer."""

import threading
from collections.abc import Callable, Iterator
from typing import Any
from wsgiref.validate import validator

import pytest
from tests.hosting.site import Site

import cherrypy
from cherrypy.hosting.server import Server
from cherrypy.hosting.servers import CPWSGIServer

TEXT = [("Content-Type", "text/plain")]


def echo(environ: Any, start_response: Any) -> list[bytes]:
    body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
    start_response("200 OK", TEXT)
    names = ("REQUEST_METHOD", "SCRIPT_NAME", "PATH_INFO", "QUERY_STRING", "SERVER_PROTOCOL")
    return ["|".join(environ[name] for name in names).encode("latin-1"), b"|" + body]


# Valid both ways


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST"])
@pytest.mark.parametrize("target", ["/app", "/app/", "/app/a%20b?c=1"])
def test_a_grafted_application_sees_valid_wsgi(site: Site, method: str, target: str) -> None:
    site.tree.graft(validator(echo), "/app")
    body = b"content" if method == "POST" else b""
    reply = site.ask(target, method, "Content-Type: text/plain", body=body)
    assert reply.status == "200 OK"
    if method != "HEAD":
        path, _, query = target.removeprefix("/app").partition("?")
        path = path.replace("%20", " ")
        assert reply.text == f"{method}|/app|{path}|{query}|HTTP/1.1|{body.decode()}"


def test_the_manuals_application_can_be_grafted_if_it_yields_bytes(site: Site) -> None:
    def raw_wsgi_app(environ: Any, start_response: Any) -> list[bytes]:
        status = "200 OK"
        response_headers = [("Content-type", "text/plain")]
        start_response(status, response_headers)
        return [b"Hello world!"]

    site.tree.graft(raw_wsgi_app, "/")
    reply = site.ask("/any")
    assert reply.body == b"Hello world!"
    assert reply["Content-Length"] == "12"


@pytest.mark.parametrize("through_wsgi", [False, True])
def test_paths_are_text_that_stands_for_bytes(site: Site, through_wsgi: bool) -> None:
    site.tree.graft(echo, "/für")
    if through_wsgi:
        site.start(Server(), instance=f"{CPWSGIServer.__module__}.CPWSGIServer")
    assert site.ask("/f%C3%BCr/%C3%BC").body == "GET|/für|/ü||HTTP/1.1|".encode()
    site.tree.graft(echo, "")
    assert site.ask("/%FC").body == b"GET||/\xfc||HTTP/1.1|"


def test_an_application_without_a_script_name_is_placed_by_the_tree(site: Site) -> None:
    class Root:
        @cherrypy.expose
        def default(self, *path: str) -> str:
            return f"{cherrypy.request.script_name}|{cherrypy.request.path_info}"

    site.tree.graft(cherrypy.Application(Root(), None), "/app")
    assert site.ask("/app/x").text == "/app|/x"


def test_fields_cannot_shadow_each_other(site: Site) -> None:
    def app(environ: Any, start_response: Any) -> list[bytes]:
        start_response("200 OK", TEXT)
        return [f"{environ['HTTP_X_USER']}|{environ['HTTP_COOKIE']}".encode()]

    site.tree.graft(app, "")
    lines = ["X_User: forged", "X-User: real", "X_User: forged", "Cookie: a=1", "Cookie: b=2"]
    assert site.ask("/", "GET", *lines).text == "real|a=1; b=2"


def test_an_absolute_target_overrides_the_host(site: Site) -> None:
    def app(environ: Any, start_response: Any) -> list[bytes]:
        start_response("200 OK", TEXT)
        return [environ["HTTP_HOST"].encode()]

    site.tree.graft(app, "")
    assert site.ask("http://real.example/", "GET", "Host: fake.example").text == "real.example"


# write()


def test_what_is_written_is_sent_at_once(site: Site) -> None:
    go_on = threading.Event()

    def app(environ: Any, start_response: Any) -> list[bytes]:
        write = start_response("200 OK", TEXT)
        write(b"first")
        assert go_on.wait(10)
        write(b"")
        write(b"second")
        return [b"third"]

    site.tree.graft(app, "")
    with site.connect() as client:
        client.request()
        client.read_head()
        assert client.read_chunk() == b"first"
        go_on.set()
        assert client.read_chunk() == b"second"
        assert client.read_chunk() == b"third"
        assert client.read_chunk() == b""
        assert client.ask("/", "HEAD").status == "200 OK"


def test_writing_keeps_the_length_that_was_promised(site: Site) -> None:
    def app(environ: Any, start_response: Any) -> Iterator[bytes]:
        write = start_response("200 OK", [*TEXT, ("Content-Length", "6")])
        write(b"ab")
        return iter([b"cd", b"ef"])

    site.tree.graft(app, "")
    with site.connect() as client:
        for _ in range(2):
            reply = client.ask()
            assert (reply.body, reply["Transfer-Encoding"]) == (b"abcdef", None)


def test_writing_between_the_pieces_keeps_the_order(site: Site) -> None:
    def app(environ: Any, start_response: Any) -> Iterator[bytes]:
        write = start_response("200 OK", TEXT)
        yield b"a"
        write(b"b")
        yield b"c"

    site.tree.graft(app, "")
    assert site.ask().body == b"abc"


def test_text_cannot_be_written(site: Site, caplog: pytest.LogCaptureFixture) -> None:
    def app(environ: Any, start_response: Any) -> list[bytes]:
        start_response("200 OK", TEXT)("text")
        return []

    site.tree.graft(app, "")
    assert site.ask().code == 500
    assert "A WSGI application yields bytes (PEP 3333), got str" in caplog.text


# start_response


def test_start_response_may_come_with_the_first_piece(site: Site) -> None:
    def app(environ: Any, start_response: Any) -> Iterator[bytes]:
        start_response("202 Accepted", TEXT)
        yield b"late"

    site.tree.graft(app, "")
    reply = site.ask()
    assert (reply.status, reply.body) == ("202 Accepted", b"late")


def test_an_empty_iterable_is_an_empty_body(site: Site) -> None:
    def app(environ: Any, start_response: Any) -> Iterator[bytes]:
        start_response("200 OK", TEXT)
        return iter([])

    site.tree.graft(app, "")
    assert site.ask().body == b""


def test_start_response_with_exc_info_replaces_what_was_not_sent(site: Site) -> None:
    def app(environ: Any, start_response: Any) -> Iterator[bytes]:
        start_response("200 OK", TEXT)
        try:
            raise KeyError("oh")
        except KeyError as error:
            start_response("500 Oh", TEXT, (type(error), error, error.__traceback__))
        yield b"sorry"

    site.tree.graft(app, "")
    reply = site.ask()
    assert (reply.status, reply.body) == ("500 Oh", b"sorry")


def test_start_response_with_exc_info_raises_what_came_too_late(
    site: Site, caplog: pytest.LogCaptureFixture
) -> None:
    def app(environ: Any, start_response: Any) -> Iterator[bytes]:
        start_response("200 OK", TEXT)
        yield b"half"
        try:
            raise KeyError("oh")
        except KeyError as error:
            start_response("500 Oh", TEXT, (type(error), error, error.__traceback__))
        yield b"never"

    site.tree.graft(app, "")
    with site.connect() as client:
        client.request()
        assert client.read_head()[0] == "200 OK"
        assert client.read_chunk() == b"half"
        assert client.is_closed()
    assert "KeyError: 'oh'" in caplog.text


def twice(environ: Any, start_response: Any) -> list[bytes]:
    start_response("200 OK", TEXT)
    start_response("201 Created", TEXT)
    return []


def never(environ: Any, start_response: Any) -> list[bytes]:
    return [b"x"]


def never_while_yielding(environ: Any, start_response: Any) -> Iterator[bytes]:
    yield b"x"


def text(environ: Any, start_response: Any) -> list[Any]:
    start_response("200 OK", TEXT)
    return ["text"]


def bytes_for_a_status(environ: Any, start_response: Any) -> list[bytes]:
    start_response(b"200 OK", TEXT)
    return []


def number_for_a_header(environ: Any, start_response: Any) -> list[bytes]:
    start_response("200 OK", [("X-Number", 1)])
    return []


def injection(environ: Any, start_response: Any) -> list[bytes]:
    start_response("200 OK", [("X-Bad", "a\r\nInjected: yes")])
    return []


def injection_while_yielding(environ: Any, start_response: Any) -> Iterator[bytes]:
    start_response("200 OK\r\nInjected: yes", TEXT)
    yield b"x"


def beyond_latin_1(environ: Any, start_response: Any) -> list[bytes]:
    start_response("200 OK", [("X-Price", "5 €")])
    return []


@pytest.mark.parametrize(
    ("app", "told"),
    [
        (twice, "start_response() was called twice"),
        (never, "did not call start_response()"),
        (never_while_yielding, "did not call start_response()"),
        (text, "yields bytes (PEP 3333), got str"),
        (bytes_for_a_status, "The status is str in WSGI"),
        (number_for_a_header, "The header 'X-Number' is str in WSGI"),
        (injection, "CR, LF or NUL"),
        (injection_while_yielding, "CR, LF or NUL"),
        (beyond_latin_1, "holds characters beyond ISO-8859-1"),
    ],
)
def test_what_is_no_wsgi_is_a_500_and_told_in_the_log(
    site: Site, app: Any, told: str, caplog: pytest.LogCaptureFixture
) -> None:
    site.tree.graft(app, "/bad")
    site.tree.graft(echo, "/good")
    reply = site.ask("/bad")
    assert reply.code == 500
    assert reply["Injected"] is None
    assert told in caplog.text
    assert site.ask("/good").code == 200


def test_a_wrong_length_is_told_in_the_log(site: Site, caplog: pytest.LogCaptureFixture) -> None:
    def app(environ: Any, start_response: Any) -> list[bytes]:
        start_response("200 OK", [("Content-Length", "2")])
        return [b"abc"]

    site.tree.graft(app, "")
    with site.connect() as client:
        assert client.ask().body == b"ab"
        assert client.is_closed()
    assert "Content-Length says 2" in caplog.text


# close()


class Result:
    """An iterable that notes when it is closed."""

    def __init__(self, *pieces: Any) -> None:
        self.pieces = iter(pieces)
        self.closed = threading.Event()

    def __iter__(self) -> "Result":
        return self

    def __next__(self) -> bytes:
        piece = next(self.pieces)
        if isinstance(piece, Exception):
            raise piece
        assert isinstance(piece, bytes)
        return piece

    def close(self) -> None:
        self.closed.set()


def answering(result: Any) -> Callable[..., Any]:
    def app(environ: Any, start_response: Any) -> Any:
        start_response("200 OK", TEXT)
        return result

    return app


@pytest.mark.parametrize("pieces", [[b"a"], [KeyError()], [b"a", KeyError()], []])
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_the_iterable_is_closed_whatever_happens(
    site: Site, pieces: list[Any], method: str
) -> None:
    result = Result(*pieces)
    site.tree.graft(answering(result), "")
    with site.connect() as client:
        client.request("/", method)
        client.read_head()
    assert result.closed.wait(10)


def test_the_iterable_is_closed_when_the_client_goes_away(site: Site) -> None:
    closed = threading.Event()

    def endless() -> Iterator[bytes]:
        try:
            while True:
                yield b"x" * 65536
        finally:
            closed.set()

    site.tree.graft(answering(endless()), "")
    with site.connect() as client:
        client.request()
        client.read_head()
    assert closed.wait(10)


def test_a_head_request_does_not_run_through_the_whole_body(site: Site) -> None:
    taken: list[int] = []

    def numbers() -> Iterator[bytes]:
        for number in range(100):
            taken.append(number)
            yield b"x"

    site.tree.graft(answering(numbers()), "")
    with site.connect() as client:
        assert client.ask("/", "HEAD").status == "200 OK"
        assert client.ask("/", "HEAD").status == "200 OK"
    assert taken == [0]


# Request bodies


def test_a_chunked_body_can_be_read_to_its_end(site: Site) -> None:
    def app(environ: Any, start_response: Any) -> list[bytes]:
        assert environ["wsgi.input_terminated"]
        assert "CONTENT_LENGTH" not in environ
        start_response("200 OK", TEXT)
        return [environ["wsgi.input"].read()]

    site.tree.graft(app, "")
    with site.connect() as client:
        client.request("/", "POST", "Transfer-Encoding: chunked")
        client.send(b"3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n")
        assert client.read().body == b"abcde"


def test_a_body_can_be_read_in_every_way(site: Site) -> None:
    def app(environ: Any, start_response: Any) -> list[bytes]:
        file = environ["wsgi.input"]
        parts = [file.read(2), file.readline(), *file.readlines(3), *file, file.read(1)]
        start_response("200 OK", TEXT)
        return [b"|".join(parts)]

    site.tree.graft(app, "")
    assert site.ask("/", "POST", body=b"abc\nd\nef\ng\n").body == b"ab|c\n|d\n|ef\n|g\n|"


@pytest.mark.parametrize("through_pipeline", [False, True])
def test_a_body_that_is_too_large_is_a_413(site: Site, through_pipeline: bool) -> None:
    def reading(environ: Any, start_response: Any) -> list[bytes]:
        start_response("200 OK", TEXT)
        return [environ["wsgi.input"].read()]

    if through_pipeline:
        pipeline = [("plain", lambda nextapp: nextapp)]
        site.page(lambda: cherrypy.request.body.read(), {"wsgi.pipeline": pipeline})
    else:
        site.tree.graft(reading, "")
    with site.connect(max_request_body_size=4) as client:
        client.request("/", "POST", "Content-Type: text/plain", "Transfer-Encoding: chunked")
        client.send(b"5\r\nabcde\r\n0\r\n\r\n")
        reply = client.read()
        assert reply.code == 413
        assert ("CherryPy" in reply.text) == through_pipeline


# Through the pipeline of an application


def test_an_application_with_a_pipeline_goes_through_wsgi(site: Site) -> None:
    class Upper:
        def __init__(self, nextapp: Any) -> None:
            self.nextapp = nextapp

        def __call__(self, environ: Any, start_response: Any) -> Iterator[bytes]:
            result = self.nextapp(environ, start_response)
            for piece in result:
                yield piece.upper()
            result.close()

    site.page(lambda: "quiet", {"wsgi.pipeline": [("upper", Upper)]})
    with site.connect() as client:
        assert client.ask().body == b"QUIET"
        assert client.ask("/", "HEAD").body == b""
        assert client.ask("/missing/x").code == 404


# CPWSGIServer


@pytest.fixture
def wsgi_site(site: Site) -> Site:
    site.start(httpserver="cherrypy._cpwsgi_server.CPWSGIServer")
    return site


def test_every_request_can_go_through_wsgi(wsgi_site: Site) -> None:
    wsgi_site.page(lambda *path, **params: f"{path} {cherrypy.request.wsgi_environ['PATH_INFO']}")
    wsgi_site.tree.graft(validator(echo), "/raw")
    with wsgi_site.connect() as client:
        assert client.ask("/a").text == "('a',) /a"
        assert client.ask("/raw/b").text == "GET|/raw|/b||HTTP/1.1|"
        assert client.ask("/", "HEAD").body == b""
        assert client.ask("*", "OPTIONS").code == 204


def test_nothing_mounted_is_a_404_through_wsgi_too(wsgi_site: Site) -> None:
    reply = wsgi_site.ask("/other")
    assert reply.status == "404 Not Found"
    assert "The path '/other' was not found." in reply.text


def test_a_wsgi_server_can_serve_one_application(site: Site) -> None:
    server = Server()
    server.socket_port = 0
    server.httpserver = CPWSGIServer(server, validator(echo))
    site.start(server)
    assert site.ask("/x").text == "GET||/x||HTTP/1.1|"
