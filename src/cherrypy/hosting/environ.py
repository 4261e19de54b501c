"""The WSGI environ of an exchange (PEP 3333, 'environ Variables')."""

import sys
from typing import Any

from ..httpd import Exchange
from ..message.urls import unquote_path

VERSION = (1, 0)


def build_environ(exchange: Exchange, script_name: str, raw_path: str) -> dict[str, Any]:
    """Return the environ of *exchange* for an application at *script_name*.

    script_name: decoded. raw_path: the decoded path below it.

    NOTE: as PEP 3333 has it, text stands for bytes, one character each (ISO-8859-1).
    """
    head = exchange.head
    environ: dict[str, Any] = {
        "REQUEST_METHOD": head.method,
        "SCRIPT_NAME": _as_wsgi(script_name),
        "PATH_INFO": _as_wsgi(raw_path),
        "QUERY_STRING": head.query,
        "REQUEST_URI": head.target,
        "SERVER_NAME": exchange.local[0] or "localhost",
        "SERVER_PORT": str(exchange.local[1] or 80),
        "SERVER_PROTOCOL": f"HTTP/{head.version[0]}.{head.version[1]}",
        "ACTUAL_SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": exchange.remote[0],
        "REMOTE_PORT": str(exchange.remote[1]),
        "wsgi.version": VERSION,
        "wsgi.url_scheme": exchange.scheme,
        "wsgi.input": exchange.rfile,
        "wsgi.input_terminated": True,
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }
    _add_fields(environ, head.headers)
    if head.content_length is not None:
        environ["CONTENT_LENGTH"] = str(head.content_length)
    return environ


def _as_wsgi(text: str) -> str:
    return text if text.isascii() else text.encode("utf-8").decode("latin-1")


def _add_fields(environ: dict[str, Any], fields: list[tuple[bytes, bytes]]) -> None:
    for raw_name, raw_value in fields:
        if b"_" in raw_name:
            # SECURITY: X_User would come out as HTTP_X_USER, the key of the proxy's X-User.
            continue
        name = raw_name.decode("latin-1").upper().replace("-", "_")
        value = raw_value.decode("latin-1")
        if name == "CONTENT_TYPE":
            environ["CONTENT_TYPE"] = value
        elif name != "CONTENT_LENGTH":
            _add_field(environ, f"HTTP_{name}", value)


def _add_field(environ: dict[str, Any], key: str, value: str) -> None:
    if key in environ:
        separator = "; " if key == "HTTP_COOKIE" else ", "
        value = f"{environ[key]}{separator}{value}"
    environ[key] = value


def decoded_path(raw_path: str) -> str | None:
    """Return a request's path decoded, with '%2F' kept; None if it is no UTF-8."""
    try:
        return unquote_path(raw_path)
    except UnicodeDecodeError:
        return None
