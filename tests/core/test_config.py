"""Configuration: where an entry may stand, which one wins, and what it does."""

import io
import logging
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any

import pytest
from tests.core.serving import mount, post, serve

import cherrypy
from cherrypy.core.reprconf import ConfigError

KEY = "my.entry"


def entry() -> str:
    """Return the entry of the current request that the tests of precedence look at."""
    return str(cherrypy.request.config.get(KEY))


class Leaf:
    """Pages two segments deep, with and without config of their own."""

    _cp_config = {KEY: "leaf class"}

    @cherrypy.expose
    def index(self) -> str:
        return entry()

    @cherrypy.expose
    def plain(self) -> str:
        return entry()

    @cherrypy.expose
    @cherrypy.config(**{KEY: "leaf function"})
    def own(self) -> str:
        return entry()


class Root:
    """Pages at the root."""

    leaf = Leaf()

    @cherrypy.expose
    def index(self) -> str:
        return entry()

    @cherrypy.expose
    def plain(self) -> str:
        return entry()

    @cherrypy.expose
    @cherrypy.config(**{KEY: "function"})
    def own(self) -> str:
        return entry()

    @cherrypy.expose
    @cherrypy.config(**{KEY: "default"})
    def default(self, *segments: str) -> str:
        return entry()


class ConfiguredRoot(Root):
    """The same below a class with config."""

    _cp_config = {KEY: "root class"}


# Each scope overrides those above it; a section counts more than the class at its own path,
# and less than what lies below.
@pytest.mark.parametrize(
    ("site", "sections", "root", "target", "expected"),
    [
        (None, {}, Root, "/", None),
        ("global", {}, Root, "/", "global"),
        ("global", {}, ConfiguredRoot, "/", "root class"),
        ("global", {"/": "section"}, Root, "/plain", "section"),
        (None, {"/": "section"}, ConfiguredRoot, "/plain", "section"),
        (None, {"/": "section", "/plain": "deeper"}, Root, "/plain", "deeper"),
        (None, {"/plain": "deeper"}, ConfiguredRoot, "/plain", "deeper"),
        (None, {"/": "section"}, Root, "/own", "function"),
        (None, {"/": "section", "/own": "own section"}, Root, "/own", "own section"),
        (None, {"/": "section"}, ConfiguredRoot, "/own", "function"),
        (None, {"/": "section"}, Root, "/leaf/", "leaf class"),
        (None, {"/leaf": "section"}, Root, "/leaf/", "section"),
        (None, {"/leaf": "section"}, Root, "/leaf/plain", "section"),
        (None, {"/leaf": "section"}, Root, "/leaf/own", "leaf function"),
        (None, {"/leaf/own": "deepest"}, Root, "/leaf/own", "deepest"),
        (None, {"/leaf/index": "index section"}, Root, "/leaf/", "index section"),
        (None, {"/": "section"}, Root, "/any/thing", "default"),
        (None, {"/any": "section"}, Root, "/any/thing", "section"),
        (None, {"/any/thing": "section"}, Root, "/any/thing", "section"),
        (None, {"/anything": "section", "/an": "section"}, Root, "/any", "default"),
        (None, {"leaf": "no path", "Databases": "no path"}, Root, "/plain", None),
    ],
)
def test_the_entry_that_is_nearest_to_the_page_wins(
    site: str | None, sections: dict[str, str], root: type, target: str, expected: str | None
) -> None:
    if site is not None:
        cherrypy.config.update({KEY: site})
    config = {path: {KEY: value} for path, value in sections.items()}
    assert serve(mount(root(), config), target).body == str(expected)


def test_an_entry_may_be_given_beside_its_section() -> None:
    assert serve(mount(Root(), {KEY: "flat"}), "/").body == "flat"


def test_applications_do_not_see_the_config_of_each_other() -> None:
    one, other = mount(Root(), {"/": {KEY: "one"}}), mount(Root(), script_name="/other")
    assert serve(one, "/").body == "one"
    assert serve(other, "/other/").body == "None"


def test_the_config_of_an_application_can_be_read_by_its_pages() -> None:
    class Reading:
        @cherrypy.expose
        def index(self) -> str:
            return str(cherrypy.request.app.config["googleapi"]["appid"])

    assert serve(mount(Reading(), {"googleapi": {"key": "...", "appid": "5"}})).body == "5"


# What is changed while it runs


def test_config_that_is_changed_while_it_runs_takes_effect_at_once() -> None:
    root = ConfiguredRoot()
    app = mount(Root(), {"/": {}})
    assert serve(app, "/plain").body == "None"
    cherrypy.config.update({KEY: "updated"})
    assert serve(app, "/plain").body == "updated"
    cherrypy.config[KEY] = "set"
    assert serve(app, "/plain").body == "set"
    app.merge({"/": {KEY: "merged"}})
    assert serve(app, "/plain").body == "merged"
    app.config["/plain"] = {KEY: "new section"}
    assert serve(app, "/plain").body == "new section"
    app.config["/plain"][KEY] = "changed section"
    assert serve(app, "/plain").body == "changed section"
    del app.config["/plain"]
    del app.config["/"][KEY]
    del cherrypy.config[KEY]
    assert serve(app, "/plain").body == "None"
    app.root = root
    assert serve(app, "/plain").body == "root class"


