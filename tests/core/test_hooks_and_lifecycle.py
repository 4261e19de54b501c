"""The way of a request: which hook points it passes, in which order, whatever comes of it."""

import logging
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from tests.core.serving import LOCAL, REMOTE, Answer, follow, mount, post, reader, serve, with_host

import cherrypy
from cherrypy.core.hooks import HOOK_POINTS

Recorder = list[str]


class Site:
    """Pages that end in every way a request can end."""

    def __init__(self, passed: Recorder) -> None:
        self.passed = passed

    @cherrypy.expose
    def page(self) -> str:
        self.passed.append("page")
        return "page"

    @cherrypy.expose
    def http_error(self) -> str:
        self.passed.append("page")
        raise cherrypy.HTTPError(403)

    @cherrypy.expose
    def exception(self) -> str:
        self.passed.append("page")
        raise RuntimeError("broken")

    @cherrypy.expose
    def redirect(self) -> str:
        self.passed.append("page")
        raise cherrypy.HTTPRedirect("/page")

    @cherrypy.expose
    def internal(self) -> str:
        self.passed.append("redirecting")
        raise cherrypy.InternalRedirect("/page")

    @cherrypy.expose
    @cherrypy.config(**{"response.stream": True})
    def streaming(self) -> Iterator[str]:
        self.passed.append("body begins")
        yield "streamed"
        self.passed.append("body ends")

    @cherrypy.expose
    def generating(self) -> Iterator[str]:
        self.passed.append("body begins")
        yield "collected"
        self.passed.append("body ends")

    @cherrypy.expose
    def finalizing(self) -> str:
        self.passed.append("page")
        cherrypy.response.status = "no status"
        return "page"


def recording(passed: Recorder) -> dict[str, Any]:
    """Return config that notes each hook point in *passed*."""

    def note(point: str) -> Callable[[], None]:
        return lambda: passed.append(point)

    return {f"hooks.{point}.record": note(point) for point in HOOK_POINTS}


def passed_by(target: str) -> tuple[Answer, Recorder]:
    passed: Recorder = []
    app = mount(Site(passed), {"/": recording(passed)})
    return follow(app, target), passed


START = ["on_start_resource", "before_request_body", "before_handler"]
FINISH = ["before_finalize", "on_end_resource"]
ERROR = ["before_error_response", "after_error_response"]
END = ["on_end_request"]

# The manual, 'Hook point', as one table. An HTTPError or a redirect is a response like another;
# an unexpected exception ends the resource first, and is answered by the error response.
ORDER = {
    "/page": (200, [*START, "page", *FINISH, *END]),
    "/nowhere": (404, [*START, *FINISH, *END]),
    "/http_error": (403, [*START, "page", *FINISH, *END]),
    "/redirect": (303, [*START, "page", *FINISH, *END]),
    "/exception": (500, [*START, "page", "on_end_resource", *ERROR, *END]),
    "/internal": (
        200,
        [*START, "redirecting", "on_end_resource", *END, *START, "page", *FINISH, *END],
    ),
    "/streaming": (200, [*START, *FINISH, "body begins", "body ends", *END]),
    "/generating": (200, [*START, "body begins", "body ends", *FINISH, *END]),
    "/page?not=%FF": (404, ["on_start_resource", *FINISH, *END]),
    "/finalizing": (500, [*START, "page", "before_finalize", *FINISH, *END]),
}


@pytest.mark.parametrize("target", ORDER)
def test_a_request_passes_the_hook_points_in_the_documented_order(target: str) -> None:
    answer, passed = passed_by(target)
    assert (answer.code, passed) == ORDER[target]


def test_the_documented_hook_points_are_known() -> None:
    assert set(cherrypy.request.hookpoints) == set(HOOK_POINTS) == {*START, *FINISH, *ERROR, *END}


def test_the_body_is_read_between_its_hook_points() -> None:
    passed: Recorder = []

    class Root:
        @cherrypy.expose
        def index(self, name: str) -> str:
            return name

    def note(point: str) -> Callable[[], None]:
        return lambda: passed.append(f"{point} {sorted(cherrypy.request.params)}")

    config = {f"hooks.{point}": note(point) for point in START}
    assert post(mount(Root(), {"/": config}), "/", "name=bob").body == "bob"
    assert passed == [
        "on_start_resource []",
        "before_request_body []",
        "before_handler ['name']",
    ]


