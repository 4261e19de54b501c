"""The default dispatcher: which page answers for a path, and with which arguments."""

import random
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.core.serving import example, mount, post, serve

import cherrypy
from cherrypy import dispatch

# The manual, 'The special _cp_dispatch method', word for word.
BAND = """
    import cherrypy

    class Band(object):
        def __init__(self):
            self.albums = Album()

        def _cp_dispatch(self, vpath):
            if len(vpath) == 1:
                cherrypy.request.params['name'] = vpath.pop()
                return self

            if len(vpath) == 3:
                cherrypy.request.params['artist'] = vpath.pop(0)  # /band name/
                vpath.pop(0) # /albums/
                cherrypy.request.params['title'] = vpath.pop(0) # /album title/
                return self.albums

            return vpath

        @cherrypy.expose
        def index(self, name):
            return 'About %s...' % name

    class Album(object):
        @cherrypy.expose
        def index(self, artist, title):
            return 'About %s by %s...' % (title, artist)

    if __name__ == '__main__':
        cherrypy.quickstart(Band())
"""

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


def show(name: str, args: tuple[str, ...], params: dict[str, Any]) -> str:
    """Return how a page was called."""
    return " ".join([name, *args, *(f"{key}={params[key]}" for key in sorted(params))])


def page_named(name: str, *, takes_rest: bool = False) -> Any:
    @cherrypy.expose
    def rest(self: object, *args: str, **params: Any) -> str:
        return show(name, args, params)

    @cherrypy.expose
    def plain(self: object, **params: Any) -> str:
        return show(name, (), params)

    return rest if takes_rest else plain


def node(**attributes: Any) -> Any:
    """Return a new object of a new class with these attributes."""
    return type("Node", (), attributes)()


def answer(root: Any, target: str) -> str:
    """Return the body of a page, the status where there is none, or where a redirect leads."""
    found = serve(mount(root), target)
    if "Location" in found.headers:
        return f"{found.code} {found.headers['Location'].removeprefix('http://127.0.0.1')}"
    return found.body if found.code == 200 else found.status.split()[0]


class Callable:
    """An exposed object that is called itself."""

    exposed = True

    def __call__(self, *args: str, **params: Any) -> str:
        return show("callable", args, params)


@cherrypy.expose
class Exposed:
    """The same by a decorator, with a child."""

    child = node(index=page_named("child index"))

    def __call__(self, *args: str) -> str:
        return show("exposed", args, {})


TREE = node(
    index=page_named("index"),
    page=page_named("page"),
    a_b_c=page_named("punctuated"),
    rest=page_named("rest", takes_rest=True),
    hidden=lambda self: "hidden",
    number=3,
    nothing=None,
    callable=Callable(),
    exposed_class=Exposed(),
    branch=node(
        index=page_named("branch index"),
        leaf=page_named("leaf"),
        default=page_named("branch default", takes_rest=True),
        deep=node(leaf=page_named("deep leaf")),
    ),
    bare=node(leaf=page_named("bare leaf")),
    only_default=node(default=page_named("only default", takes_rest=True)),
)


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        ("/", "index"),
        ("//", "index"),
        ("/index", "index"),
        ("/?a=1&b=2", "index a=1 b=2"),
        ("/page", "page"),
        ("/page?a=1", "page a=1"),
        ("/page/", "page"),
        ("/page/more", "404"),
        ("/nowhere", "404"),
        ("/PAGE", "404"),
        # One segment after another becomes an argument.
        ("/rest", "rest"),
        ("/rest/1/2", "rest 1 2"),
        ("/rest/1//2/", "rest 1 2"),
        ("/rest/1?a=2", "rest 1 a=2"),
        # What is no page.
        ("/hidden", "404"),
        ("/number", "404"),
        ("/nothing", "404"),
        ("/bare/", "404"),
        ("/bare/leaf", "bare leaf"),
        # `default` answers for what has no page, from the deepest node that has one.
        ("/branch/leaf", "leaf"),
        ("/branch/other", "branch default other"),
        ("/branch/deep/leaf", "deep leaf"),
        ("/branch/deep/other", "branch default deep other"),
        ("/branch/deep", "branch default deep"),
        ("/branch/default/x", "branch default x"),
        ("/only_default", "only default"),
        ("/only_default/", "only default"),
        ("/only_default/x/", "only default x"),
        # An index redirects to the directory that it is in, and keeps the query.
        ("/branch/", "branch index"),
        ("/branch", "301 /branch/"),
        ("/branch?a=%C3%A4&b", "301 /branch/?a=%C3%A4&b"),
        ("/branch/index", "branch index"),
        # Objects that are called.
        ("/callable", "callable"),
        ("/callable/", "callable"),
        ("/callable/x?a=1", "callable x a=1"),
        ("/exposed_class/x", "exposed x"),
        ("/exposed_class/child/", "child index"),
        # Punctuation is spelled '_' in the name of an attribute.
        ("/a.b-c", "punctuated"),
        ("/a+b,c", "punctuated"),
        ("/a_b_c", "punctuated"),
        ("/a%3Ab%7Ec", "punctuated"),
        ("/a%20b%20c", "404"),
        ("/rest/a.b-c", "rest a.b-c"),
        # An escaped slash is part of its segment.
        ("/rest/a%2Fb/c", "rest a/b c"),
        ("/rest/a%2fb", "rest a/b"),
        ("/branch%2Fleaf", "404"),
        ("/rest/%E2%82%AC", "rest €"),
    ],
)
def test_a_path_leads_to_its_page(target: str, expected: str) -> None:
    assert answer(TREE, target) == expected


