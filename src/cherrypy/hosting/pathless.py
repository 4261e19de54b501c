"""Requests that are not about a page of ours: 'OPTIONS *', and tunnels.

No application is asked: none of them is at a path that such a target names.
"""

from ..core.errorpages import get_error_page
from ..httpd import Exchange


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
