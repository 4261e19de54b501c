"""CherryPy: a Python web framework with its own HTTP server.

    import cherrypy

    class HelloWorld:
        @cherrypy.expose
        def index(self):
            return "Hello World!"

    cherrypy.quickstart(HelloWorld())

This is the shop window: it computes nothing. What it shows is built in
`_runtime`; read that to see how the parts hang together.
"""

from . import _legacy, lib, process
from ._runtime import (
    checker,
    config,
    engine,
    log,
    quickstart,
    request,
    response,
    server,
    servers,
    serving,
    session,
    thread_data,
    tools,
    tree,
    url,
)
from .core import dispatch
from .core.application import Application
from .core.context import ThreadLocalProxy as _ThreadLocalProxy
from .core.errors import (
    CherryPyException,
    HTTPError,
    HTTPRedirect,
    InternalRedirect,
    NotFound,
    TimeoutError,
)
from .core.exposing import expose, popargs
from .core.tools import ErrorTool, HandlerTool, HandlerWrapperTool, Tool, Toolbox
from .core.version import __version__
from .hosting.timeouts import _TimeoutMonitor

globals().update(_legacy.install(__name__))

__all__ = [
    "Application",
    "CherryPyException",
    "ErrorTool",
    "HTTPError",
    "HTTPRedirect",
    "HandlerTool",
    "HandlerWrapperTool",
    "InternalRedirect",
    "NotFound",
    "TimeoutError",
    "Tool",
    "Toolbox",
    "_ThreadLocalProxy",
    "_TimeoutMonitor",
    "__version__",
    "checker",
    "config",
    "dispatch",
    "engine",
    "expose",
    "lib",
    "log",
    "popargs",
    "process",
    "quickstart",
    "request",
    "response",
    "server",
    "servers",
    "serving",
    "session",
    "thread_data",
    "tools",
    "tree",
    "url",
]
