"""Plans: compiled once for a route, and again as soon as anything they come from has changed."""

import threading
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from tests.core.serving import LOCAL, REMOTE, borrowed, mount, reader, serve, with_host

import cherrypy
from cherrypy.core.plan import Layer, PlanCache, merged
from cherrypy.core.reprconf import Config, NamespaceSet


def noop(*arguments: Any, **named: Any) -> None:
    """Do nothing, as a hook, a tool or a namespace."""


class Root:
    """Pages with config at every place where there can be some."""

    _cp_config: dict[str, Any] = {"my.root": 1}

    @cherrypy.expose
    @cherrypy.config(**{"my.page": 1})
    def page(self) -> bytes:
        return b"page"

    @cherrypy.expose
    def other(self) -> bytes:
        return b"other"


class Anew(Root):
    """The same, for a test to change."""

    _cp_config: dict[str, Any] = {"my.root": 1}

    @cherrypy.expose
    @cherrypy.config(**{"my.page": 1})
    def page(self) -> bytes:
        return b"page"


# Made beforehand: a new toolbox is a change already.
SPARE = cherrypy.Toolbox("tools")
SPARE.mine = cherrypy.Tool("before_handler", noop)

# An application as a cache of plans sees it.
OWNER: Any = SimpleNamespace(toolboxes={}, request_class=SimpleNamespace(namespaces={}))

SECTIONS = {"/": {"my.section": 1, "tools.mine.on": True}, "/page": {"my.deep": 1}}


@pytest.fixture
def app() -> cherrypy.Application:
    """Return an application with a tool in use and a namespace of its own."""
    cherrypy.tools.mine = cherrypy.Tool("before_handler", noop)
    cherrypy.Application.request_class.namespaces["my"] = noop
    return mount(Anew(), SECTIONS)


def plan_of(app: cherrypy.Application, target: str = "/page") -> Any:
    """Return the plan with which *target* is served."""
    request, _ = app.get_serving(LOCAL, REMOTE, "http", "HTTP/1.1")
    try:
        request.run("GET", target, "", "HTTP/1.1", with_host((), None), reader(None))
        return request.plan
    finally:
        app.release_serving()


def test_a_plan_is_compiled_once_for_a_route(app: cherrypy.Application) -> None:
    plan = plan_of(app)
    assert plan_of(app) is plan
    assert plan_of(app, "/other") is not plan
    assert plan_of(app) is plan


def test_paths_with_the_same_sources_share_a_plan() -> None:
    class Many:
        @cherrypy.expose
        def default(self, *segments: str) -> bytes:
            return b""

    app = mount(Many())
    plan = plan_of(app, "/a")
    for number in range(100):
        assert plan_of(app, f"/{number}/b") is plan


def of_page(change: Callable[[dict[str, Any]], Any]) -> Callable[[cherrypy.Application], None]:
    return lambda app: change(app.root.page._cp_config)


CHANGES: dict[str, Callable[[cherrypy.Application], Any]] = {
    "the global config is updated": lambda app: cherrypy.config.update({"x.y": 1}),
    "an entry of the global config is set": lambda app: cherrypy.config.__setitem__("x.y", 1),
    "an entry of the global config goes": lambda app: cherrypy.config.pop("tools.encode.on"),
    "the global config is reset": lambda app: cherrypy.config.reset(),
    "config is merged": lambda app: app.merge({"/": {"my.section": 2}}),
    "a section gets an entry": lambda app: app.config["/page"].update({"my.new": 1}),
    "an entry of a section changes": lambda app: app.config["/"].update({"my.section": 2}),
    "an entry of a section goes": lambda app: app.config["/page"].pop("my.deep"),
    "a section is replaced": lambda app: app.config.update({"/page": {"my.deep": 2}}),
    "a section goes": lambda app: app.config.pop("/page"),
    "all config of the application is replaced": lambda app: setattr(app, "config", {}),
    "an entry of a function changes": of_page(lambda config: config.update({"my.page": 2})),
    "an entry of a function goes": of_page(dict.clear),
    "the config of a function is replaced": lambda app: setattr(
        app.root.page.__func__, "_cp_config", {"my.page": 2}
    ),
    "the config of an object is its own": lambda app: setattr(app.root, "_cp_config", {"my.x": 1}),
    "an entry of a class changes": lambda app: setattr(app.root, "_cp_config", {"my.root": 2}),
    "another root is served": lambda app: setattr(app, "root", Root()),
    "a tool is replaced": lambda app: setattr(
        cherrypy.tools, "mine", cherrypy.Tool("before_handler", noop)
    ),
    "a tool is added": lambda app: setattr(
        cherrypy.tools, "new", cherrypy.Tool("before_handler", noop)
    ),
    "the function of a tool is replaced": lambda app: setattr(
        cherrypy.tools.mine, "callable", print
    ),
    "the priority of a tool changes": lambda app: setattr(cherrypy.tools.mine, "_priority", 3),
    "the point of a tool changes": lambda app: setattr(
        cherrypy.tools.mine, "_point", "before_finalize"
    ),
    "a toolbox is registered": lambda app: app.toolboxes.update(box=SPARE),
    "a toolbox is replaced": lambda app: app.toolboxes.update(tools=SPARE),
    "a namespace is registered": lambda app: app.request_class.namespaces.update(x=noop),
    "a namespace is replaced": lambda app: app.request_class.namespaces.update(my=print),
    "a namespace goes": lambda app: app.request_class.namespaces.pop("my"),
    "the request class is replaced": lambda app: setattr(
        app,
        "request_class",
        type("Mine", (app.request_class,), {"namespaces": NamespaceSet()}),
    ),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES.keys())
