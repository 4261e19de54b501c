"""Tools that do more than run a function: they answer, wrap the page, or answer errors."""

from collections.abc import Callable
from typing import Any

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


def answering(found: bool = True) -> bool:
    if found:
        cherrypy.response.body = b"answered by the tool"
    return found


def test_a_handler_tool_may_answer_in_place_of_the_page() -> None:
    cherrypy.tools.answer = cherrypy.HandlerTool(answering)
    app = mount(
        Plain(),
        {
            "/": {"tools.answer.on": True},
            "/page": {"tools.answer.found": False},
        },
    )
    assert serve(app).body == "answered by the tool"
    assert serve(app, "/page").body == "page {}"


def test_a_handler_tool_may_be_a_page_itself() -> None:
    cherrypy.tools.answer = tool = cherrypy.HandlerTool(answering)

    class Root:
        always = tool.handler(found=True)
        never = tool.handler(found=False)

    assert serve(mount(Root()), "/always").body == "answered by the tool"
    assert serve(mount(Root()), "/always/more?a=1").body == "answered by the tool"
    assert serve(mount(Root()), "/never").code == 404
    app = mount(Root(), {"/always": {"tools.answer.found": False}})
    assert serve(app, "/always").code == 404


def test_a_wrapper_tool_calls_the_page_when_it_likes() -> None:
    def wrap(next_handler: Callable[..., Any], *args: Any, **kwargs: Any) -> str:
        return f"before {next_handler(*args, **kwargs)} after"

    cherrypy.tools.wrap = cherrypy.HandlerWrapperTool(wrap)
    app = mount(Plain(), {"/": {"tools.wrap.on": True}})
    assert serve(app, "/page?a=1").body == "before page {'a': '1'} after"
    other = cherrypy.HandlerWrapperTool(lambda inner: f"({inner()})", "before_handler", "x", 20)
    cherrypy.tools.other = other
    app.merge({"/": {"tools.x.on": False, "tools.other.on": True}})
    assert serve(app).body == "before (index) after"


def test_a_wrapper_tool_has_nothing_to_wrap_once_another_has_answered() -> None:
    def wrap(next_handler: Callable[..., Any]) -> Any:
        return next_handler()

    cherrypy.tools.answer = cherrypy.HandlerTool(answering, priority=10)
    cherrypy.tools.wrap = cherrypy.HandlerWrapperTool(wrap)
    app = mount(Plain(), {"/": {"tools.answer.on": True, "tools.wrap.on": True}})
    assert serve(app).body == "answered by the tool"


def test_an_error_tool_answers_unexpected_exceptions() -> None:
    def sorry(text: str = "sorry") -> None:
        cherrypy.response.status = 503
        cherrypy.response.body = text.encode()

    class Root:
        @cherrypy.expose
        def index(self) -> str:
            raise RuntimeError("broken")

    cherrypy.tools.sorry = cherrypy.ErrorTool(sorry)
    answer = serve(mount(Root(), {"/": {"tools.sorry.on": True, "tools.sorry.text": "oh"}}))
    assert (answer.code, answer.body) == (503, "oh")


def test_toolboxes_are_looked_up_on_the_application() -> None:
    passed: Recorder = []
    box = cherrypy.Toolbox("own")
    box.note = cherrypy.Tool("before_handler", noting(passed))

    class Application(cherrypy.Application):
        toolboxes = {**cherrypy.Application.toolboxes, "own": box}

    config = {"/": {"own.note.on": True, "own.note.first": 1}}
    serve(Application(Plain(), "", config))
    assert passed == ["tool 1 None"]
    assert box.note.namespace == "own"
    serve(mount(Plain(), config))
    assert passed == ["tool 1 None"]
