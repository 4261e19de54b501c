"""Calling a page: what does not fit its signature is 404 or 400, what fails inside is 500."""

import functools
from collections.abc import Callable
from typing import Any

import pytest
from tests.core.serving import mount, post, serve

import cherrypy


class Called:
    """An object that is a page."""

    exposed = True

    def __call__(self, **params: Any) -> str:
        return repr(params)


class Root:
    """Pages of every kind of signature."""

    called = Called()

    @cherrypy.expose
    def nothing(self) -> str:
        return "nothing"

    @cherrypy.expose
    def one(self, first: str) -> str:
        return first

    @cherrypy.expose
    def optional(self, first: str = "default") -> str:
        return str(first)

    @cherrypy.expose
    def two(self, first: str, second: str) -> str:
        return f"{first} {second}"

    @cherrypy.expose
    def rest(self, first: str, *rest: str) -> str:
        return f"{first} {rest}"

    @cherrypy.expose
    def any_name(self, first: str, **params: Any) -> str:
        return f"{first} {params}"

    @cherrypy.expose
    def only(self, *, name: str) -> str:
        return name

    @cherrypy.expose
    def by_position(self, first: str, /) -> str:
        return first

    @cherrypy.expose
    def failing(self, first: str = "") -> str:
        raise TypeError("from inside")

    @cherrypy.expose
    def calling_badly(self, first: str = "") -> str:
        return self.one()  # type: ignore[no-any-return]  # the mistake under test


# 404: what is wrong is in the URL.
URLS_THAT_DO_NOT_FIT = [
    ("/nothing/a", "Unexpected path segments"),
    ("/nothing?a=1", "Unexpected query string parameters: a"),
    ("/one", "Missing parameters: first"),
    ("/one/a/b", "Unexpected path segments"),
    ("/one/a?first=b", "Multiple values for parameters: first"),
    ("/one?first=a&other=b", "Unexpected query string parameters: other"),
    ("/optional?other=b", "Unexpected query string parameters: other"),
    ("/two/a", "Missing parameters: second"),
    ("/two?second=a", "Missing parameters: first"),
    ("/two", "Missing parameters: first, second"),
    ("/rest", "Missing parameters: first"),
    ("/any_name", "Missing parameters: first"),
    ("/any_name?other=1", "Missing parameters: first"),
    ("/only", "Missing parameters: name"),
    ("/only/a", "Unexpected path segments"),
    ("/only?name=a&x=b", "Unexpected query string parameters: x"),
    ("/by_position", "Missing parameters: first"),
    ("/by_position?first=a", "first"),
    # The object of a method is no parameter.
    ("/nothing?self=1", "Multiple values for parameters: self"),
    ("/any_name/a?self=1", "Multiple values for parameters: self"),
    ("/called?self=1", "Multiple values for parameters: self"),
]


@pytest.mark.parametrize(("target", "complaint"), URLS_THAT_DO_NOT_FIT)
def test_a_url_that_does_not_fit_the_page_is_not_found(target: str, complaint: str) -> None:
    answer = serve(mount(Root()), target)
    assert answer.code == 404
    assert complaint in answer.body


@pytest.mark.parametrize(("target", "complaint"), URLS_THAT_DO_NOT_FIT)
def test_what_did_not_fit_is_shown_only_where_config_lets_it(target: str, complaint: str) -> None:
    app = mount(
        Root(), {"/": {"request.show_mismatched_params": False, "request.show_tracebacks": False}}
    )
    answer = serve(app, target)
    assert answer.code == 404
    assert complaint not in answer.body


@pytest.mark.parametrize(
    ("target", "form", "code", "complaint"),
    [
        ("/one", "first=a", 200, ""),
        ("/two/a", "second=b", 200, ""),
        ("/only", "name=a", 200, ""),
        ("/any_name/a", "b=1", 200, ""),
        # 400: the URL fits, and the body does not.
        ("/nothing", "a=1", 400, "Unexpected body parameters: a"),
        ("/any_name/a", "self=1", 400, "Multiple values for parameters: self"),
        ("/one/a", "first=b", 400, "Multiple values for parameters: first"),
        ("/one", "first=a&other=b", 400, "Unexpected body parameters: other"),
        # 404: the URL does not fit either, or lacks what it should have.
        ("/one", "", 404, "Missing parameters: first"),
        ("/one", "other=a", 404, "Missing parameters: first"),
        ("/one/a/b", "first=b", 404, "Unexpected path segments"),
        ("/one/a?x=1", "y=1", 404, "Unexpected query string parameters: x"),
        # A name given twice is one parameter with two values.
        ("/one?first=a", "first=b", 200, "[&#x27;a&#x27;, &#x27;b&#x27;]"),
    ],
)
def test_a_form_that_does_not_fit_is_a_bad_request(
    target: str, form: str, code: int, complaint: str
) -> None:
    answer = post(mount(Root()), target, form)
    assert answer.code == code, answer.body
    if code != 200:
        assert complaint in answer.body


