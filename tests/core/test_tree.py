"""The tree of applications: what is mounted where, and which one answers for a path."""

import sys
from typing import Any
from wsgiref.util import setup_testing_defaults

import pytest
from tests.core.answers import ask

import cherrypy
from cherrypy.core.tree import Tree


class Root:
    """A page that says where it is."""

    @cherrypy.expose
    def default(self, *path: str) -> str:
        request = cherrypy.request
        return f"{request.script_name}|{request.path_info}"


@pytest.fixture
def tree() -> Tree:
    return Tree()


def get(tree: Any, path: str, script_name: str = "") -> tuple[str, bytes]:
    """Return status and body of a path, given as text, by WSGI."""
    environ: dict[str, Any] = {
        "SCRIPT_NAME": script_name.encode().decode("latin-1"),
        "PATH_INFO": path.encode("utf-8", "surrogateescape").decode("latin-1"),
    }
    setup_testing_defaults(environ)
    statuses: list[str] = []
    result = tree(environ, lambda status, headers, exc_info=None: statuses.append(status))
    body = b"".join(result)
    if hasattr(result, "close"):
        result.close()
    return statuses[0], body


# mount


def test_mount_makes_an_application_and_returns_it(tree: Tree) -> None:
    root = Root()
    app = tree.mount(root, "/app", {"/": {"my.key": 1}})
    assert isinstance(app, cherrypy.Application)
    assert (app.root, app.script_name, app.config) == (root, "/app", {"/": {"my.key": 1}})
    assert tree.apps == {"/app": app}


@pytest.mark.parametrize("script_name", ["", "/"])
def test_the_root_of_the_site_is_the_default(tree: Tree, script_name: str) -> None:
    assert tree.mount(Root()).script_name == ""
    assert tree.mount(Root(), script_name).script_name == ""
    assert list(tree.apps) == [""]


def test_a_slash_at_the_end_is_taken_off(tree: Tree) -> None:
    assert tree.mount(Root(), "/app/").script_name == "/app"
    assert list(tree.apps) == ["/app"]


def test_a_script_name_without_a_slash_at_the_start_is_refused(tree: Tree) -> None:
    with pytest.raises(ValueError, match="expected '/app'"):
        tree.mount(Root(), "app")


def test_a_script_name_of_none_is_refused(tree: Tree) -> None:
    with pytest.raises(TypeError, match="WSGI environ"):
        tree.mount(Root(), None)
    with pytest.raises(TypeError, match="WSGI environ"):
        tree.mount(cherrypy.Application(Root(), None))


def test_an_application_is_mounted_where_it_belongs(tree: Tree) -> None:
    app = cherrypy.Application(Root(), "/app")
    assert tree.mount(app, "/app", {"/": {"my.key": 1}}) is app
    assert tree.mount(app) is app
    assert tree.apps == {"/app": app}
    assert app.config == {"/": {"my.key": 1}}


def test_an_application_is_not_mounted_elsewhere(tree: Tree) -> None:
    with pytest.raises(ValueError, match="cannot be mounted at '/other'"):
        tree.mount(cherrypy.Application(Root(), "/app"), "/other")


def test_an_applications_own_config_may_be_given_again(tree: Tree) -> None:
    app = cherrypy.Application(Root(), "", {"/": {"my.key": 1}})
    tree.mount(app, config=app.config)
    assert app.config == {"/": {"my.key": 1}}


def test_mounting_again_replaces(tree: Tree) -> None:
    tree.mount(Root())
    second = tree.mount(Root())
    assert tree.apps == {"": second}


def test_the_class_of_applications_can_be_another() -> None:
    class Mine(cherrypy.Application):
        pass

    assert type(Tree(Mine).mount(Root())) is Mine


# script_name


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/", ""),
        ("", ""),
        ("/other", ""),
        ("/ap", ""),
        ("/apple", ""),
        ("/app", "/app"),
        ("/app/", "/app"),
        ("/app/x/y", "/app"),
        ("/app/sub", "/app/sub"),
        ("/app/sub/x", "/app/sub"),
        ("/app/subway", "/app"),
        ("/für/x", "/für"),
    ],
)
def test_the_longest_script_name_wins(tree: Tree, path: str, expected: str) -> None:
    for script_name in ("", "/app", "/app/sub", "/für"):
        tree.mount(Root(), script_name)
    assert tree.script_name(path) == expected
    status, body = get(tree, path)
    assert status == "200 OK"
    assert body.decode().startswith(f"{expected}|")


