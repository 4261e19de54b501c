"""The native gateway: from an exchange of our server to an `Application`, with no WSGI between.

An application with WSGI middleware, and whatever foreign application is grafted
onto the tree, goes through the WSGI gateway instead; the client cannot tell.
"""

from collections.abc import Callable
from typing import Any

from ..core.application import Application
from ..core.errorpages import get_error_page
from ..core.request import Request
from ..core.response import Response
from ..core.tree import Tree
from ..httpd import Exchange
from .bodies import RequestFile
from .environ import build_environ, decoded_path
from .wsgi import serve_wsgi

_PROTOCOLS = {(1, 0): "HTTP/1.0", (1, 1): "HTTP/1.1"}


class NativeGateway:
    """Serves exchanges by the application that their path leads to.

    tree: gives the tree of applications; asked for each request, since an
        application may put another in its place.
    """

    def __init__(self, tree: Callable[[], Tree]) -> None:
        self.tree = tree

    def __call__(self, exchange: Exchange) -> None:
        """Answer *exchange*."""
        head = exchange.head
        if not head.path.startswith("/"):
            answer_without_path(exchange)
            return
        path = decoded_path(head.path)
        tree = self.tree()
        script_name = None if path is None else tree.script_name(path)
        if path is None or script_name is None:
            answer_not_found(exchange)
            return
        app = tree.apps[script_name]
        if isinstance(app, Application) and app.wsgiapp.is_plain:
            serve_natively(exchange, app, path)
        else:
            environ = build_environ(exchange, script_name, path[len(script_name) :])
            serve_wsgi(exchange, app, environ)


def serve_natively(exchange: Exchange, app: Application, path: str) -> None:
    """Let *app* serve the exchange, and send its response."""
    head = exchange.head
    try:
        request, _ = app.get_serving(exchange.local, exchange.remote, exchange.scheme, "HTTP/1.1")
        request.source = exchange
        if head.authority and head.method != "CONNECT":
            # RFC 9112, 3.2.2: an absolute-form target overrides the Host field.
            request.base = f"{head.scheme}://{head.authority}"
        response = app.run(
            request,
            head.method,
            path,
            head.query,
            _PROTOCOLS[head.version],
            head.headers,
            RequestFile(exchange.rfile) if head.chunked or head.content_length else None,
        )
        _send(exchange, response)
    finally:
        app.release_serving()


def environ_of(request: Request) -> dict[str, Any]:
    """Return the WSGI environ of a request that came natively; for `request.wsgi_environ`."""
    environ = build_environ(request.source, request.script_name, request.path_info)
    if request.prev is not None:
        environ["REQUEST_METHOD"] = request.method
        environ["QUERY_STRING"] = request.query_string
    return environ


def _send(exchange: Exchange, response: Response) -> None:
    if response.stream:
        exchange.stream(response.output_status, response.header_list, response.body)
    else:
        exchange.respond(response.output_status, response.header_list, response.collapse_body())


def answer_not_found(exchange: Exchange) -> None:
    """Answer a path at which no application is."""
    body = get_error_page(404, message=f"The path {exchange.head.path!r} was not found.")
    exchange.respond(b"404 Not Found", [(b"Content-Type", b"text/html;charset=utf-8")], body)


def answer_without_path(exchange: Exchange) -> None:
    """Answer a target that names no resource of ours."""
    if exchange.head.method == "OPTIONS":
        # RFC 9110, 9.3.7: 'OPTIONS *' asks about the server itself.
        exchange.respond(
            b"204 No Content", [(b"Allow", b"GET, HEAD, POST, PUT, DELETE, OPTIONS")], b""
        )
        return
    # The authority-form of CONNECT asks for a tunnel (RFC 9110, 9.3.6).
    body = get_error_page(405, message="This server is the origin of its pages, and no proxy.")
    headers = [(b"Content-Type", b"text/html;charset=utf-8"), (b"Allow", b"GET, HEAD, POST")]
    exchange.respond(b"405 Method Not Allowed", headers, body)
