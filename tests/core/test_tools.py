"""Tools: every way to make one, to turn it on and off, and to do more with it."""

from collections.abc import Callable
from typing import Any

import pytest
from tests.core.serving import mount, serve

import cherrypy

Recorder = list[str]


class Plain:
    """Two pages."""

    @cherrypy.expose
    def index(self) -> str:
        return "index"

    @cherrypy.expose
    def page(self, **params: str) -> str:
        return f"page {params}"


def noting(passed: Recorder, name: str = "tool") -> Callable[..., None]:
    """Return a tool's function that notes how it was called."""

    def note(first: Any = None, second: Any = None) -> None:
        passed.append(f"{name} {first} {second}")

    return note


# Turning a tool on and off


def test_a_tool_is_turned_on_by_each_of_the_documented_ways() -> None:
    passed: Recorder = []
    cherrypy.tools.note = cherrypy.Tool("before_handler", noting(passed))

    class Root(Plain):
        @cherrypy.expose
        @cherrypy.tools.note(first="decorator")  # type: ignore[untyped-decorator]  # found by name
        def decorated(self) -> str:
            return ""

        @cherrypy.expose
        @cherrypy.config(**{"tools.note.on": True, "tools.note.first": "config decorator"})
        def config_decorated(self) -> str:
            return ""

        @cherrypy.expose
        def attribute(self) -> str:
            return ""

        attribute._cp_config = {"tools.note.on": True, "tools.note.first": "_cp_config"}

        @staticmethod
        @cherrypy.expose
        def inner_static() -> str:
            return ""

        @cherrypy.tools.note(first="static")  # type: ignore[untyped-decorator]  # found by name
        @cherrypy.expose
        @staticmethod
        def outer_static() -> str:
            return ""

    app = mount(Root(), {"/page": {"tools.note.on": True, "tools.note.first": "section"}})
    for target, expected in {
        "/decorated": ["tool decorator None"],
        "/config_decorated": ["tool config decorator None"],
        "/attribute": ["tool _cp_config None"],
        "/page": ["tool section None"],
        "/inner_static": [],
        "/outer_static": ["tool static None"],
        "/": [],
    }.items():
        passed.clear()
        assert serve(app, target).code == 200, target
        assert passed == expected, target
    cherrypy.config.update({"tools.note.on": True, "tools.note.second": "global"})
    passed.clear()
    serve(app, "/")
    serve(app, "/page")
    assert passed == ["tool None global", "tool section global"]


def test_a_tool_on_a_class_holds_for_its_pages_and_can_be_turned_off_on_one() -> None:
    passed: Recorder = []
    cherrypy.tools.note = cherrypy.Tool("before_handler", noting(passed))

    @cherrypy.tools.note(first="class")
    class Root(Plain):
        @cherrypy.expose
        @cherrypy.config(**{"tools.note.on": False})
        def without(self) -> str:
            return ""

        @cherrypy.expose
        @cherrypy.tools.note(second="page")  # type: ignore[untyped-decorator]  # found by name
        def more(self) -> str:
            return ""

    class Derived(Root):
        pass

    @cherrypy.tools.note(first="derived")
    class Redecorated(Root):
        pass

    app = mount(Root(), {"/page": {"tools.note.on": False}})
    for target, expected in {
        "/": ["tool class None"],
        "/without": [],
        "/more": ["tool class page"],
        "/page": [],
    }.items():
        passed.clear()
        serve(app, target)
        assert passed == expected, target
    passed.clear()
    for root in (Derived(), Redecorated(), Root()):
        serve(mount(root))
    assert passed == ["tool class None", "tool derived None", "tool class None"]


def test_a_decorator_without_parentheses_is_refused() -> None:
    with pytest.raises(TypeError, match="parentheses"):

        @cherrypy.tools.encode  # type: ignore[untyped-decorator]  # found by name
        def page() -> None: ...


def test_a_tool_that_is_not_there_is_named() -> None:
    answer = serve(mount(Plain(), {"/": {"tools.nosuch.on": True}}))
    assert answer.code == 500
    assert "nosuch" in answer.body
    assert serve(mount(Plain(), {"/": {"tools.nosuch.on": False}})).code == 200
    with pytest.raises(AttributeError, match="nosuch"):
        cherrypy.tools.nosuch  # noqa: B018 - the lookup is what is tested


def test_an_argument_that_a_tool_does_not_take_is_an_error() -> None:
    cherrypy.tools.note = cherrypy.Tool("before_handler", noting([]))
    config = {"/": {"tools.note.on": True, "tools.note.third": 3}}
    answer = serve(mount(Plain(), config))
    assert answer.code == 500
    assert "third" in answer.body


# Names and attributes


def test_a_tool_has_the_name_by_which_it_is_found() -> None:
    def function(first: int, second: int = 2) -> None:
        """What it does."""

    tool: Any = cherrypy.Tool("on_end_request", function, priority=20)
    cherrypy.tools.other = tool
    assert (tool._name, tool._point, tool._priority) == ("other", "on_end_request", 20)
    assert tool.callable is function
    assert tool.namespace == "tools"
    assert tool.__doc__ == "What it does."
    assert (tool.first, tool.second) == (None, None)


