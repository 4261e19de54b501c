"""The composition root: the only module that builds the global objects and ties them together.

Read it to see what a site consists of. Each object is built from those above it;
what a room needs of another is handed over here, so that none imports its user.
"""

import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from .core import context
from .core.application import Application
from .core.checker import Checker
from .core.config import Config
from .core.logs import LogManager
from .core.reprconf import NamespaceSet, as_dict
from .core.request import Request
from .core.response import Response
from .core.site import Site
from .core.tree import Tree
from .core.url import make_url
from .hosting.native import environ_of
from .hosting.server import Server
from .hosting.servers import SiteServer
from .hosting.timeouts import _TimeoutMonitor
from .lib import httputil, reprconf  # noqa: F401 - documented as parts of `cherrypy.lib`
from .lib.toolbox import default_toolbox
from .message.urls import Host
from .process import plugins
from .process.wspbus import Bus

request = context.request
response = context.response
session = context.session
serving = context.serving
thread_data = context.thread_data


class Engine(Bus):
    """The bus of the site, with the plugins that it has from the start."""

    autoreload: plugins.Autoreloader
    signal_handler: plugins.SignalHandler
    signals: plugins.SignalHandler
    thread_manager: plugins.ThreadManager
    timeout_monitor: _TimeoutMonitor


# The logs come first: whatever goes wrong below has a place to be told.
log = LogManager()
log.screen = True

engine = Engine()


def _log_engine(msg: str, level: int = 20) -> None:
    log(msg, "ENGINE", severity=level)


engine.subscribe("log", _log_engine)
engine.subscribe("graceful", log.reopen_files)

config = Config()
tools = default_toolbox()

engine.thread_manager = plugins.ThreadManager(engine)
engine.thread_manager.subscribe()

Server.default_bus = engine
server = Server()
server.subscribe()

#: Further servers by the name that config gives them: `server.2.socket_port`.
servers: dict[str, Server] = {}

site = Site(
    config=config,
    log=log,
    publish=engine.publish,
    listeners=engine.listeners,
    threads=engine.thread_manager.threads,
)

Application.site = site
Application.toolboxes = {"tools": tools}
FAVICON = Path(__file__).with_name("favicon.ico")
tree = Tree(Application, favicon=tools.staticfile.handler(filename=FAVICON))


def _current_tree() -> Tree:
    """Return what `cherrypy.tree` is now: an application may have put another in its place."""
    current: Tree = getattr(sys.modules.get("cherrypy"), "tree", tree)
    return current


SiteServer.tree = staticmethod(_current_tree)
Request.make_environ = staticmethod(environ_of)

engine.autoreload = plugins.Autoreloader(engine)
engine.autoreload.subscribe()
config.watch_file = engine.autoreload.files.add

engine.timeout_monitor = _TimeoutMonitor(engine, site.active.values)
engine.timeout_monitor.subscribe()

engine.signal_handler = engine.signals = plugins.SignalHandler(engine)

checker = Checker(lambda: _current_tree().apps)
engine.subscribe("start", checker)

# What the proxies show outside of a request.
context.idle.request = Request(Host("127.0.0.1", 80), Host("127.0.0.1", 1111))
context.idle.response = Response()


def url(
    path: str = "",
    qs: Any = "",
    script_name: str | None = None,
    base: str | None = None,
    relative: bool | str | None = None,
) -> str:
    """Return the URL for *path*.

    path: with a leading slash, from the root of the application; else relative
        to the current request's path. Default: the current path.
    qs: a query string, or a dict to make one of.
    script_name: the mount point; default: the current application's.
    base: what to put before the path; default: the current request's
        'http://host', or the server's outside of a request.
    relative: False for an absolute URL; True for one relative to the current
        path; 'server' for one without the host. Default: the application's
        `relative_urls`, or False.
    """
    return make_url(path, qs, script_name, base, relative, server_base=server.base)


def quickstart(root: Any = None, script_name: str = "", config: Any = None) -> None:
    """Mount *root*, start the engine with the built-in server, and block until it ends.

    root: an object with page handlers; the application.
    script_name: where it is mounted: '' or '/path'.
    config: the application's config: a dict of sections, a file name or an open
        file. A section 'global' counts for the site.
    """
    if hasattr(config, "read"):
        config = as_dict(config)  # an open file can be read but once
    if config:
        globals()["config"].update(config)
    _current_tree().mount(root, script_name, config)
    engine.signals.subscribe()
    engine.start()
    engine.block()


# The namespaces of the global config


def _set_engine(name: str, value: Any) -> None:
    """`engine.X`: an attribute of the engine or a plugin, a plugin's `on`, a signal's listeners."""
    plugin_name, dot, attribute = name.partition(".")
    if dot:
        plugin = getattr(engine, plugin_name)
        if attribute == "on":
            _switch(plugin, value)
        else:
            setattr(plugin, attribute, value)
    elif name in ("SIGHUP", "SIGTERM") or name in plugins.SignalHandler.signals.values():
        _set_listeners(name, value)
    else:
        setattr(engine, name, value)


def _switch(plugin: Any, on: Any) -> None:
    if on:
        plugin.subscribe()
    else:
        plugin.unsubscribe()


def _set_listeners(channel: str, value: Any) -> None:
    """Make *value*, a function or several, all that listens to a signal; None for nobody."""
    engine.signal_handler.handlers.pop(channel, None)
    engine.listeners[channel] = set()
    for listener in value if isinstance(value, (list, tuple)) else [value]:
        if listener is not None:
            engine.signal_handler.handlers[channel] = listener
            engine.subscribe(channel, listener)


def _set_server(name: str, value: Any) -> None:
    """`server.X`: an attribute of the server; `server.NAME.X`: of a further one of that name."""
    target = server
    if "." in name:
        server_name, name = name.split(".", 1)
        target = servers[server_name] if server_name in servers else _new_server(server_name)
    if name == "on":
        _switch(target, value)
    else:
        setattr(target, name, value)


def _new_server(name: str) -> Server:
    servers[name] = new = Server()
    new.subscribe()
    return new


def _set_tree(name: str, value: Any) -> None:
    """`tree.X`: an application to mount, or a dict of applications by script name."""
    tree = _current_tree()
    if isinstance(value, Mapping):
        for script_name, app in value.items():
            tree.graft(app, script_name)
        engine.log(f"Mounted: {value!r}")
    else:
        tree.graft(value, getattr(value, "script_name", f"/{name}"))


def _setter(target: object) -> Callable[[str, Any], None]:
    def set_attribute(name: str, value: Any) -> None:
        setattr(target, name, value)

    return set_attribute


Config.namespaces = NamespaceSet(
    engine=_set_engine,
    server=_set_server,
    log=_setter(log),
    checker=_setter(checker),
    tree=_set_tree,
)