def test_the_stage_of_a_request_is_where_it_is() -> None:
    stages: list[Any] = []

    class Root:
        @cherrypy.expose
        def index(self) -> str:
            stages.append(cherrypy.request.stage)
            return ""

    def note() -> None:
        stages.append(cherrypy.request.stage)

    serve(mount(Root(), {"/": {f"hooks.{point}": note for point in HOOK_POINTS}}))
    assert stages == [*START, "handler", *FINISH, *END]


# When a hook raises


class Plain:
    """One page."""

    @cherrypy.expose
    def index(self) -> str:
        return "page"


@pytest.mark.parametrize("point", [*START, *FINISH])
def test_an_exception_in_a_hook_is_answered_and_the_end_is_reached(point: str) -> None:
    passed: Recorder = []

    def fail() -> None:
        raise RuntimeError("broken hook")

    app = mount(Plain(), {"/": {f"hooks.{point}": fail, **recording(passed)}})
    answer = serve(app)
    assert answer.code == 500
    assert "broken hook" in answer.body
    assert [hook for hook in passed if hook not in START] == (
        (["before_finalize"] if point == "on_end_resource" else [])
        + ([] if point == "on_end_resource" else ["on_end_resource"])
        + [*ERROR, *END]
    )


@pytest.mark.parametrize("point", [*START, "before_finalize"])
def test_a_hook_may_answer_with_an_http_error_or_a_redirect(point: str) -> None:
    def forbid() -> None:
        raise cherrypy.HTTPError(403)

    def redirect() -> None:
        raise cherrypy.HTTPRedirect("/elsewhere")

    assert serve(mount(Plain(), {"/": {f"hooks.{point}": forbid}})).code == 403
    found = serve(mount(Plain(), {"/": {f"hooks.{point}": redirect}}))
    assert (found.code, found.headers["Location"]) == (303, "http://127.0.0.1/elsewhere")


def test_an_error_in_an_error_hook_gives_a_bare_page() -> None:
    class Root:
        @cherrypy.expose
        def index(self) -> str:
            raise RuntimeError("first")

    def fail() -> None:
        raise RuntimeError("second")

    for point in ERROR:
        answer = serve(mount(Root(), {"/": {f"hooks.{point}": fail}}))
        assert answer.code == 500
        assert answer.body.startswith("Unrecoverable error in the server.")
        assert "second" in answer.body


def test_an_error_hook_may_redirect() -> None:
    class Root:
        @cherrypy.expose
        def index(self) -> str:
            raise RuntimeError("first")

    def redirect() -> None:
        raise cherrypy.HTTPRedirect("/sorry")

    answer = serve(mount(Root(), {"/": {"hooks.before_error_response": redirect}}))
    assert (answer.code, answer.headers["Location"]) == (303, "http://127.0.0.1/sorry")


def test_a_failure_at_the_end_is_logged_and_hurts_nobody(caplog: pytest.LogCaptureFixture) -> None:
    def fail() -> None:
        raise RuntimeError("too late")

    app = mount(Plain(), {"/": {"hooks.on_end_request": fail}})
    assert serve(app).body == "page"
    assert "on_end_request" in caplog.text
    assert "too late" in caplog.text


# Errors


def test_throw_errors_lets_exceptions_through_and_answers_http_errors() -> None:
    config = {"/": {"request.throw_errors": True}}
    app = mount(Site([]), config)
    with pytest.raises(RuntimeError, match="broken"):
        serve(app, "/exception")
    assert serve(app, "/http_error").code == 403


@pytest.mark.parametrize("error", [KeyboardInterrupt, SystemExit])
def test_what_ends_the_program_is_no_error_page(error: type[BaseException]) -> None:
    passed: Recorder = []

    class Root:
        @cherrypy.expose
        def index(self) -> str:
            raise error

    app = mount(Root(), {"/": recording(passed)})
    with pytest.raises(error):
        serve(app)
    assert passed == [*START, "on_end_resource", *END]


def test_a_tool_may_replace_the_error_response() -> None:
    def answer() -> None:
        cherrypy.response.status = 503
        cherrypy.response.body = b"come back later"

    def replace() -> None:
        cherrypy.request.error_response = answer

    app = mount(Site([]), {"/": {"hooks.on_start_resource": replace}})
    found = serve(app, "/exception")
    assert (found.code, found.body) == (503, "come back later")


