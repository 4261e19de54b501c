"""The HTTP servers that `cherrypy.server` can use, by their historical names.

`CPHTTPServer` is the default: it serves applications natively, and what only
speaks WSGI through WSGI. `CPWSGIServer` serves everything through WSGI.
"""

from collections.abc import Callable
from typing import Any, Protocol

from ..core.tree import Tree
from ..httpd import Gateway, HTTPServer, Settings
from .native import NativeGateway
from .wsgi import WSGIApplication, WSGIGateway


class Adapter(Protocol):
    """What a server is made from: `cherrypy.server`, or one like it."""

    def settings(self) -> Settings:
        """Return the settings of the server."""
        ...


class SiteServer(HTTPServer):
    """Our HTTP server, made from the settings of an adapter.

    gateway: what answers the requests. server_adapter: gives the settings.
    """

    #: Gives the tree of applications; the composition root binds it.
    tree: Callable[[], Tree]

    def __init__(self, gateway: Gateway, server_adapter: Adapter) -> None:
        self.server_adapter = server_adapter
        super().__init__(gateway, server_adapter.settings())


class CPHTTPServer(SiteServer):
    """The native server (manual: 'No need for the WSGI interface?').

    server_adapter: `cherrypy.server`, or one like it.
    """

    def __init__(self, server_adapter: Adapter) -> None:
        # PERF: the bound method; CPython takes 0.1 µs longer to call an object with `__call__`.
        super().__init__(NativeGateway(type(self).tree).__call__, server_adapter)


class CPWSGIServer(SiteServer):
    """The WSGI server: every request goes through WSGI.

    server_adapter: `cherrypy.server`, or one like it.
    wsgi_app: the application; default: the tree of applications.
    """

    def __init__(self, server_adapter: Adapter, wsgi_app: WSGIApplication | None = None) -> None:
        self.wsgi_app: Any = wsgi_app
        super().__init__(WSGIGateway(self._application), server_adapter)

    def _application(self) -> WSGIApplication:
        if self.wsgi_app is None:
            return type(self).tree()
        application: WSGIApplication = self.wsgi_app
        return application
