"""Namespaces of configuration: what the entries of each do, and how to add one's own."""

import logging
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any

import pytest
from tests.core.serving import mount, post, serve

import cherrypy


class Leaf:
    """A page one segment below the root."""

    @cherrypy.expose
    def plain(self) -> str:
        return "plain"


class Root(Leaf):
    """The same page at the root."""

    leaf = Leaf()


# Namespaces of requests


def test_request_entries_set_attributes_of_the_request() -> None:
    class Reading:
        @cherrypy.expose
        def index(self) -> str:
            return f"{cherrypy.request.db} {cherrypy.request.show_tracebacks}"

    config = {"/": {"request.db": "mine", "request.show_tracebacks": False}}
    assert serve(mount(Reading(), config)).body == "mine False"


def test_methods_with_bodies_come_from_config_as_in_the_manual() -> None:
    class SetOPages:
        _cp_config = {"request.methods_with_bodies": ("POST", "PUT", "PROPPATCH")}

        @cherrypy.expose
        def page(self, a: str = "nothing") -> str:
            return a

    app = mount(SetOPages())
    assert post(app, "/page", "a=1", "PROPPATCH").body == "1"
    assert post(app, "/page", "a=1", "PATCH").body == "nothing"


def test_request_body_entries_set_attributes_of_the_body() -> None:
    class Reading:
        @cherrypy.expose
        def index(self, name: str) -> str:
            return name

    config = {"/": {"request.body.attempt_charsets": ["latin-1"]}}
    assert post(mount(Reading(), config), "/", "name=%E4").body == "ä"
    assert post(mount(Reading()), "/", "name=%E4").code == 400
    limited = mount(Reading(), {"/": {"request.body.maxbytes": 3}})
    assert post(limited, "/", "name=too+long").code == 413


def test_response_entries_set_attributes_and_headers() -> None:
    config = {
        "/": {"response.headers.server": "Mine", "response.headers.X-Number": 3},
        "/plain": {"response.timeout": 5, "response.status": "299 Fine"},
    }
    answer = serve(mount(Root(), config), "/plain")
    assert (answer.headers["Server"], answer.headers["X-Number"]) == ("Mine", "3")
    assert answer.status == "299 Fine"


def called() -> None:
    """Leave a mark; named in config by its dotted name."""
    cherrypy.response.headers["X-Called"] = "yes"


@pytest.mark.parametrize(
    "value",
    [called, "tests.core.test_namespaces.called", cherrypy._cprequest.Hook(called)],  # type: ignore[attr-defined]  # registered at run time
)
def test_hooks_entries_hang_functions_on_hook_points(value: Any) -> None:
    answer = serve(mount(Root(), {"/": {"hooks.before_finalize": value}}), "/plain")
    assert answer.headers["X-Called"] == "yes"


def test_error_pages_come_from_functions_files_and_the_default(tmp_path: Path) -> None:
    file = tmp_path / "page.html"
    file.write_text("<b>%(status)s</b> %(message)s")

    class Failing:
        @cherrypy.expose
        def index(self, code: str) -> str:
            raise cherrypy.HTTPError(int(code), "<why>")

    app = mount(
        Failing(),
        {
            "/": {
                "error_page.403": lambda **texts: f"own {texts['status']}",
                "error_page.410": str(file),
                "error_page.default": lambda **texts: b"default",
            }
        },
    )
    assert serve(app, "/?code=403").body == "own 403 Forbidden"
    assert serve(app, "/?code=410").body == "<b>410 Gone</b> &lt;why&gt;"
    assert serve(app, "/?code=500").body == "default"
    assert serve(app, "/nowhere").body == "default"


def test_an_error_page_for_no_status_is_a_mistake_that_is_named() -> None:
    answer = serve(mount(Root(), {"/": {"error_page.not_found": "file"}}))
    assert answer.code == 500
    assert "error_page.not_found names no status" in answer.body


# Namespaces of one's own


Handed = list[tuple[str, Any]]


class Collecting:
    """A namespace handler that is a context manager: it knows the first entry and the last."""

    def __init__(self, handed: Handed) -> None:
        self.handed = handed

    def __enter__(self) -> Callable[[str, Any], None]:
        self.handed.append(("enter", None))
        return lambda key, value: self.handed.append((key, value))

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.handed.append(("exit", None))


def plain(handed: Handed) -> Any:
    return lambda key, value: handed.append((key, value))


@pytest.fixture(params=[plain, Collecting])
def handler(request: pytest.FixtureRequest) -> tuple[Any, Handed]:
    """Give a namespace handler of either kind, and what it is handed, without the marks."""
    handed: Handed = []
    return request.param(handed), handed


def entries(handed: Handed) -> Handed:
    found = [pair for pair in handed if pair[0] not in ("enter", "exit")]
    if len(found) != len(handed):
        assert handed[0] == ("enter", None)
        assert handed[-1] == ("exit", None)
    return found


def test_a_namespace_of_the_site_is_called_by_update(handler: tuple[Any, Handed]) -> None:
    function, handed = handler
    cherrypy.config.namespaces["db"] = function
    cherrypy.config.update({"db.connstring": "Oracle:host=1.10.100.200;sid=TEST", "other.x": 1})
    assert entries(handed) == [("connstring", "Oracle:host=1.10.100.200;sid=TEST")]


def test_a_namespace_of_an_application_is_called_by_merge(handler: tuple[Any, Handed]) -> None:
    function, handed = handler
    app = mount(Root())
    app.namespaces["db"] = function
    app.merge({"/": {"db.connstring": "x", "db.deep.key": 2}, "/path": {"db.not": 1}})
    assert entries(handed) == [("connstring", "x"), ("deep.key", 2)]


