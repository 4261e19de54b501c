"""Applications and the tree as WSGI callables: checked by wsgiref, and by hand."""

import io
from collections.abc import Callable, Iterable, Iterator
from typing import Any, NamedTuple
from wsgiref.util import setup_testing_defaults
from wsgiref.validate import validator

import pytest
from tests.core.answers import page

import cherrypy
from cherrypy.core import context
from cherrypy.core.request import Request as OrdinaryRequest
from cherrypy.core.wsgi import AppResponse, CPWSGIApp, LimitedFile


class Called(NamedTuple):
    """What a WSGI application answered."""

    status: str
    headers: dict[str, str]
    body: bytes


def environ_of(path: str = "/", script_name: str = "", **entries: Any) -> dict[str, Any]:
    body = entries.pop("body", b"")
    environ: dict[str, Any] = {
        "SCRIPT_NAME": script_name,
        "PATH_INFO": path,
        "QUERY_STRING": "",
        "REQUEST_METHOD": "GET",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "192.0.2.1",
        "wsgi.input": io.BytesIO(body),
        **entries,
    }
    if body:
        environ.setdefault("CONTENT_LENGTH", str(len(body)))
    setup_testing_defaults(environ)
    return environ


def call(app: Any, path: Any = "/", script_name: Any = "", **entries: Any) -> Called:
    """Call *app* as a server does, closing what it returns."""
    answers: list[Any] = []

    def start_response(status: str, headers: Any, exc_info: Any = None) -> Callable[..., Any]:
        answers[:] = [status, headers]
        return lambda data: None

    result = app(environ_of(path, script_name, **entries), start_response)
    try:
        body = b"".join(result)
    finally:
        if hasattr(result, "close"):
            result.close()
    return Called(answers[0], dict(answers[1]), body)


def show(*path: str, **params: Any) -> str:
    request = cherrypy.request
    return f"{request.script_name}|{request.path_info}|{params}"


def app_at(script_name: str | None, handler: Any = show) -> Any:
    root = type("Root", (), {"default": staticmethod(cherrypy.expose(handler))})()
    return cherrypy.Application(root, script_name)


# Valid WSGI


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST"])
@pytest.mark.parametrize("path", ["/", "/a/b", "/missing"])
def test_an_application_is_valid_wsgi(method: str, path: str) -> None:
    def handler(*path: str, **params: Any) -> Any:
        if path == ("missing",):
            raise cherrypy.NotFound()
        return ["page"]

    body = b"a=1" if method == "POST" else b""
    form = "application/x-www-form-urlencoded"
    answer = call(
        validator(app_at("", handler)),
        path,
        REQUEST_METHOD=method,
        body=body,
        CONTENT_TYPE=form if body else "",
    )
    assert answer.status == ("404 Not Found" if path == "/missing" else "200 OK")
    assert bool(answer.body) == (method != "HEAD")


def test_a_stream_is_valid_wsgi() -> None:
    def handler(*path: str) -> Iterator[str]:
        yield "in "
        yield "pieces"

    answer = call(validator(page(handler, {"response.stream": True})))
    assert answer.body == b"in pieces"
    assert "Content-Length" not in answer.headers


@pytest.mark.parametrize("path", ["/", "/app", "/app/x", "/missing"])
def test_the_tree_is_valid_wsgi(path: str) -> None:
    tree = cherrypy._cptree.Tree()  # type: ignore[attr-defined]  # an alias
    tree.mount(app_at("/app"), "/app")
    answer = call(validator(tree), path)
    assert answer.status == ("200 OK" if path.startswith("/app") else "404 Not Found")


# Environ to request


def test_the_environ_is_the_request() -> None:
    def handler(*path: str, **params: Any) -> str:
        request = cherrypy.request
        return "|".join(
            [
                request.method,
                request.scheme,
                request.base,
                request.path_info,
                request.query_string,
                str(request.protocol),
                request.headers["X-Some-Field"],
                request.remote.ip,
                str(request.remote.port),
                request.local.name,
                str(request.local.port),
                str(request.login),
                str(request.multithread),
                str(request.wsgi_environ["mine"]),
                request.request_line,
            ]
        )

    answer = call(
        app_at("", handler),
        "/a",
        **{
            "QUERY_STRING": "b=1",
            "HTTP_HOST": "example.com",
            "HTTP_X_SOME_FIELD": "value",
            "REMOTE_PORT": "4000",
            "REMOTE_USER": "jane",
            "wsgi.url_scheme": "https",
            "wsgi.multithread": True,
            "mine": "yes",
        },
    )
    assert answer.body.decode() == (
        "GET|https|https://example.com|/a|b=1|(1, 1)|value|192.0.2.1|4000|127.0.0.1|443|jane|True"
        "|yes|GET /a?b=1 HTTP/1.1"
    )


