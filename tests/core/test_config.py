"""Configuration: where an entry may stand, which one wins, and what it does."""

import io
from pathlib import Path
from typing import Any

import pytest
from tests.core.serving import mount, serve

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