def test_a_namespace_of_requests_is_called_for_each_request(handler: tuple[Any, Handed]) -> None:
    function, handed = handler
    app = mount(Root(), {"/": {"db.connstring": "x"}, "/leaf": {"db.deep": 2}})
    serve(app, "/plain")
    assert handed == []
    app.request_class.namespaces["db"] = function
    serve(app, "/plain")
    assert entries(handed) == [("connstring", "x")]
    handed.clear()
    serve(app, "/leaf/plain")
    assert entries(handed) == [("connstring", "x"), ("deep", 2)]
    del app.request_class.namespaces["db"]
    handed.clear()
    serve(app, "/plain")
    assert handed == []


def test_a_namespace_may_be_replaced_while_it_runs() -> None:
    first: Handed = []
    second: Handed = []
    app = mount(Root(), {"/": {"db.key": 1}})
    for handed in (first, second):
        app.request_class.namespaces["db"] = plain(handed)
        serve(app, "/plain")
    assert first == second == [("key", 1)]


def test_a_namespace_can_coerce_parameters_as_the_manual_promises() -> None:
    class Raw:
        @cherrypy.expose
        def incr(self, num: int) -> str:
            return str(num + 1)

    class Coercing:
        """Convert parameters, and upper-case what the page returns."""

        def __enter__(self) -> Callable[[str, Any], None]:
            self.types: dict[str, Any] = {}
            return self.types.__setitem__

        def __exit__(self, *failure: object) -> None:
            types = dict(self.types)

            def coerce() -> None:
                params = cherrypy.request.params
                for name, convert in types.items():
                    params[name] = convert(params[name])

            cherrypy.request.hooks.attach("before_handler", coerce)

    app = mount(Raw(), {"/incr": {"raw.num": int}})
    app.request_class.namespaces["raw"] = Coercing()
    for _ in range(2):
        assert serve(app, "/incr?num=12").body == "13"


# Namespaces of the site


def test_engine_entries_set_attributes_of_the_engine_and_its_plugins(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(cherrypy.engine.autoreload, "frequency", 1)
    cherrypy.config.update({"engine.autoreload.frequency": 60, "engine.colour": "red"})
    assert cherrypy.engine.autoreload.frequency == 60
    assert cherrypy.engine.colour == "red"  # type: ignore[attr-defined]  # set above
    del cherrypy.engine.colour  # type: ignore[attr-defined]  # likewise


def test_plugins_are_switched_by_config() -> None:
    start = cherrypy.engine.listeners["start"]
    plugin = cherrypy.engine.autoreload
    assert plugin.start in start
    cherrypy.config.update({"engine.autoreload.on": False})
    assert plugin.start not in start
    cherrypy.config.update({"engine.autoreload.on": True})
    assert plugin.start in start


def test_server_entries_set_attributes_of_the_server(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("socket_port", "thread_pool"):
        monkeypatch.setattr(cherrypy.server, name, getattr(cherrypy.server, name))
    cherrypy.config.update({"server.socket_port": 8099, "server.thread_pool": 3})
    assert (cherrypy.server.socket_port, cherrypy.server.thread_pool) == (8099, 3)


def test_further_servers_come_from_config() -> None:
    cherrypy.config.update({"server.2.socket_port": 8098, "server.2.thread_pool": 4})
    second = cherrypy.servers["2"]
    try:
        assert (second.socket_port, second.thread_pool) == (8098, 4)
        assert second.start in cherrypy.engine.listeners["start"]
        cherrypy.config.update({"server.2.on": False})
        assert second.start not in cherrypy.engine.listeners["start"]
        assert cherrypy.server.socket_port != 8098
    finally:
        second.unsubscribe()


def test_log_entries_set_attributes_of_the_log(tmp_path: Path) -> None:
    site, own = tmp_path / "site.log", tmp_path / "own.log"
    cherrypy.config.update({"log.error_file": str(site), "log.screen": False})
    try:
        app = mount(Root(), {"/": {"log.error_file": str(own)}})
        app.log("for both", severity=logging.WARNING)
        cherrypy.log("for the site")
        app.log.error_file = ""
    finally:
        cherrypy.log.error_file = ""
    assert "for both" in own.read_text()
    assert "for the site" not in own.read_text()
    assert "for both" in site.read_text()
    assert "for the site" in site.read_text()


def test_checker_entries_switch_checks_off(monkeypatch: pytest.MonkeyPatch) -> None:
    checker: Any = cherrypy.checker
    monkeypatch.setattr(checker, "on", True)
    cherrypy.config.update({"checker.check_skipped_app_config": False, "checker.on": False})
    assert checker.on is False
    assert checker.check_skipped_app_config is False
    del checker.check_skipped_app_config


def test_tree_entries_mount_applications() -> None:
    app = mount(Root(), script_name="/shop")
    cherrypy.config.update({"tree.shop": app})
    assert cherrypy.tree.apps["/shop"] is app
    cherrypy.config.update({"tree.apps": {"/a": app, "/b": app}})
    assert cherrypy.tree.apps["/a"] is cherrypy.tree.apps["/b"] is app


def test_wsgi_entries_are_taken_once() -> None:
    def middleware(nextapp: Any, **arguments: Any) -> Any:
        return nextapp

    config = {"/": {"wsgi.pipeline": [("mine", middleware)], "wsgi.mine.colour": "red"}}
    app = mount(Root(), config)
    app.merge({"/path": {"my.entry": 1}})
    assert app.wsgiapp.pipeline == [("mine", middleware)]
    assert app.wsgiapp.config == {"mine": {"colour": "red"}}
