"""The names that are right in every thread: request, response, serving, session, thread_data."""

import threading
from collections.abc import Callable
from typing import Any

import pytest
from tests.core.serving import LOCAL, REMOTE, borrowed, mount, serve

import cherrypy
from cherrypy.core.context import ThreadLocalProxy


class Root:
    """A page that shows the request that it is called for."""

    @cherrypy.expose
    def index(self, name: str = "") -> str:
        assert name == cherrypy.request.params.get("name", "")
        return f"{cherrypy.request.method} {name}"


def in_thread(function: Callable[[], Any]) -> Any:
    """Return what *function* returns in a thread of its own."""
    results: list[Any] = []

    def run() -> None:
        with borrowed():
            results.append(function())

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    return results[0]


def test_outside_of_a_request_the_names_show_the_defaults() -> None:
    assert cherrypy.response.stream is False
    assert cherrypy.response.status is None
    assert cherrypy.response.timeout == 300
    assert cherrypy.request.method == "GET"
    assert cherrypy.request.app is None
    assert cherrypy.request.params == {}
    assert cherrypy.request.show_tracebacks is True
    assert cherrypy.request.local.port == 80
    assert in_thread(lambda: cherrypy.response.stream) is False


def test_outside_of_a_session_there_is_none() -> None:
    with pytest.raises(AttributeError, match="session"):
        cherrypy.session["key"]
    assert not hasattr(cherrypy.serving, "session")


def test_the_names_show_the_request_of_their_thread() -> None:
    app = mount(Root())
    request, response = app.get_serving(LOCAL, REMOTE, "https", "HTTP/1.1")
    try:
        assert cherrypy.serving.request is request
        assert cherrypy.serving.response is response
        assert cherrypy.request.scheme == "https"
        cherrypy.request.colour = "red"
        assert request.colour == "red"
        assert in_thread(lambda: hasattr(cherrypy.request, "colour")) is False
        del cherrypy.request.colour
        assert not hasattr(request, "colour")
    finally:
        app.release_serving()
    assert cherrypy.serving.request is not request
    assert cherrypy.request.scheme == "http"


def test_requests_in_several_threads_do_not_see_each_other() -> None:
    barrier = threading.Barrier(4)

    class Meeting:
        @cherrypy.expose
        def index(self, name: str) -> str:
            barrier.wait(10)
            cherrypy.response.headers["X-Name"] = name
            barrier.wait(10)
            return str(cherrypy.request.params["name"] + cherrypy.response.headers["X-Name"])

    app = mount(Meeting())
    bodies: list[str] = []

    def ask(name: str) -> None:
        with borrowed():
            bodies.append(serve(app, f"/?name={name}").body)

    threads = [threading.Thread(target=ask, args=(name,)) for name in "abcd"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(bodies) == ["aa", "bb", "cc", "dd"]


def test_serving_can_be_loaded_and_cleared_by_hand() -> None:
    app = mount(Root())
    request, response = cherrypy.request.__class__, cherrypy.response.__class__
    made = app.request_class(LOCAL, REMOTE), app.response_class()
    cherrypy.serving.load(*made)
    try:
        assert (cherrypy.serving.request, cherrypy.serving.response) == made
        cherrypy.serving.session = {"user": "bob"}
        assert cherrypy.session["user"] == "bob"
        cherrypy.serving.extra = 1
    finally:
        cherrypy.serving.clear()
    assert not hasattr(cherrypy.serving, "extra")
    assert (cherrypy.serving.request, cherrypy.serving.response) != made
    assert (request, response) == (cherrypy.request.__class__, cherrypy.response.__class__)


def test_a_proxy_behaves_as_what_it_stands_for() -> None:
    proxy = ThreadLocalProxy("things")
    cherrypy.serving.load(None, None)
    try:
        cherrypy.serving.things = things = {"a": 1}
        assert proxy["a"] == 1
        proxy["b"] = 2
        assert things == {"a": 1, "b": 2}
        del proxy["a"]
        assert "a" not in proxy
        assert "b" in proxy
        assert list(proxy) == ["b"]
        assert len(proxy) == 1
        assert bool(proxy)
        assert proxy.get("b") == 2
        assert "update" in dir(proxy)
        assert repr(proxy) == "<proxy of things: {'b': 2}>"
        things.clear()
        assert not proxy
    finally:
        cherrypy.serving.clear()
    with pytest.raises(AttributeError, match="things"):
        proxy["a"]


def test_thread_data_belongs_to_one_thread() -> None:
    cherrypy.thread_data.db = "mine"
    try:
        assert in_thread(lambda: hasattr(cherrypy.thread_data, "db")) is False
        assert cherrypy.thread_data.db == "mine"
        serve(mount(Root()))
        assert cherrypy.thread_data.db == "mine"
    finally:
        cherrypy.thread_data.clear()
    assert not hasattr(cherrypy.thread_data, "db")


def test_thread_data_is_filled_by_a_listener_as_a_thread_starts() -> None:
    def connect(thread_index: int) -> None:
        cherrypy.thread_data.db = f"connection {thread_index}"

    class Reading:
        @cherrypy.expose
        def index(self) -> str:
            return str(cherrypy.thread_data.db)

    cherrypy.engine.subscribe("start_thread", connect)
    try:
        assert in_thread(lambda: serve(mount(Reading())).body).startswith("connection ")
    finally:
        cherrypy.engine.unsubscribe("start_thread", connect)


def test_a_request_is_forgotten_however_it_ends() -> None:
    class Failing:
        @cherrypy.expose
        def index(self) -> str:
            raise KeyboardInterrupt

    app = mount(Failing(), {"/": {"hooks.on_end_request": lambda: 1 / 0}})
    with pytest.raises(KeyboardInterrupt):
        serve(app)
    assert cherrypy.request.app is None
    assert threading.get_ident() not in app.site.active