@pytest.mark.parametrize(
    ("protocol", "expected"),
    [("HTTP/1.0", "(1, 0)"), ("HTTP/1.1", "(1, 1)"), ("HTTP/2", "(1, 1)"), ("INCLUDED", "(1, 1)")],
)
def test_the_protocol_is_one_that_we_know(protocol: str, expected: str) -> None:
    app = app_at("", lambda: str(cherrypy.request.protocol))
    assert call(app, SERVER_PROTOCOL=protocol).body.decode() == expected


def test_a_server_without_a_port_will_do() -> None:
    assert call(app_at(""), SERVER_PORT="").status == "200 OK"


@pytest.mark.parametrize(
    ("script_name", "path", "expected"),
    [
        ("", "/a", "|/a|{}"),
        ("/app", "/app/a", "/app|/a|{}"),
        ("/app", "/app/", "/app|/|{}"),
        ("/für", "/für/ü", "/für|/ü|{}"),
    ],
)
def test_a_mounted_application_knows_its_script_name(
    script_name: str, path: str, expected: str
) -> None:
    raw = path.encode().decode("latin-1")
    assert call(app_at(script_name), raw).body.decode() == expected


@pytest.mark.parametrize(
    ("script_name", "path", "expected"),
    [
        ("", "/a", "|/a|{}"),
        ("/app", "/a", "/app|/a|{}"),
        ("/für", "/ü", "/für|/ü|{}"),
        ("/für", "/\udcff", "/für|/ÿ|{}"),
    ],
)
def test_an_application_can_take_its_script_name_from_the_server(
    script_name: str, path: str, expected: str
) -> None:
    def wsgi(text: str) -> str:
        return text.encode("utf-8", "surrogateescape").decode("latin-1")

    answer = call(app_at(None), wsgi(path), wsgi(script_name))
    assert answer.body.decode() == expected


@pytest.mark.parametrize("raw", [b"/\xc3\xbc", b"/\xfc"])
def test_a_path_is_text_in_utf_8_or_else_in_latin_1(raw: bytes) -> None:
    assert call(app_at(""), raw.decode("latin-1")).body.decode() == "|/ü|{}"


def test_the_encoding_of_paths_can_be_another() -> None:
    class Request(OrdinaryRequest):
        uri_encoding = "koi8-r"

    app = app_at("")
    app.request_class = Request
    assert call(app, "/п".encode("koi8-r").decode("latin-1")).body.decode() == "|/п|{}"


# Bodies


@pytest.mark.parametrize("terminated", [True, False])
def test_a_form_is_read_up_to_its_length(terminated: bool) -> None:
    content = b"a=1" if terminated else b"a=1NEXT REQUEST"
    answer = call(
        app_at(""),
        **{
            "REQUEST_METHOD": "POST",
            "CONTENT_TYPE": "application/x-www-form-urlencoded",
            "CONTENT_LENGTH": "3",
            "wsgi.input": io.BytesIO(content),
            "wsgi.input_terminated": terminated,
        },
    )
    assert answer.body.decode() == "|/|{'a': '1'}"


@pytest.mark.parametrize("length", ["", "0", "nonsense"])
def test_a_body_without_a_length_is_empty(length: str) -> None:
    def handler() -> bytes:
        body: bytes = cherrypy.request.body.read()
        return body

    entries = {"REQUEST_METHOD": "POST", "CONTENT_LENGTH": length, "CONTENT_TYPE": "text/plain"}
    answer = call(app_at("", handler), **entries, **{"wsgi.input": io.BytesIO(b"next")})
    assert answer.body == b""


def test_a_body_that_was_cut_off_is_a_400() -> None:
    answer = call(
        app_at(""),
        REQUEST_METHOD="POST",
        CONTENT_TYPE="application/x-www-form-urlencoded",
        CONTENT_LENGTH="10",
        body=b"a=1",
    )
    assert answer.status == "400 Bad Request"


def test_a_limited_file_reads_like_a_file() -> None:
    def limited() -> LimitedFile:
        return LimitedFile(io.BytesIO(b"a\nbc\nd\nnot ours"), 7)

    file = limited()
    assert (file.read(1), file.read(2), file.readline(), file.readline(1)) == (
        b"a",
        b"\nb",
        b"c\n",
        b"d",
    )
    assert (file.read(), file.read(), file.read(5), file.readline()) == (b"\n", b"", b"", b"")
    assert limited().readlines() == [b"a\n", b"bc\n", b"d\n"]
    assert limited().readlines(3) == [b"a\n", b"bc\n"]
    assert list(limited()) == [b"a\n", b"bc\n", b"d\n"]
    assert limited().read(None) == b"a\nbc\nd\n"


# The pipeline


class Shout:
    """Middleware that changes what passes."""

    def __init__(self, nextapp: Any, mark: str = "!") -> None:
        self.nextapp = nextapp
        self.mark = mark

    def __call__(self, environ: Any, start_response: Any) -> Iterator[bytes]:
        result = self.nextapp(environ, start_response)
        try:
            for part in result:
                yield part + self.mark.encode()
        finally:
            result.close()


def plain_page() -> str:
    return "page"


