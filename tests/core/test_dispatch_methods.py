"""Nodes that find the next one themselves: `_cp_dispatch`, `__getattr__`, trees that change."""

import random
from typing import Any

import pytest
from tests.core.serving import example, mount, serve
from tests.core.trees import BAND, answer, node, page_named

import cherrypy


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        ("/nirvana/", "About nirvana..."),
        ("/nirvana", "301 /nirvana/"),
        ("/nirvana/albums/nevermind/", "About nevermind by nirvana..."),
        ("/nirvana/albums/", "404"),
        ("/a/b/c/d", "404"),
    ],
)
def test_the_band_of_the_manual_answers_its_urls(target: str, expected: str) -> None:
    assert answer(example(BAND)["Band"](), target) == expected


def test_a_dispatch_method_may_empty_the_path_and_put_anything_into_the_parameters() -> None:
    class Root:
        def _cp_dispatch(self, vpath: list[str]) -> Any:
            cherrypy.request.params["segments"] = tuple(vpath)
            cherrypy.request.params["number"] = 3
            del vpath[:]
            return self

        @cherrypy.expose
        def index(self, segments: tuple[str, ...] = (), number: int = 0) -> str:
            return f"{segments} {number}"

    assert answer(Root(), "/") == "() 0"
    assert answer(Root(), "/a/b/") == "('a', 'b') 3"


def test_a_dispatch_method_may_add_segments() -> None:
    class Root:
        page = node(sub=page_named("sub", takes_rest=True))

        def _cp_dispatch(self, vpath: list[str]) -> Any:
            if vpath[0] == "alias":
                vpath[:1] = ["page", "sub", "added"]
                return self
            return None

    assert answer(Root(), "/alias/x") == "sub added x"
    assert answer(Root(), "/other") == "404"


def test_a_dispatch_method_that_takes_nothing_answers_for_the_first_segment() -> None:
    class Root:
        def _cp_dispatch(self, vpath: list[str]) -> Any:
            return node(index=page_named(vpath[0]), page=page_named(f"page of {vpath[0]}"))

    assert answer(Root(), "/bob/") == "bob"
    assert answer(Root(), "/bob/page") == "page of bob"


def test_a_dispatch_method_without_a_node_leaves_the_path_to_default() -> None:
    class Root:
        default = page_named("default", takes_rest=True)

        def _cp_dispatch(self, vpath: list[str]) -> Any:
            vpath.clear()

    assert answer(Root(), "/a/b") == "default a b"


def test_a_dispatch_method_that_adds_segments_without_end_is_an_error() -> None:
    class Root:
        def _cp_dispatch(self, vpath: list[str]) -> Any:
            vpath.insert(0, "again")
            return self

    found = serve(mount(Root()), "/a")
    assert found.code == 500
    assert "more than 1000 steps" in found.body


def test_a_dispatch_method_may_raise_an_http_error() -> None:
    class Root:
        def _cp_dispatch(self, vpath: list[str]) -> Any:
            raise cherrypy.HTTPError(410, "Gone for good")

    found = serve(mount(Root()), "/a")
    assert found.code == 410
    assert "Gone for good" in found.body


def test_a_dispatch_method_can_read_the_config_and_attach_hooks() -> None:
    class Root:
        def _cp_dispatch(self, vpath: list[str]) -> Any:
            request = cherrypy.request
            request.config.get("anything")
            request.hooks.attach("before_finalize", self.mark)
            request.error_page[410] = lambda **texts: "my gone page"
            assert request.toolmaps == {}
            del vpath[0]
            return self

        def mark(self) -> None:
            cherrypy.response.headers["X-Mark"] = "yes"

        @cherrypy.expose
        def index(self, fail: str = "") -> str:
            assert cherrypy.request.toolmaps["tools"]["encode"]["on"]
            if fail:
                raise cherrypy.HTTPError(410)
            return str(cherrypy.request.config.get("my.entry"))

    app = mount(Root(), {"/": {"my.entry": 5, "response.headers.X-Other": "1"}})
    found = serve(app, "/a/")
    assert found.body == "5"
    assert found.headers["Content-Type"] == "text/html;charset=utf-8"
    assert (found.headers["X-Mark"], found.headers["X-Other"]) == ("yes", "1")
    assert serve(app, "/a/?fail=1").body == "my gone page"


def test_an_error_while_dispatching_shows_only_what_config_lets_it() -> None:
    class Root:
        def _cp_dispatch(self, vpath: list[str]) -> Any:
            raise RuntimeError("secret")

    assert "secret" in serve(mount(Root()), "/a").body
    hidden = mount(Root(), {"/": {"request.show_tracebacks": False}})
    assert "secret" not in serve(hidden, "/a").body
    cherrypy.config.update({"request.show_tracebacks": False})
    assert "secret" not in serve(mount(Root()), "/a").body
    unknown_tool = mount(Root(), {"/": {"tools.unknown.on": True}})
    assert "secret" not in serve(unknown_tool, "/a").body
    assert "unknown" not in serve(unknown_tool, "/").body


def test_an_error_while_dispatching_has_the_error_page_of_the_application() -> None:
    class Root:
        def _cp_dispatch(self, vpath: list[str]) -> Any:
            raise cherrypy.HTTPError(403)

    app = mount(Root(), {"/": {"error_page.403": lambda **texts: "my own page"}})
    assert serve(app, "/a").body == "my own page"


def test_an_exposed_dispatch_method_is_a_page_and_no_dispatcher() -> None:
    class Root:
        _cp_dispatch = page_named("page")

    assert answer(Root(), "/a") == "404"
    assert answer(Root(), "/_cp_dispatch") == "page"


# Trees that change or answer dynamically


def test_a_tree_that_answers_dynamically_is_walked_anew_for_each_request() -> None:
    class Numbers:
        def __init__(self, path: str = "") -> None:
            self.path = path

        def __getattr__(self, name: str) -> Any:
            if name.isdigit() or name.startswith("n"):
                return Numbers(f"{self.path}/{name}")
            raise AttributeError(name)

        @cherrypy.expose
        def index(self) -> str:
            return self.path

    root = Numbers()
    for _ in range(3):
        number = str(random.randrange(10**6))
        assert answer(root, f"/{number}/n/") == f"/{number}/n"
    assert answer(root, "/other/") == "404"


def test_a_tree_may_be_changed_while_it_is_served() -> None:
    root = node(index=page_named("index"))
    app = mount(root)
    assert serve(app, "/new/").code == 404
    root.new = node(index=page_named("first"))
    assert serve(app, "/new/").body == "first"
    root.new = node(index=page_named("second"))
    assert serve(app, "/new/").body == "second"
    del root.new
    assert serve(app, "/new/").code == 404
    app.root = node(new=page_named("other root"))
    assert serve(app, "/new").body == "other root"
