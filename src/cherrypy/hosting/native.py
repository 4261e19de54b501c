"""The native gateway: from an exchange of our server to an `Application`, with no WSGI between.

An application with WSGI middleware, and whatever foreign application is grafted
onto the tree, goes through the WSGI gateway instead; the client cannot tell.
"""

from collections.abc import Callable
from typing import Any

from ..core.application import Application
from ..core.errorpages import get_error_page
from ..core.request import Request
from ..core.tree import Tree
from ..core.wsgi import decode_path
from ..httpd import Exchange
from .bodies import RequestFile
from .environ import build_environ, decoded_path, fields_of, split_script_name
from .pathless import answer_without_path
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
        path = exchange.head.path
        if not path.startswith("/"):
            answer_without_path(exchange)
            return
        tree = self.tree()
        decoded = decoded_path(path)
        script_name = tree.script_name(decoded)
        if script_name is None:
            answer_not_found(exchange)
            return
        app = tree.apps[script_name]
        if isinstance(app, Application) and app.wsgiapp.is_plain:
            encoding = app.request_class.uri_encoding
            if encoding != "utf-8" and not decoded.isascii():
                rest = split_script_name(path, script_name)[1]
                decoded = script_name + decode_path(rest, encoding)
            serve_natively(exchange, app, decoded)
        else:
            serve_wsgi(exchange, app, build_environ(exchange, script_name))


def serve_natively(exchange: Exchange, app: Application, path: str) -> None:
    """Let *app* serve the exchange, and send its response."""
    head = exchange.head
    try:
        protocol = exchange.server.settings.protocol_version
        request, _ = app.get_serving(exchange.local, exchange.remote, exchange.scheme, protocol)
        request.source = exchange
        if head.scheme:
            # The absolute-form names the scheme too (RFC 9112, 3.2.2).
            request.base = f"{head.scheme}://{head.authority}"
        response = app.run(
            request,
            head.method,
            path,
            head.query,
            _PROTOCOLS[head.version],
            fields_of(exchange) if head.scheme else head.headers,
            RequestFile(exchange.rfile) if head.chunked or head.content_length else None,
        )
        if response.stream:
            exchange.stream(response.output_status, response.header_list, response.body)
        else:
            body = response.collapse_body()
            exchange.respond(response.output_status, response.header_list, body)
    finally:
        app.release_serving()


def environ_of(request: Request) -> dict[str, Any]:
    """Return the WSGI environ of a request that came natively; for `request.wsgi_environ`."""
    return build_environ(request.source, request.script_name)


def answer_not_found(exchange: Exchange) -> None:
    """Answer a path at which no application is."""
    body = get_error_page(404, message=f"The path {exchange.head.path!r} was not found.")
    exchange.respond(b"404 Not Found", [(b"Content-Type", b"text/html;charset=utf-8")], body)
