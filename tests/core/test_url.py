"""`cherrypy.url()`: each argument, inside of a request and outside of one."""

from typing import Any
from urllib.parse import urljoin

import pytest
from tests.core.answers import ask

import cherrypy


def inside(at: str, /, *, is_index: bool = False, **arguments: Any) -> str:
    """Return what url() says on the page *at* a path of an application at '/app'."""

    class Node:
        @cherrypy.expose
        def page(self, *segments: str) -> str:
            return cherrypy.url(**arguments)

    root: Any = Node()
    root.sub = Node()
    if is_index:
        root.sub.index = root.page
    else:
        root.default = root.page
    app = cherrypy.Application(root, "/app", {"/": {"tools.trailing_slash.on": False}})
    return ask(app, at).text


# path


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("", "http://example.com/app/dir/page"),
        ("/", "http://example.com/app/"),
        ("/other", "http://example.com/app/other"),
        ("/other/", "http://example.com/app/other/"),
        ("other", "http://example.com/app/dir/other"),
        ("./other", "http://example.com/app/dir/other"),
        ("../other", "http://example.com/app/other"),
        ("..", "http://example.com/app/"),
        ("a/../b/./c/", "http://example.com/app/dir/b/c/"),
        ("/a//b", "http://example.com/app/a/b"),
        ("v1.5/x.", "http://example.com/app/dir/v1.5/x."),
    ],
)
def test_a_path_starts_from_the_page_or_from_the_application(path: str, expected: str) -> None:
    assert inside("/app/dir/page", path=path) == expected


@pytest.mark.parametrize("at", ["/app/sub", "/app/sub/"])
def test_a_path_starts_below_an_index_page_whatever_its_slash(at: str) -> None:
    assert inside(at, is_index=True, path="other") == "http://example.com/app/sub/other"
    assert inside(at, is_index=True) == "http://example.com/app/sub/"


# qs


@pytest.mark.parametrize(
    ("qs", "expected"),
    [
        ("a=1&b=2", "?a=1&b=2"),
        ({"a": 1, "b": "x y&z"}, "?a=1&b=x+y%26z"),
        ({"a": [1, 2]}, "?a=1&a=2"),
        ([("a", "ü")], "?a=%C3%BC"),
        ("", ""),
        ({}, ""),
    ],
)
def test_a_query_is_text_or_parameters(qs: Any, expected: str) -> None:
    assert inside("/app/page", path="/x", qs=qs) == f"http://example.com/app/x{expected}"


# script_name and base


def test_the_mount_point_can_be_another() -> None:
    assert inside("/app/page", path="/x", script_name="") == "http://example.com/x"
    assert inside("/app/page", path="/x", script_name="/b") == "http://example.com/b/x"


def test_the_base_can_be_another() -> None:
    assert inside("/app/page", path="/x", base="https://cdn.example") == "https://cdn.example/app/x"
    assert inside("/app/page", path="/x", base="") == "/app/x"


# relative


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/dir/other", "other"),
        ("/dir/", "./"),
        ("/", "../"),
        ("/up", "../up"),
        ("/dir/sub/x", "sub/x"),
        ("/b/c", "../b/c"),
        ("", "page"),
        ("/dir/a:b", "./a:b"),
    ],
)
def test_a_url_can_be_relative_to_the_page(path: str, expected: str) -> None:
    found = inside("/app/dir/page", path=path, relative=True)
    assert found == expected
    here = "http://example.com/app/dir/page"
    assert urljoin(here, found) == inside("/app/dir/page", path=path)


def test_a_relative_url_keeps_its_query() -> None:
    found = inside("/app/dir/page", path="/x", qs="next=/a/b", relative=True)
    assert found == "../x?next=/a/b"


def test_a_url_of_another_host_cannot_be_relative() -> None:
    found = inside("/app/page", path="/x", base="http://other.example", relative=True)
    assert found == "http://other.example/app/x"


@pytest.mark.parametrize("base", [None, "http://other.example:81", ""])
def test_a_url_can_leave_out_the_server(base: str | None) -> None:
    assert inside("/app/page", path="/x", qs="a=1", base=base, relative="server") == "/app/x?a=1"


def test_an_application_can_have_relative_urls_by_default(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(cherrypy.Application, "relative_urls", True)
    assert inside("/app/dir/page", path="/dir/x") == "x"
    assert inside("/app/dir/page", path="/dir/x", relative=False) == "http://example.com/app/dir/x"
    monkeypatch.setattr(cherrypy.Application, "relative_urls", "server")
    assert inside("/app/dir/page", path="/dir/x") == "/app/dir/x"


# Outside of a request


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cherrypy.server, "socket_port", 8081)


@pytest.mark.usefixtures("server")
@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ({}, "http://127.0.0.1:8081/"),
        ({"path": "/x"}, "http://127.0.0.1:8081/x"),
        ({"path": "x"}, "http://127.0.0.1:8081/x"),
        ({"path": "x", "script_name": "/app"}, "http://127.0.0.1:8081/app/x"),
        ({"path": "/x", "qs": {"a": 1}}, "http://127.0.0.1:8081/x?a=1"),
        ({"path": "/x", "base": "https://a.example"}, "https://a.example/x"),
        ({"path": "/x", "relative": "server"}, "/x"),
    ],
)
def test_outside_of_a_request_the_server_is_the_base(
    arguments: dict[str, Any], expected: str
) -> None:
    assert cherrypy.url(**arguments) == expected


@pytest.mark.parametrize(
    ("host", "port", "expected"),
    [
        ("0.0.0.0", 8081, "http://127.0.0.1:8081/"),
        ("::", 8081, "http://[::1]:8081/"),
        ("::1", 80, "http://[::1]/"),
        ("127.0.0.1", 80, "http://127.0.0.1/"),
    ],
)
def test_the_server_is_named_as_a_client_reaches_it(
    host: str, port: int, expected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cherrypy.server, "socket_host", host)
    monkeypatch.setattr(cherrypy.server, "socket_port", port)
    assert cherrypy.url() == expected


# What the Host field says


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ([], "http://example.com/app/x"),
        ([("X-Forwarded-Host", "evil")], "http://example.com/app/x"),
    ],
)
def test_the_base_is_the_host_that_the_client_named(
    headers: list[tuple[str, str]], expected: str
) -> None:
    class Root:
        @cherrypy.expose
        def page(self) -> str:
            return cherrypy.url("/x")

    assert ask(cherrypy.Application(Root(), "/app"), "/app/page", headers=headers).text == expected


# popargs and index


def test_the_manuals_popargs_application_builds_urls() -> None:
    @cherrypy.popargs("name")
    class Band:
        @cherrypy.expose
        def index(self, name: str) -> str:
            return cherrypy.url("albums")

    app = cherrypy.Application(Band(), "")
    assert ask(app, "/nirvana/", "").text == "http://example.com/nirvana/albums"