def test_a_value_given_twice_arrives_as_a_list() -> None:
    class Lists:
        @cherrypy.expose
        def page(self, first: Any) -> str:
            return repr(first)

    assert serve(mount(Lists()), "/page?first=a&first=b").body == "['a', 'b']"
    assert post(mount(Lists()), "/page?first=a", "first=b").body == "['a', 'b']"


@pytest.mark.parametrize("target", ["/failing", "/failing?first=a", "/calling_badly"])
def test_a_type_error_inside_of_a_page_is_an_error_of_the_server(target: str) -> None:
    answer = serve(mount(Root()), target)
    assert answer.code == 500
    assert "TypeError" in answer.body


# Pages that are no plain methods


def logged_in(page: Callable[..., Any]) -> Callable[..., Any]:
    """Give the page an argument that no client sends."""

    @functools.wraps(page)
    def wrapper(self: object, *args: Any, **kwargs: Any) -> Any:
        return page(self, "bob", *args, **kwargs)

    return wrapper


def passing_on(page: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(page)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        return page(*args, **kwargs)

    return wrapper


class Wrapped:
    """Pages behind decorators of an application."""

    @cherrypy.expose
    @logged_in
    def injected(self, user: str, first: str) -> str:
        return f"{user} {first}"

    @cherrypy.expose
    @logged_in
    def injected_failing(self, user: str, first: str = "") -> str:
        raise TypeError("from inside")

    @cherrypy.expose
    @passing_on
    def passed(self, first: str) -> str:
        return first

    @cherrypy.expose
    @passing_on
    def passed_failing(self, first: str = "") -> str:
        raise TypeError("from inside")

    # Static, since a partial in a class is about to become a method.
    partial = staticmethod(
        cherrypy.expose(functools.partial(lambda first, second: f"{first}{second}", "1"))
    )


@pytest.mark.parametrize(
    ("target", "code"),
    [
        ("/injected/a", 200),
        ("/injected_failing", 500),
        ("/injected_failing/a", 500),
        ("/passed/a", 200),
        ("/passed", 404),
        ("/passed/a/b", 404),
        ("/passed/a?self=1", 404),
        ("/passed_failing", 500),
        ("/partial/2", 200),
        ("/partial", 404),
    ],
)
def test_a_decorated_page_is_judged_by_what_failed(target: str, code: int) -> None:
    assert serve(mount(Wrapped()), target).code == code


def test_a_page_without_a_signature_that_can_be_read_fails_as_it_fails() -> None:
    class Strange:
        exposed = True
        __signature__ = "not a signature"

        def __call__(self) -> str:
            return "never"

    root = type("Root", (), {"strange": Strange()})()
    assert serve(mount(root), "/strange?a=1").code == 500


# The handler of a request, seen by tools


def test_a_tool_can_change_what_the_handler_is_called_with() -> None:
    def change() -> None:
        handler = cherrypy.request.handler
        assert handler.callable.__name__ == "two"
        assert list(handler.args) == ["a"]
        assert handler.kwargs == {"second": "b"}
        if "args" in cherrypy.request.params:
            handler.args = ("x", "y")
            handler.kwargs = {}
        elif "kwargs" in cherrypy.request.headers.get("X-Change", ""):
            handler.kwargs = {"second": "changed"}
        else:
            handler.callable = lambda first, second: f"other {first} {second}"

    app = mount(Root(), {"/two": {"hooks.before_handler": change}})
    assert serve(app, "/two/a?second=b").body == "other a b"
    assert serve(app, "/two/a?second=b", fields=[("X-Change", "kwargs")]).body == "a changed"


def test_parameters_changed_by_later_tools_reach_a_handler_that_was_given_others() -> None:
    def give() -> None:
        cherrypy.request.handler.kwargs = {"first": "1", "unwanted": "2"}

    def take() -> None:
        cherrypy.request.params.pop("unwanted")
        cherrypy.request.params["second"] = "3"

    app = mount(Root(), {"/two": {"hooks.before_handler.1": give, "hooks.before_handler.2": take}})
    assert serve(app, "/two?second=b").body == "1 3"


def test_a_handler_may_be_replaced_by_any_callable() -> None:
    def replace() -> None:
        cherrypy.request.handler = lambda: b"replaced"

    assert serve(mount(Root(), {"/": {"hooks.before_handler": replace}}), "/one").body == "replaced"


def test_a_handler_of_none_leaves_the_response_to_whoever_set_it() -> None:
    def answer() -> None:
        cherrypy.request.handler = None
        cherrypy.response.body = b"set by a hook"

    app = mount(Root(), {"/": {"hooks.before_handler": answer}})
    assert serve(app, "/one").body == "set by a hook"


def test_an_exception_may_stand_for_a_page() -> None:
    class Exceptions:
        gone = cherrypy.HTTPError(410)
        gone.exposed = True  # type: ignore[attr-defined]  # as any callable
        moved = cherrypy.HTTPRedirect("http://example.com/")
        moved.exposed = True  # type: ignore[attr-defined]  # as any callable

    assert serve(mount(Exceptions()), "/gone").code == 410
    found = serve(mount(Exceptions()), "/moved")
    assert (found.code, found.headers["Location"]) == (303, "http://example.com/")