def test_a_plan_is_compiled_again_when(
    change: Callable[[cherrypy.Application], Any], app: cherrypy.Application
) -> None:
    before = plan_of(app)
    page_config = dict(Anew.page._cp_config)
    try:
        change(app)
        assert plan_of(app) is not before
    finally:
        Anew.page._cp_config = page_config


@pytest.mark.parametrize(
    "change",
    [
        lambda app: app.config.update({"/elsewhere": {"my.deep": 1}}),
        lambda app: app.config.update({"Databases": {"driver": "x"}}),
        lambda app: setattr(app.root, "new_page", app.root.other),
        lambda app: mount(Root(), {"/": {"my.x": 1}}),
    ],
)
def test_a_plan_holds_whatever_else_changes(
    change: Callable[[cherrypy.Application], Any], app: cherrypy.Application
) -> None:
    before = plan_of(app)
    change(app)
    assert plan_of(app) is before


def test_a_tool_replaced_while_it_runs_takes_effect_at_once() -> None:
    passed: list[str] = []

    def tool(name: str) -> cherrypy.Tool:
        return cherrypy.Tool("before_handler", lambda: passed.append(name))

    cherrypy.tools.changing = tool("first")
    app = mount(Root(), {"/": {"tools.changing.on": True}})
    serve(app, "/page")
    cherrypy.tools.changing = tool("second")
    serve(app, "/page")
    cherrypy.tools.changing.callable = lambda: passed.append("third")
    serve(app, "/page")
    assert passed == ["first", "second", "third"]


def test_a_request_does_not_change_the_plan_of_the_next() -> None:
    class Greedy:
        @cherrypy.expose
        def index(self) -> str:
            request = cherrypy.request
            seen = (
                "mine" in request.config,
                410 in request.error_page,
                "x" in request.toolmaps["tools"]["encode"],
                len(request.hooks["before_handler"]),
            )
            request.config["mine"] = 1
            request.error_page[410] = "file"
            request.toolmaps["tools"]["encode"]["x"] = 1
            request.hooks.attach("before_handler", noop)
            return repr(seen)

    app = mount(Greedy())
    assert serve(app).body == serve(app).body == "(False, False, False, 1)"


def test_the_plans_that_are_kept_are_bounded() -> None:
    cache = PlanCache(mount(Root()), Config(), limit=10)
    for number in range(100):
        plan = cache.get([("/", {"my.number": number})])
        assert plan.config["my.number"] == number
        assert len(cache) <= 10


def test_a_tree_that_makes_new_config_for_each_request_does_not_fill_memory() -> None:
    class Dynamic:
        def __getattr__(self, name: str) -> Any:
            if not name.startswith("x"):
                raise AttributeError(name)
            node = Root()
            node._cp_config = {"response.headers.X-Name": name}
            return node

    app = mount(Dynamic())
    app.plans.limit = 5
    for number in range(30):
        assert serve(app, f"/x{number}/other").headers["X-Name"] == f"x{number}"
        assert len(app.plans) <= 5


def test_a_config_that_a_dispatcher_merges_anew_shares_one_plan_while_it_is_equal() -> None:
    cache = PlanCache(mount(Root()), Config())
    first = cache.get_merged({"a.b": 1, "a.c": 2})
    assert cache.get_merged({"a.b": 1, "a.c": 2}) is first
    assert cache.get_merged({"a.b": 1, "a.c": 3}).config["a.c"] == 3
    assert len(cache) == 1


def test_config_changed_while_plans_are_compiled_is_never_missed() -> None:
    class Changing:
        @cherrypy.expose
        def index(self) -> str:
            return str(cherrypy.request.config["my.number"])

    app = mount(Changing(), {"/": {"my.number": 0}})
    stop = threading.Event()
    failures: list[BaseException] = []

    def read() -> None:
        try:
            with borrowed():
                while not stop.is_set():
                    serve(app)
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=read) for _ in range(3)]
    for thread in threads:
        thread.start()
    try:
        for number in range(200):
            app.config["/"]["my.number"] = number
            cherrypy.config["my.other"] = number
            assert serve(app).body == str(number)
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    assert failures == []


def test_layers_override_each_other_and_a_served_directory_remembers_its_section() -> None:
    layers: list[Layer] = [
        ("/", {"a": 1, "b": 1}),
        (None, {"b": 2}),
        ("/static", {"tools.staticdir.dir": "static"}),
    ]
    assert merged({"a": 0, "c": 0}, layers) == {
        "a": 1,
        "b": 2,
        "c": 0,
        "tools.staticdir.dir": "static",
        "tools.staticdir.section": "/static",
    }
