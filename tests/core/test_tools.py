"""Tools: every way to make one, to turn it on and off, and to do more with it."""

import logging
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from tests.core.serving import example, mount, serve

import cherrypy

Recorder = list[str]

# The manual, 'Tools', word for word.
LOGIT = """
    import cherrypy

    @cherrypy.tools.register('before_finalize')
    def logit():
       print(cherrypy.request.remote.ip)

    class Root(object):
        @cherrypy.expose
        @cherrypy.tools.logit()
        def index(self):
            return "hello world"
"""

# The same by assignment, which the manual calls equivalent.
LOGIT_ASSIGNED = """
    import cherrypy

    def logit():
       print(cherrypy.request.remote.ip)

    cherrypy.tools.logit = cherrypy.Tool('before_finalize', logit)

    class Root(object):
        @cherrypy.expose
        @cherrypy.tools.logit()
        def index(self):
            return "hello world"
"""

# The manual, 'Stateful tools', word for word.
TIMING = """
    import time

    import cherrypy

    class TimingTool(cherrypy.Tool):
        def __init__(self):
            cherrypy.Tool.__init__(self, 'before_handler',
                                   self.start_timer,
                                   priority=95)

        def _setup(self):
            cherrypy.Tool._setup(self)
            cherrypy.request.hooks.attach('before_finalize',
                                          self.end_timer,
                                          priority=5)

        def start_timer(self):
            cherrypy.request._time = time.time()

        def end_timer(self):
            duration = time.time() - cherrypy.request._time
            cherrypy.log("Page handler took %.4f" % duration)

    cherrypy.tools.timeit = TimingTool()

    class Root(object):
        @cherrypy.expose
        @cherrypy.tools.timeit()
        def index(self):
            return "hello world"
"""

# The manual, 'Toolboxes', word for word.
TOOLBOX = """
    import cherrypy

    # Create a new Toolbox.
    newauthtools = cherrypy._cptools.Toolbox("newauth")

    # Add a Tool to our new Toolbox.
    @newauthtools.register('before_request_body')
    def check_access(default=False):
        if not getattr(cherrypy.request, "userid", default):
            raise cherrypy.HTTPError(401)

    class Root(object):
        @cherrypy.expose
        def default(self):
            return "Hello"

    conf = {
       '/demo': {
           'newauth.check_access.on': True,
           'newauth.check_access.default': True,
        }
    }

    app = cherrypy.tree.mount(Root(), config=conf)
"""

# The manual, 'Request parameters manipulation', word for word.
USER_MANAGER = """
    import cherrypy

    class UserManager(cherrypy.Tool):
        def __init__(self):
            cherrypy.Tool.__init__(self, 'before_handler',
                                   self.load, priority=10)

        def load(self):
            req = cherrypy.request

            # let's assume we have a db session
            # attached to the request somehow
            db = req.db

            # retrieve the user id and remove it
            # from the request parameters
            user_id = req.params.pop('user_id')
            req.params['user'] = db.get(int(user_id))

    cherrypy.tools.user = UserManager()

    class Root(object):
        @cherrypy.expose
        @cherrypy.tools.user()
        def index(self, user):
            return "hello %s" % user.name
"""

# The manual, 'Securing your server', word for word.
SECURE_HEADERS = """
   import cherrypy

   # set the priority according to your needs if you are hooking something
   # else on the 'before_finalize' hook point.
   @cherrypy.tools.register('before_finalize', priority=60)
   def secureheaders():
       headers = cherrypy.response.headers
       headers['X-Frame-Options'] = 'DENY'
       headers['X-XSS-Protection'] = '1; mode=block'
       headers['Content-Security-Policy'] = "default-src='self'"
"""


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


# The examples of the manual


@pytest.mark.parametrize("source", [LOGIT, LOGIT_ASSIGNED])
def test_the_first_tool_of_the_manual_prints_the_address(
    source: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert serve(mount(example(source)["Root"]())).body == "hello world"
    assert capsys.readouterr().out == "127.0.0.1\n"


def test_the_timing_tool_of_the_manual_logs_how_long_a_page_took(
    caplog: pytest.LogCaptureFixture,
) -> None:
    app = mount(example(TIMING)["Root"]())
    with caplog.at_level(logging.INFO):
        for _ in range(2):
            assert serve(app).body == "hello world"
    assert caplog.text.count("Page handler took 0.0") == 2


def test_the_toolbox_of_the_manual_answers_to_its_own_namespace() -> None:
    names = example(TOOLBOX)
    app, conf = names["app"], names["conf"]
    app.toolboxes["newauth"] = names["newauthtools"]
    # NOTE: the example's page takes no path segments, so where access is given it is not found.
    assert serve(app, "/demo").code == 404
    conf["/demo"]["newauth.check_access.default"] = False
    app.merge(conf)
    assert serve(app, "/demo").code == 401
    assert serve(app, "/").body == "Hello"


def test_the_user_manager_of_the_manual_turns_an_id_into_a_user() -> None:
    users = {3: SimpleNamespace(name="bob")}
    root = example(USER_MANAGER)["Root"]()
    app = mount(root, {"/": {"request.db": users}})
    assert serve(app, "/?user_id=3").body == "hello bob"


@pytest.mark.parametrize("by_decorator", [True, False])
def test_the_secure_headers_of_the_manual_are_set_for_the_whole_application(
    by_decorator: bool,
) -> None:
    secureheaders = example(SECURE_HEADERS)["secureheaders"]
    if not by_decorator:
        cherrypy.tools.secureheaders = cherrypy.Tool("before_finalize", secureheaders, priority=60)
    app = mount(Plain(), {"/": {"tools.secureheaders.on": True}})
    for target in ("/", "/page", "/nowhere"):
        assert serve(app, target).headers["X-Frame-Options"] == "DENY"
    assert cherrypy.tools.secureheaders._priority == 60


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


# The other kinds of tools


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