def test_middleware_stands_around_the_application() -> None:
    config = {"wsgi.pipeline": [("outer", Shout), ("inner", Shout)], "wsgi.inner.mark": "?"}
    app = page(plain_page, config)
    assert call(app).body == b"page?!"
    assert app.wsgiapp.pipeline == [("outer", Shout), ("inner", Shout)]
    assert app.wsgiapp.config == {"inner": {"mark": "?"}}
    assert not app.wsgiapp.is_plain


def test_the_pipeline_can_grow_by_config_before_and_after_a_request() -> None:
    app = page(plain_page, {"wsgi.pipeline": [("a", Shout)]})
    assert call(app).body == b"page!"
    app.merge({"/": {"wsgi.pipeline": [("b", Shout)], "wsgi.b.mark": "?"}})
    assert call(app).body == b"page?!"


def test_the_same_config_merged_twice_adds_no_second_layer() -> None:
    config = {"/": {"wsgi.pipeline": [("a", Shout)]}}
    app = page(plain_page, config["/"])
    app.merge(config)
    assert call(app).body == b"page!"


def test_the_response_class_can_be_replaced() -> None:
    class Marked(AppResponse):
        def __next__(self) -> bytes:
            return super().__next__().upper()

    assert call(page(plain_page, {"wsgi.response_class": Marked})).body == b"PAGE"


def test_the_response_class_may_be_a_function() -> None:
    def answer(environ: Any, start_response: Any, app: Any) -> list[bytes]:
        start_response("200 OK", [])
        return [type(app).__name__.encode()]

    assert call(page(plain_page, {"wsgi.response_class": answer})).body == b"Application"


def test_a_subclass_may_have_a_response_class_of_its_own() -> None:
    class Mine(CPWSGIApp):
        @staticmethod
        def response_class(environ: Any, start_response: Any, app: Any) -> Iterable[bytes]:
            start_response("200 OK", [])
            return [b"mine"]

    assert call(Mine(page(plain_page))).body == b"mine"


# The end of a request


class Body:
    """An iterable of bytes that notes when it is closed."""

    def __init__(self) -> None:
        self.closed = False

    def __iter__(self) -> Iterator[bytes]:
        yield b"a"
        yield b"b"

    def close(self) -> None:
        self.closed = True


def test_close_closes_the_body_and_ends_the_request_once() -> None:
    ended: list[Any] = []
    body = Body()
    config = {
        "response.stream": True,
        "tools.encode.on": False,
        "hooks.on_end_request": lambda: ended.append(cherrypy.request.path_info),
    }
    app = page(lambda: body, config)
    result = app(environ_of(), lambda status, headers: None)
    assert next(iter(result)) == b"a"
    assert cherrypy.request.app is app
    assert not ended
    result.close()
    result.close()
    assert body.closed
    assert ended == ["/"]
    assert context.current() is context.idle


def test_an_exception_that_is_thrown_ends_the_request_too() -> None:
    def handler() -> str:
        raise KeyError

    with pytest.raises(KeyError):
        call(page(handler, {"request.throw_errors": True}))
    assert context.current() is context.idle


def test_a_server_that_refuses_the_headers_ends_the_request_too() -> None:
    def start_response(status: str, headers: Any) -> None:
        raise ValueError("refused")

    with pytest.raises(ValueError, match="refused"):
        page(plain_page)(environ_of(), start_response)
    assert context.current() is context.idle


def test_a_head_request_has_no_body() -> None:
    answer = call(page(plain_page), REQUEST_METHOD="HEAD")
    assert answer.body == b""
    assert answer.headers["Content-Length"] == "4"


def test_internal_redirects_are_followed() -> None:
    class Root:
        @cherrypy.expose
        def index(self) -> str:
            raise cherrypy.InternalRedirect("/other?a=1")

        @cherrypy.expose
        def other(self, a: str) -> str:
            environ = cherrypy.request.wsgi_environ
            return f"{a} {environ['PATH_INFO']} {environ['QUERY_STRING']}"

    app = cherrypy.Application(Root(), "")
    assert call(app).body == b"1 /other a=1"


def test_a_hook_that_fails_at_the_end_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    def fail() -> None:
        raise KeyError("late")

    assert call(page(plain_page, {"hooks.on_end_request": fail})).body == b"page"
    assert "A hook at on_end_request failed" in caplog.text


# Names


def test_the_documented_names_are_there() -> None:
    module = cherrypy._cpwsgi  # type: ignore[attr-defined]  # an alias
    assert module.CPWSGIApp is CPWSGIApp
    assert module.AppResponse is AppResponse
    assert CPWSGIApp.response_class is AppResponse


def test_an_application_is_what_the_manual_gives_to_a_wsgi_server() -> None:
    class StringGenerator:
        @cherrypy.expose
        def index(self) -> str:
            return "Hello world!"

    wsgiapp = cherrypy.Application(StringGenerator(), "/", config={"/": {}})
    assert call(validator(wsgiapp)).body == b"Hello world!"