def test_a_changed_config_of_a_handler_takes_effect_at_once() -> None:
    class Changing:
        _cp_config: dict[str, Any] = {}

        @cherrypy.expose
        @cherrypy.config(**{KEY: "first"})
        def index(self) -> str:
            return entry()

    app = mount(Changing())
    assert serve(app).body == "first"
    Changing.index._cp_config[KEY] = "second"
    assert serve(app).body == "second"
    Changing.index._cp_config = {}
    assert serve(app).body == "None"
    Changing._cp_config["response.headers.X-Mine"] = "1"
    assert serve(app).headers["X-Mine"] == "1"
    Changing._cp_config = {"response.headers.X-Mine": "2"}
    assert serve(app).headers["X-Mine"] == "2"
    del Changing.index._cp_config
    assert serve(app).headers["X-Mine"] == "2"


def test_reset_goes_back_to_the_defaults() -> None:
    cherrypy.config.update({KEY: "x", "tools.encode.on": False})
    assert "charset" not in serve(mount(type("R", (), {"index": page})())).headers["Content-Type"]
    cherrypy.config.reset()
    assert cherrypy.config["tools.encode.on"]
    assert KEY not in cherrypy.config
    assert serve(mount(Root())).headers["Content-Type"] == "text/html;charset=utf-8"


@cherrypy.expose
def page(self: object) -> bytes:
    return b"page"


# Files


SHARED = """
[global]
my.entry: "global"
server.thread_pool: 7

[/]
my.entry: "section"

[/plain]
response.headers.X-Mine: "file"

[Databases]
driver: "postgres"
port: 5432
"""


def test_one_file_may_hold_the_config_of_site_and_application(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cherrypy.server, "thread_pool", 10)
    path = tmp_path / "site.conf"
    path.write_text(SHARED)
    cherrypy.config.update(str(path))
    assert cherrypy.config[KEY] == "global"
    assert cherrypy.server.thread_pool == 7
    assert "/" not in cherrypy.config
    assert "Databases" not in cherrypy.config
    for config in (str(path), io.StringIO(SHARED), io.BytesIO(SHARED.encode())):
        app = mount(Root(), config)
        assert serve(app, "/plain").body == "section"
        assert serve(app, "/plain").headers["X-Mine"] == "file"
        assert app.config["Databases"] == {"driver": "postgres", "port": 5432}
    assert serve(mount(Root()), "/").body == "global"


def test_a_config_file_is_watched_for_changes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    watched: list[str] = []
    monkeypatch.setattr(cherrypy.config, "watch_file", watched.append)
    path = tmp_path / "site.conf"
    path.write_text("[global]\nmy.entry: 1\n")
    cherrypy.config.update(str(path))
    assert watched == [str(path)]


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("[/]\ntools.encode.on: yes!\n", ["'/'", "tools.encode.on", "yes!"]),
        ("[/path]\nkey = 'unended\n", ["'/path'", "key"]),
        ("[/]\nrequest.dispatch: no.such.module()\n", ["'/'", "request.dispatch", "no"]),
        ("[/]\nkey 1\n", ["'/'", "line 2"]),
        ("key: 1\n", ["line 1"]),
    ],
)
def test_a_mistake_in_a_file_names_its_place(text: str, parts: list[str], tmp_path: Path) -> None:
    path = tmp_path / "mistake.conf"
    path.write_text(text)
    for take in (cherrypy.config.update, mount(None).merge):
        with pytest.raises(ConfigError) as caught:
            take(str(path))
        for part in ["mistake.conf", *parts]:
            assert part in str(caught.value)


# Environments


def test_an_environment_stands_for_other_entries() -> None:
    cherrypy.config.update({"environment": "production", "request.show_tracebacks": True})
    assert cherrypy.config["request.show_mismatched_params"] is False
    assert cherrypy.config["request.show_tracebacks"] is True
    assert cherrypy.config["tools.log_headers.on"] is False
    with pytest.raises(ConfigError, match=r"'Lab'.*'production'"):
        cherrypy.config.update({"environment": "Lab"})


def test_production_shows_no_traceback() -> None:
    class Failing:
        @cherrypy.expose
        def index(self) -> str:
            raise RuntimeError("secret")

    assert "secret" in serve(mount(Failing())).body
    monitor = cherrypy.engine.autoreload
    checking = cherrypy.checker.on
    try:
        cherrypy.config.update({"environment": "production"})
        assert not cherrypy.checker.on
        assert "secret" not in serve(mount(Failing())).body
    finally:
        cherrypy.checker.on = checking
        monitor.subscribe()


def test_environments_can_be_changed_and_added_as_the_manual_shows() -> None:
    import cherrypy._cpconfig  # type: ignore[import-not-found]  # registered at run time

    environments = cherrypy._cpconfig.environments
    assert environments is cherrypy.config.environments
    environments["Greek"] = {
        "tools.encode.encoding": "ISO-8859-7",
        "tools.decode.encoding": "ISO-8859-7",
    }
    cherrypy.config.update({"environment": "Greek"})
    assert cherrypy.config["tools.encode.encoding"] == "ISO-8859-7"
    assert set(environments) >= {"staging", "production", "embedded", "test_suite"}


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
    [called, "tests.core.test_config.called", cherrypy._cprequest.Hook(called)],  # type: ignore[attr-defined]  # registered at run time
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
    app.merge({"/path": {KEY: 1}})
    assert app.wsgiapp.pipeline == [("mine", middleware)]
    assert app.wsgiapp.config == {"mine": {"colour": "red"}}
