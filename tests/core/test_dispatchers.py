"""Other dispatchers than the default one, and where applications and directories are served."""

from pathlib import Path
from typing import Any

import pytest
from tests.core.serving import example, mount, serve
from tests.core.trees import TREE, node, page_named

import cherrypy
from cherrypy import dispatch

# The manual, 'Tailored dispatchers', word for word.
FORCE_LOWER = """
    import random
    import string

    import cherrypy
    from cherrypy._cpdispatch import Dispatcher

    class StringGenerator(object):
        @cherrypy.expose
        def generate(self, length=8):
            return ''.join(random.sample(string.hexdigits, int(length)))

    class ForceLowerDispatcher(Dispatcher):
        def __call__(self, path_info):
            return Dispatcher.__call__(self, path_info.lower())

    conf = {
        '/': {
            'request.dispatch': ForceLowerDispatcher(),
        }
    }
"""


def test_a_dispatcher_may_call_its_method_by_another_name() -> None:
    class Root:
        index = page_named("index")

        def find(self, vpath: list[str]) -> Any:
            vpath.clear()
            return self

    app = mount(
        Root(), {"/": {"request.dispatch": dispatch.Dispatcher(dispatch_method_name="find")}}
    )
    assert serve(app, "/anything/").body == "index"


def test_a_dispatcher_may_translate_segments_in_its_own_way() -> None:
    table = str.maketrans("-", "_")
    app = mount(TREE, {"/": {"request.dispatch": dispatch.Dispatcher(translate=table)}})
    assert serve(app, "/a-b-c").body == "punctuated"
    assert serve(app, "/a.b.c").code == 404
    lower = dispatch.Dispatcher(translate={ord("P"): "p"})
    assert serve(mount(TREE, {"/": {"request.dispatch": lower}}), "/Page").body == "page"
    with pytest.raises(ValueError, match="translate"):
        dispatch.Dispatcher(translate="-_")  # type: ignore[arg-type]  # the mistake under test


def test_the_dispatcher_of_the_manual_forces_lower_case() -> None:
    names = example(FORCE_LOWER)
    app = mount(names["StringGenerator"](), names["conf"])
    assert len(serve(app, "/generate?length=8").body) == 8
    assert len(serve(app, "/GENerAte?length=8").body) == 8
    assert serve(mount(names["StringGenerator"]()), "/GENerAte").code == 404


def fixed(text: str) -> Any:
    """Return a dispatcher to one page."""

    def dispatch(path_info: str) -> None:
        cherrypy.request.config = {"tools.encode.on": True}
        cherrypy.request.handler = lambda: f"{text} {path_info}"

    return dispatch


def test_each_path_may_have_its_own_dispatcher() -> None:
    config = {
        "/": {"request.dispatch": fixed("root")},
        "/a": {"request.dispatch": fixed("a")},
        "/a/b": {"response.stream": False},
    }
    app = mount(TREE, config)
    assert serve(app, "/page").body == "root /page"
    assert serve(app, "/a/x").body == "a /a/x"
    assert serve(app, "/a/b/c").body == "a /a/b/c"
    assert serve(app, "/ab").body == "root /ab"


def test_the_global_config_may_name_a_dispatcher() -> None:
    cherrypy.config.update({"request.dispatch": fixed("site")})
    assert serve(mount(TREE), "/page").body == "site /page"
    assert serve(mount(TREE, {"/": {"request.dispatch": fixed("app")}}), "/x").body == "app /x"


def test_the_config_that_a_dispatcher_sets_counts_alone() -> None:
    seen: list[Any] = []

    def dispatch(path_info: str) -> None:
        cherrypy.request.config = {
            "response.headers.X-Mine": path_info,
            "hooks.before_finalize": lambda: seen.append(dict(cherrypy.request.config)),
        }
        cherrypy.request.handler = lambda: b"found"

    app = mount(None, {"/": {"request.dispatch": dispatch, "response.headers.X-Other": "1"}})
    found = serve(app, "/one")
    assert (found.body, found.headers["X-Mine"]) == ("found", "/one")
    assert "X-Other" not in found.headers
    assert serve(app, "/two").headers["X-Mine"] == "/two"
    assert [entries["response.headers.X-Mine"] for entries in seen] == ["/one", "/two"]


def test_a_dispatcher_may_add_to_the_config_that_the_default_one_has_found() -> None:
    class Adding(dispatch.Dispatcher):
        def __call__(self, path_info: str) -> None:
            super().__call__(path_info)
            cherrypy.request.config["response.headers.X-Added"] = "yes"

    app = mount(TREE, {"/": {"request.dispatch": Adding(), "response.headers.X-Own": "1"}})
    found = serve(app, "/page")
    assert (found.headers["X-Added"], found.headers["X-Own"]) == ("yes", "1")
    assert found.headers["Content-Type"] == "text/html;charset=utf-8"


# Mounting


def test_an_application_is_mounted_where_its_script_name_says() -> None:
    app = mount(TREE, script_name="/shop")
    assert cherrypy.tree.mount(app) is app
    assert cherrypy.tree.apps["/shop"] is app
    assert "" not in cherrypy.tree.apps
    with pytest.raises(ValueError, match="/other"):
        cherrypy.tree.mount(app, "/other")


# Nodes that serve a directory


def test_a_directory_configured_on_a_node_is_served_from_its_path_on(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("hello")
    config = {"tools.staticdir.on": True, "tools.staticdir.dir": str(tmp_path)}

    class Root:
        node = node(_cp_config=config)

        @cherrypy.expose
        @cherrypy.config(**config)
        def page(self) -> str:
            return "page"

    class Default:
        @cherrypy.expose
        @cherrypy.config(**config)
        def default(self, *segments: str) -> str:
            return "default"

    Root.below = Default()  # type: ignore[attr-defined]  # a tree grows by assignment
    for target in ("/node/a.txt", "/page/a.txt", "/below/a.txt"):
        assert serve(mount(Root()), target).body == "hello", target
    assert serve(mount(Default()), "/a.txt").body == "hello"
    assert serve(mount(Default()), "/b.txt").body == "default"
