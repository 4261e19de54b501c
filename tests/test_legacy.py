"""Historical names: each imports, each resolves, and a patch through one takes effect at home."""

import importlib
import subprocess
import sys
from typing import Any
from unittest import mock

import pytest

import cherrypy
from cherrypy import _legacy

#: By module, what existing applications import from it.
NAMES = {
    "_cpchecker": ["Checker"],
    "_cpconfig": ["Config", "environments", "merge", "reprconf"],
    "_cpdispatch": [
        "Dispatcher",
        "LateParamPageHandler",
        "PageHandler",
    ],
    "_cperror": [
        "CherryPyException",
        "HTTPError",
        "HTTPRedirect",
        "InternalRedirect",
        "NotFound",
        "TimeoutError",
        "bare_error",
        "clean_headers",
        "format_exc",
        "get_error_page",
    ],
    "_cplogging": ["LogManager", "WSGIErrorHandler", "logfmt"],
    "_cpnative_server": ["CPHTTPServer"],
    "_cpreqbody": ["Entity", "RequestBody", "process_urlencoded"],
    "_cprequest": ["Hook", "HookMap", "Request", "Response"],
    "_cpserver": ["Server"],
    "_cptools": [
        "ErrorTool",
        "HandlerTool",
        "HandlerWrapperTool",
        "Tool",
        "Toolbox",
        "default_toolbox",
    ],
    "_cptree": ["Application", "Tree"],
    "_cpwsgi": ["AppResponse", "CPWSGIApp"],
    "_cpwsgi_server": ["CPWSGIServer"],
}

#: What applications use of `cherrypy` itself.
PUBLIC = [
    "Application",
    "CherryPyException",
    "HTTPError",
    "HTTPRedirect",
    "InternalRedirect",
    "NotFound",
    "TimeoutError",
    "Tool",
    "_ThreadLocalProxy",
    "__version__",
    "checker",
    "config",
    "config.get",
    "config.namespaces",
    "config.reset",
    "config.update",
    "engine",
    "engine._do_execv",
    "engine.autoreload",
    "engine.autoreload.files",
    "engine.block",
    "engine.exit",
    "engine.listeners",
    "engine.publish",
    "engine.signal_handler",
    "engine.signals",
    "engine.start",
    "engine.state",
    "engine.states",
    "engine.stop",
    "engine.subscribe",
    "engine.timeout_monitor",
    "engine.wait",
    "expose",
    "lib.cptools",
    "lib.httputil",
    "lib.httputil.HeaderMap",
    "log",
    "log.access_log",
    "log.access_log.handlers",
    "log.access_log.propagate",
    "log.error_log",
    "log.screen",
    "popargs",
    "process.plugins.Monitor",
    "process.plugins.SimplePlugin",
    "process.servers.wait_for_occupied_port",
    "quickstart",
    "request.app",
    "request.base",
    "request.body",
    "request.config",
    "request.cookie",
    "request.handler",
    "request.headers",
    "request.hooks",
    "request.hooks.attach",
    "request.local",
    "request.login",
    "request.method",
    "request.params",
    "request.path_info",
    "request.query_string",
    "request.remote.ip",
    "request.request_line",
    "request.scheme",
    "request.unique_id",
    "request.uri_encoding",
    "request.wsgi_environ",
    "response.body",
    "response.cookie",
    "response.header_list",
    "response.headers",
    "response.status",
    "response.stream",
    "server",
    "server.base",
    "server.bind_addr",
    "server.bound_addr",
    "server.httpserver",
    "server.socket_file",
    "server.start",
    "server.using_apache",
    "server.using_wsgi",
    "server.wait",
    "servers",
    "serving",
    "serving.request",
    "thread_data",
    "tools.encode",
    "tools.encode._name",
    "tools.encode._point",
    "tools.encode._priority",
    "tools.encode.callable",
    "tree.apps",
    "tree.graft",
    "tree.mount",
    "tree.script_name",
    "url",
]


@pytest.mark.parametrize("name", sorted(_legacy.HOMES))
def test_every_historical_module_imports(name: str) -> None:
    module = importlib.import_module(f"cherrypy.{name}")
    assert module is getattr(cherrypy, name)
    assert module.__name__ == f"cherrypy.{name}"


