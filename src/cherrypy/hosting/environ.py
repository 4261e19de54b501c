"""The WSGI environ of an exchange (PEP 3333, 'environ Variables')."""

import sys
from typing import Any

from ..core.wsgi import decode_path
from ..httpd import Exchange, HeaderList
from ..message.urls import unquote_path
from .bodies import RequestFile

VERSION = (1, 0)


def build_environ(exchange: Exchange, script_name: str = "") -> dict[str, Any]:
    """Return the environ of *exchange* for an application at *script_name*, decoded.

    NOTE: as PEP 3333 has it, text stands for bytes, one character each (ISO-8859-1).
    """
    head = exchange.head
    raw_name, raw_path = split_script_name(head.path, script_name)
    environ: dict[str, Any] = {
        "REQUEST_METHOD": head.method,
        "SCRIPT_NAME": raw_name,
        "PATH_INFO": raw_path,
        "QUERY_STRING": head.query,
        "REQUEST_URI": head.target,
        "SERVER_NAME": exchange.local[0] or "localhost",
        "SERVER_PORT": str(exchange.local[1] or 80),
        "SERVER_PROTOCOL": f"HTTP/{head.version[0]}.{head.version[1]}",
        "ACTUAL_SERVER_PROTOCOL": exchange.server.settings.protocol_version,
        "REMOTE_ADDR": exchange.remote[0],
        "REMOTE_PORT": str(exchange.remote[1]),
        "wsgi.version": VERSION,
        "wsgi.url_scheme": exchange.scheme,
        "wsgi.input": RequestFile(exchange.rfile),
        "wsgi.input_terminated": True,
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }
    _add_fields(environ, fields_of(exchange))
    if head.content_length is not None:
        environ["CONTENT_LENGTH"] = str(head.content_length)
    return environ


def fields_of(exchange: Exchange) -> HeaderList:
    """Return the header fields, with the Host that the request is really for.

    RFC 9112, 3.2.2: that of an absolute-form target overrides the field.
    """
    head = exchange.head
    if not head.scheme:
        return head.headers
    host = (b"Host", head.authority.encode("latin-1"))
    return [host, *(field for field in head.headers if field[0].lower() != b"host")]


def split_script_name(path: str, script_name: str) -> tuple[str, str]:
    """Return script name and the rest of a path as sent, %xx decoded, each as WSGI text.

    script_name: text that `decoded_path` of the path begins with.
    """
    whole = unquote_path(path, "latin-1")
    name = script_name if script_name.isascii() else script_name.encode().decode("latin-1")
    if not whole.startswith(name):
        name = script_name  # the path is no UTF-8, and was read as ISO-8859-1
    return name, whole[len(name) :]


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


def decoded_path(path: str, encoding: str = "utf-8") -> str:
    """Return a request's path decoded, with '%2F' kept; see `core.wsgi.decode_path`."""
    # PERF: a plain path costs two scans in C.
    if "%" not in path and path.isascii():
        return path
    return decode_path(unquote_path(path, "latin-1"), encoding)