def test_where_nothing_is_mounted_there_is_no_script_name(tree: Tree) -> None:
    tree.mount(Root(), "/app")
    assert tree.script_name("/other") is None
    assert tree.script_name("") is None
    status, body = get(tree, "/<other>")
    assert status == "404 Not Found"
    assert b"&lt;other&gt;" in body


def test_the_script_name_of_the_current_request_is_the_default(tree: Tree) -> None:
    class Asking:
        @cherrypy.expose
        def default(self, *path: str) -> str:
            return str(tree.script_name())

    assert ask(tree.mount(Asking(), "/app"), "/app/x").text == "/app"


@pytest.mark.parametrize("path", ["/für/\udcff", "/\udcff"])
def test_a_path_that_is_no_text_finds_an_application(tree: Tree, path: str) -> None:
    tree.mount(Root(), "")
    assert get(tree, path)[0] == "200 OK"


# graft


def raw_wsgi_app(environ: Any, start_response: Any) -> list[bytes]:
    start_response("200 OK", [("Content-type", "text/plain")])
    return [f"{environ['SCRIPT_NAME']}|{environ['PATH_INFO']}".encode("latin-1")]


@pytest.mark.parametrize(
    ("script_name", "path", "expected"),
    [
        ("/", "/", "|/"),
        ("", "/a/b", "|/a/b"),
        ("/raw", "/raw", "/raw|"),
        ("/raw/", "/raw/a", "/raw|/a"),
        ("/für", "/für/ü", "/für|/ü"),
    ],
)
def test_a_foreign_application_gets_its_part_of_the_path(
    tree: Tree, script_name: str, path: str, expected: str
) -> None:
    tree.graft(raw_wsgi_app, script_name)
    assert get(tree, path) == ("200 OK", expected.encode())


def test_the_environ_of_the_server_is_left_alone(tree: Tree) -> None:
    tree.graft(raw_wsgi_app, "/raw")
    environ: dict[str, Any] = {"SCRIPT_NAME": "", "PATH_INFO": "/raw/a"}
    setup_testing_defaults(environ)
    tree(environ, lambda *arguments: None)
    assert (environ["SCRIPT_NAME"], environ["PATH_INFO"]) == ("", "/raw/a")


def test_a_script_name_of_the_server_counts_too(tree: Tree) -> None:
    tree.graft(raw_wsgi_app, "/outer/raw")
    assert get(tree, "/raw/a", "/outer") == ("200 OK", b"/outer/raw|/a")


def test_an_application_can_be_grafted_for_the_tree_to_place(tree: Tree) -> None:
    tree.graft(cherrypy.Application(Root(), None), "/app")
    assert get(tree, "/app/x") == ("200 OK", b"/app|/x")


# The favicon


def icon() -> bytes:
    return b"icon"


def test_the_root_of_the_site_has_a_favicon_unless_it_brings_its_own() -> None:
    class OwnIcon:
        @cherrypy.expose
        def favicon_ico(self) -> bytes:
            return b"own"

    tree = Tree(favicon=cherrypy.expose(icon))
    assert ask(tree.mount(Root()), "/favicon.ico").body == b"icon"
    assert ask(tree.mount(OwnIcon()), "/favicon.ico").body == b"own"
    assert not hasattr(tree.mount(Root(), "/app").root, "favicon_ico")


def test_a_root_that_takes_no_attributes_goes_without() -> None:
    class Slots:
        __slots__ = ()

    tree = Tree(favicon=cherrypy.expose(icon))
    assert ask(tree.mount(Slots()), "/favicon.ico").code == 404


# The tree of the site


def test_the_tree_of_the_site_can_be_replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    from cherrypy import _runtime

    mine = Tree()
    monkeypatch.setattr(cherrypy, "tree", mine)
    assert _runtime._current_tree() is mine
    assert sys.modules["cherrypy"].tree is mine