@pytest.mark.parametrize(
    ("module", "name"),
    [(module, name) for module, names in NAMES.items() for name in names],
)
def test_what_applications_import_is_there(module: str, name: str) -> None:
    assert hasattr(importlib.import_module(f"cherrypy.{module}"), name)
    assert name in dir(importlib.import_module(f"cherrypy.{module}"))


@pytest.mark.parametrize("path", PUBLIC)
def test_what_applications_use_resolves(path: str) -> None:
    found: Any = cherrypy
    for name in path.split("."):
        found = getattr(found, name)


def test_every_name_of_the_shop_window_is_there() -> None:
    assert [name for name in cherrypy.__all__ if not hasattr(cherrypy, name)] == []


def test_the_version_is_numbers_and_dots() -> None:
    assert all(part.isdigit() for part in cherrypy.__version__.split("."))


def test_names_can_be_imported_from_historical_modules_in_a_new_process() -> None:
    program = "\n".join(
        f"from cherrypy.{module} import {name}" for module, names in NAMES.items() for name in names
    )
    program += "\nimport cherrypy._cptools\nfrom cherrypy import _cperror\n"
    program += "import cherrypy.wsgiserver\n"
    subprocess.run([sys.executable, "-W", "error", "-c", program], check=True)


def test_a_patch_through_an_alias_takes_effect_at_home(monkeypatch: pytest.MonkeyPatch) -> None:
    from cherrypy.core import errorpages

    def mine(status: Any, **texts: Any) -> bytes:
        return b"mine"

    alias: Any = importlib.import_module("cherrypy._cperror")
    with monkeypatch.context() as patch:
        patch.setattr(alias, "_PAGE", "own page")
        assert errorpages._PAGE == "own page"
        assert errorpages.get_error_page(404) == b"own page"
    assert errorpages._PAGE != "own page"
    alias.brand_new = 1
    assert alias.brand_new == 1
    del alias.brand_new
    assert not hasattr(alias, "brand_new")


def test_a_patch_lands_where_the_name_is_defined_not_where_it_is_imported(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from cherrypy.core import application, hooks, request, tree

    class Mine:
        pass

    for alias_name, name, home in (
        ("_cprequest", "HookMap", hooks),
        ("_cptree", "Application", application),
        ("_cprequest", "Request", request),
        ("_cptree", "Tree", tree),
    ):
        alias = importlib.import_module(f"cherrypy.{alias_name}")
        with monkeypatch.context() as patch:
            patch.setattr(alias, name, Mine)
            assert getattr(home, name) is Mine


def test_a_patch_is_undone_by_mock_and_by_hand() -> None:
    hooks: Any = importlib.import_module("cherrypy.core.hooks")
    alias: Any = importlib.import_module("cherrypy._cprequest")
    original = hooks.HookMap
    with mock.patch("cherrypy._cprequest.HookMap") as fake:
        assert hooks.HookMap is fake
    assert hooks.HookMap is original
    alias.HookMap = 1
    alias.HookMap = 2
    assert hooks.HookMap == 2
    alias.HookMap = original
    assert hooks.HookMap is original is alias.HookMap


def test_an_unknown_name_is_an_error_that_names_the_alias() -> None:
    alias = importlib.import_module("cherrypy._cptools")
    with pytest.raises(AttributeError, match=r"module 'cherrypy\._cptools' has no attribute 'no'"):
        alias.no  # noqa: B018 - to look it up is the test
    with pytest.raises(ImportError):
        exec("from cherrypy._cptools import no")


def test_a_class_that_was_patched_in_is_the_one_in_use(monkeypatch: pytest.MonkeyPatch) -> None:
    alias: Any = importlib.import_module("cherrypy._cpreqbody")
    processors = dict(alias.Entity.processors)
    processors["application/x-mine"] = lambda entity: None
    monkeypatch.setattr(alias.Entity, "processors", processors)
    from cherrypy.core.entity import RequestBody

    assert "application/x-mine" in RequestBody.processors


def test_aliases_are_no_files() -> None:
    for name in _legacy.HOMES:
        assert "__file__" not in vars(sys.modules[f"cherrypy.{name}"])