def test_config_may_name_the_error_response() -> None:
    def answer() -> None:
        cherrypy.response.status = "503 Tired"
        cherrypy.response.body = [b"<html>", b"sorry"]

    app = mount(Site([]), {"/": {"request.error_response": answer}})
    found = serve(app, "/exception")
    assert (found.status, found.body) == ("503 Tired", "<html>sorry")


def test_a_request_ends_once() -> None:
    passed: Recorder = []
    app = mount(Plain(), {"/": recording(passed)})
    request, response = app.get_serving(LOCAL, REMOTE, "http", "HTTP/1.1")
    request.run("GET", "/", "", "HTTP/1.1", with_host((), None), reader(None))
    assert response.collapse_body() == b"page"
    app.release_serving()
    app.release_serving()
    request.close()
    assert passed.count("on_end_request") == 1


def test_each_request_is_announced_on_the_bus() -> None:
    heard: Recorder = []

    def before() -> None:
        heard.append("before")

    def after() -> None:
        heard.append("after")

    cherrypy.engine.subscribe("before_request", before)
    cherrypy.engine.subscribe("after_request", after)
    try:
        follow(mount(Site(heard)), "/page")
        follow(mount(Site(heard)), "/internal")
    finally:
        cherrypy.engine.unsubscribe("before_request", before)
        cherrypy.engine.unsubscribe("after_request", after)
    assert " ".join(heard) == ("before page after before redirecting after before page after")


# Internal redirects


def test_an_internal_redirect_is_a_new_request_that_knows_the_one_before() -> None:
    class Root:
        @cherrypy.expose
        def first(self) -> str:
            raise cherrypy.InternalRedirect("second?a=1")

        @cherrypy.expose
        def second(self, a: str) -> str:
            request = cherrypy.request
            assert request.prev.path_info == "/first"
            return f"{a} {request.path_info} {request.query_string}"

    app = mount(Root(), script_name="/app")
    assert follow(app, "/app/first").body == "1 /second a=1"


def test_an_internal_redirect_in_a_circle_is_an_error() -> None:
    class Root:
        @cherrypy.expose
        def one(self) -> str:
            raise cherrypy.InternalRedirect("/two")

        @cherrypy.expose
        def two(self) -> str:
            raise cherrypy.InternalRedirect("/one")

    answer = follow(mount(Root()), "/one")
    assert answer.code == 500
    assert "/one" in answer.body


# Streaming


def test_the_request_stays_alive_while_its_body_is_streamed() -> None:
    class Root:
        @cherrypy.expose
        @cherrypy.config(**{"response.stream": True})
        def index(self, name: str) -> Iterator[str]:
            yield cherrypy.request.params["name"]
            cherrypy.request.hooks.attach("on_end_request", lambda: passed.append("end"))

    passed: Recorder = []
    app = mount(Root())
    answer = serve(app, "/?name=bob")
    assert answer.body == "bob"
    assert "Content-Length" not in answer.headers
    assert passed == ["end"]
    assert cherrypy.request.params == {}


def test_the_streaming_example_of_the_manual_can_refuse_before_it_streams() -> None:
    allowed = False

    class Root:
        @cherrypy.expose
        def thing(self) -> Any:
            cherrypy.response.headers["Content-Type"] = "text/plain"
            if not allowed:
                raise cherrypy.NotFound()

            def content() -> Iterator[str]:
                yield "Hello, "
                yield "world"

            return content()

        thing._cp_config = {"response.stream": True}

    assert serve(mount(Root()), "/thing").code == 404
    allowed = True
    answer = serve(mount(Root()), "/thing")
    assert answer.body == "Hello, world"
    assert answer.headers["Content-Type"] == "text/plain;charset=utf-8"


# Timeouts


def test_a_request_that_has_timed_out_is_an_error() -> None:
    class Root:
        @cherrypy.expose
        def index(self) -> str:
            cherrypy.response.time -= 301
            cherrypy.response.check_timeout()
            assert cherrypy.response.timed_out
            return "too late"

    answer = serve(mount(Root()))
    assert answer.code == 500
    assert "TimeoutError" in answer.body


def test_an_unexpected_exception_is_logged_with_its_request(
    caplog: pytest.LogCaptureFixture,
) -> None:
    app = mount(Site([]))
    with caplog.at_level(logging.INFO):
        serve(app, "/exception", fields=[("X-Mine", "1")])
    assert "RuntimeError: broken" in caplog.text
    assert "X-Mine: 1" in caplog.text
