"""The server a test case talks to: started before its tests, gone and forgotten after them.

The server runs in the test's own process, so everything that the application under test has
set is put back when it stops: configuration, mounted applications, listeners of the engine,
attributes of the server and of the log. The names are those of `cherrypy.test.helper`.
"""

import sys
from collections.abc import Callable
from typing import Any

import cherrypy

# Attributes of the log that an application's configuration may set.
LOG_SETTINGS = ("screen", "error_file", "access_file", "wsgi")


class Supervisor:
    """Base of what starts and stops the server of a test case.

    Every keyword argument becomes an attribute.
    """

    def __init__(self, **kwargs: Any) -> None:
        for name, value in kwargs.items():
            setattr(self, name, value)

    def __str__(self) -> str:
        settings = ", ".join(f"{name}={value!r}" for name, value in vars(self).items())
        return f"{type(self).__name__}({settings})"


class LocalSupervisor(Supervisor):
    """Runs `cherrypy.server` in this process, as its `httpserver_class` says."""

    using_apache = False
    using_wsgi = False
    httpserver_class: Any = None

    host = "127.0.0.1"
    port = 0  # one that is free when the server starts

    def start(self, modulename: str | None = None) -> None:
        """Start the engine, and with it the server; return when requests are answered.

        `modulename` is accepted for supervisors that run a module in another process.
        """
        server = cherrypy.server
        server.httpserver = self.httpserver_class
        server.using_wsgi = self.using_wsgi
        server.using_apache = self.using_apache
        server.subscribe()
        cherrypy.engine.start()
        # NOTE: kept, so that a test which restarts the engine finds it at the same address.
        server.socket_port = self.port = server.bound_addr[1]

    def stop(self) -> None:
        """Stop the engine and every server that was subscribed to it."""
        cherrypy.engine.exit()
        for server in list(cherrypy.servers.values()):
            server.unsubscribe()
        cherrypy.servers.clear()
        cherrypy.engine.state = cherrypy.engine.states.STOPPED


class NativeServerSupervisor(LocalSupervisor):
    """Runs the HTTP server that hands its requests to applications directly."""

    httpserver_class = "cherrypy._cpnative_server.CPHTTPServer"

    def __str__(self) -> str:
        return f"Builtin HTTP server on {self.host}:{self.port}"


class LocalWSGISupervisor(LocalSupervisor):
    """Runs the HTTP server that calls the tree of applications as WSGI does."""

    using_wsgi = True
    httpserver_class = "cherrypy._cpwsgi_server.CPWSGIServer"

    def __str__(self) -> str:
        return f"Builtin WSGI server on {self.host}:{self.port}"


class SavedState:
    """What the globals hold before a test case, to be put back after it."""

    def __init__(self) -> None:
        self._server = dict(vars(cherrypy.server))
        self._log = {name: getattr(cherrypy.log, name) for name in LOG_SETTINGS}
        self._apps = dict(cherrypy.tree.apps)
        self._namespaces = dict(cherrypy.config.namespaces)
        self._listeners = {name: set(heard) for name, heard in cherrypy.engine.listeners.items()}

    def restore(self) -> None:
        """Make the globals what they were."""
        cherrypy.config.reset()
        self._restore_listeners()
        _replace(vars(cherrypy.server), self._server)
        _replace(cherrypy.tree.apps, self._apps)
        _replace(cherrypy.config.namespaces, self._namespaces)
        for name, value in self._log.items():
            setattr(cherrypy.log, name, value)

    def _restore_listeners(self) -> None:
        for channel, listeners in list(cherrypy.engine.listeners.items()):
            saved = self._listeners.get(channel, set())
            for listener in set(listeners) - saved:
                cherrypy.engine.unsubscribe(channel, listener)
            for listener in saved - set(listeners):
                _subscribe_again(channel, listener)


def _subscribe_again(channel: str, listener: Callable[..., Any]) -> None:
    """Turn on the plugin whose method the listener is, or else let the function listen."""
    owner: Any = getattr(listener, "__self__", None)
    if hasattr(owner, "subscribe"):
        owner.subscribe()
    else:
        cherrypy.engine.subscribe(channel, listener)


def _replace(values: dict[str, Any], saved: dict[str, Any]) -> None:
    values.clear()
    values.update(saved)


def log_to_stderr(msg: str, level: int) -> None:
    """Write a message of the engine to stderr; a listener for its 'log' channel."""
    sys.stderr.write(f"{msg}\n")