def test_a_root_that_is_a_function_answers_for_every_path() -> None:
    @cherrypy.expose
    def page(*args: str, **params: Any) -> str:
        return show("root", args, params)

    assert answer(page, "/") == "root"
    assert answer(page, "/a/b?c=1") == "root a b c=1"


def test_an_application_without_a_root_has_no_pages() -> None:
    assert answer(None, "/") == "404"
    assert answer(None, "/a") == "404"


def test_the_mount_point_is_redirected_to_its_index() -> None:
    app = mount(TREE, script_name="/app")
    found = serve(app, "/app")
    assert (found.code, found.headers["Location"]) == (301, "http://127.0.0.1/app/")
    found = serve(app, "/app?a=1")
    assert (found.code, found.headers["Location"]) == (301, "http://127.0.0.1/app/?a=1")
    assert serve(app, "/app/").body == "index"
    assert serve(app, "/app/page").body == "page"


def test_a_relative_redirect_from_the_mount_point_stays_below_it() -> None:
    class Root:
        @cherrypy.expose
        def default(self) -> str:
            raise cherrypy.InternalRedirect("page")

        @cherrypy.expose
        def page(self) -> str:
            return "page"

    app = mount(Root(), script_name="/app")
    with pytest.raises(cherrypy.InternalRedirect) as caught:
        serve(app, "/app")
    assert caught.value.path == "/page"


# Trailing slashes


def test_an_extra_slash_is_redirected_where_config_wants_that() -> None:
    app = mount(TREE, {"/": {"tools.trailing_slash.extra": True}})
    found = serve(app, "/page/?a=1")
    assert (found.code, found.headers["Location"]) == (301, "http://127.0.0.1/page?a=1")
    assert serve(app, "/rest/1/").body == "rest 1"
    assert serve(app, "/").body == "index"
    assert serve(app, "/branch/").body == "branch index"


def test_the_slash_rules_can_be_switched_off_and_given_a_status() -> None:
    app = mount(TREE, {"/": {"tools.trailing_slash.on": False}})
    assert serve(app, "/branch").body == "branch index"
    app = mount(TREE, {"/": {"tools.trailing_slash.status": 307}})
    assert serve(app, "/branch").code == 307


# Arguments


def test_keyword_only_arguments_come_from_the_query_and_from_the_body() -> None:
    class Root:
        @cherrypy.expose
        def page(self, first: str, *, name: str, size: str = "1") -> str:
            return f"{first} {name} {size}"

    assert answer(Root(), "/page/a?name=b") == "a b 1"
    assert post(mount(Root()), "/page/a?size=3", "name=b").body == "a b 3"
    assert answer(Root(), "/page/a") == "404"
    assert answer(Root(), "/page/a/b") == "404"


# _cp_dispatch


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


# Dispatchers of one's own


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


PIECES = (
    *("/", "//", "index", "default", "branch", "rest", "page", "a.b-c", "%2F", "..", ".", "x"),
    *("__class__", "__init__", "_cp_dispatch", "_cp_config", "exposed", "albums", "append", "%00"),
    *("?", "&", "=", "+", "self", "args", "callable", "exposed_class", "name", "%20", "%E2%82%AC"),
)


@settings(deadline=None, max_examples=150)
@given(st.lists(st.sampled_from(PIECES), max_size=9).map("".join))
def test_no_target_makes_an_error_of_the_server(rest: str) -> None:
    for root in (TREE, example(BAND)["Band"]()):
        assert serve(mount(root), f"/{rest}").code in (200, 301, 404)