def test_register_returns_the_function_and_takes_a_name_and_a_priority() -> None:
    @cherrypy.tools.register("before_handler", name="given", priority=7)
    def function() -> None: ...

    assert cherrypy.tools.given.callable is function
    assert cherrypy.tools.given._priority == 7
    with pytest.raises(ValueError, match="before_lunch"):
        cherrypy.tools.register("before_lunch")


def test_a_tool_sees_its_arguments_for_the_request() -> None:
    merged: list[dict[str, Any]] = []

    def look(**arguments: Any) -> None:
        merged.append(cherrypy.tools.look._merged_args({"first": 1, "third": 3}))

    cherrypy.tools.look = cherrypy.Tool("before_handler", look)
    serve(mount(Plain(), {"/": {"tools.look.on": True, "tools.look.first": "configured"}}))
    assert merged == [{"first": "configured", "third": 3}]
    assert cherrypy.tools.look._merged_args({"first": 1}) == {"first": 1}


def test_the_tool_maps_of_a_request_show_what_is_configured() -> None:
    maps: list[Any] = []

    def look() -> None:
        maps.append(cherrypy.request.toolmaps["tools"]["encode"])

    config = {"/": {"hooks.before_handler": look, "tools.encode.encoding": "utf-8"}}
    serve(mount(Plain(), config))
    assert maps == [{"on": True, "encoding": "utf-8"}]


# Order


def test_tools_run_by_priority_and_else_in_the_order_of_their_declaration() -> None:
    passed: Recorder = []
    for name, priority in {"a": 50, "b": 50, "late": 80, "early": 20}.items():
        tool = cherrypy.Tool("before_handler", noting(passed, name), priority=priority)
        setattr(cherrypy.tools, name, tool)
    config = {f"tools.{name}.on": True for name in ("late", "b", "a", "early")}
    serve(mount(Plain(), {"/": config}))
    assert [name.split()[0] for name in passed] == ["early", "b", "a", "late"]
    passed.clear()
    config = {f"tools.{name}.on": True for name in ("a", "b")}
    serve(mount(Plain(), {"/": {**config, "tools.b.priority": 40}}))
    assert [name.split()[0] for name in passed] == ["b", "a"]


def test_a_function_may_bring_the_priority_of_its_tool() -> None:
    passed: Recorder = []
    first, second = noting(passed, "first"), noting(passed, "second")
    first.priority = 10  # type: ignore[attr-defined]  # the manual: 'set the priority attribute'
    cherrypy.tools.second = cherrypy.Tool("before_handler", second)
    cherrypy.tools.first = cherrypy.Tool("before_handler", first)
    app = mount(Plain(), {"/": {"tools.second.on": True, "tools.first.on": True}})
    serve(app)
    assert passed == ["first None None", "second None None"]


def test_a_failsafe_function_makes_a_failsafe_tool() -> None:
    passed: Recorder = []
    safe = noting(passed, "safe")
    safe.failsafe = True  # type: ignore[attr-defined]  # as hooks have it

    def fail() -> None:
        raise cherrypy.HTTPError(403)

    cherrypy.tools.fail = cherrypy.Tool("before_handler", fail, priority=10)
    cherrypy.tools.safe = cherrypy.Tool("before_handler", safe)
    config = {"/": {"tools.fail.on": True, "tools.safe.on": True}}
    assert serve(mount(Plain(), config)).code == 403
    assert passed == ["safe None None"]


class TwoHooks(cherrypy.Tool):
    """A tool that hangs its function on two points."""

    def _setup(self) -> None:
        super()._setup()
        arguments = self._merged_args()
        cherrypy.request.hooks.attach("before_finalize", self.callable, **arguments)


def test_a_tool_with_a_setup_of_its_own_keeps_its_place_among_the_others() -> None:
    passed: Recorder = []
    cherrypy.tools.two = TwoHooks("before_handler", noting(passed, "two"))
    cherrypy.tools.one = cherrypy.Tool("before_handler", noting(passed, "one"))
    cherrypy.tools.three = cherrypy.Tool("before_handler", noting(passed, "three"), priority=1)
    config = {"tools.two.on": True, "tools.two.first": 1, "tools.one.on": True}
    app = mount(Plain(), {"/": {**config, "tools.three.on": True}})
    expected = ["three None None", "two 1 None", "one None None", "two 1 None"]
    for _ in range(2):
        passed.clear()
        assert serve(app).code == 200
        assert passed == expected


def test_the_setup_of_one_tool_may_be_replaced() -> None:
    passed: Recorder = []
    cherrypy.tools.note = tool = cherrypy.Tool("before_handler", noting(passed))
    app = mount(Plain(), {"/": {"tools.note.on": True}})
    serve(app)
    tool._setup = lambda: passed.append("own")  # type: ignore[method-assign]  # under test
    serve(app)
    assert passed == ["tool None None", "own"]


def test_a_toolbox_may_be_a_class_of_its_own() -> None:
    passed: Recorder = []

    class Anything:
        def _setup(self) -> None:
            passed.append("set up")

    box = cherrypy.Toolbox("mine")
    box.anything = Anything()
    cherrypy.Application.toolboxes["mine"] = box
    serve(mount(Plain(), {"/": {"mine.anything.on": True}}))
    assert passed == ["set up"]
