"""One HTTP request from a test, and its response as status, headers and body.

The names are those of `cherrypy.test.webtest`, from where they are imported. Nothing is
followed, decoded or checked: a test sees what the server sent.
"""

import time
from collections.abc import Sequence
from http.client import HTTPConnection, HTTPResponse

Headers = Sequence[tuple[str, str]]
Response = tuple[str, list[tuple[str, str]], bytes]
Errors = type[BaseException] | tuple[type[BaseException], ...]

METHODS_WITH_BODY = frozenset({"POST", "PUT", "PATCH"})

# A server in another process may need a moment until it listens.
CONNECT_SECONDS = 5.0
RETRY_SECONDS = 0.1


def interface(host: str) -> str:
    """Return an address that a client can connect to, for the address a server listens on.

    The addresses that mean 'any' (`0.0.0.0`, `::`) become the loopback address.
    """
    return {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}.get(host, host)  # noqa: S104 - read


def cleanHeaders(  # documented name
    headers: Headers | None, method: str, body: str | bytes | None, host: str, port: int
) -> list[tuple[str, str]]:
    """Return the request headers with those added that a request needs and that are missing.

    These are Host and, for a method with a body, Content-Type (a form) and Content-Length.
    """
    cleaned = list(headers or ())
    present = {name.lower() for name, _ in cleaned}
    if "host" not in present:
        cleaned.append(("Host", _authority(host, port)))
    if method in METHODS_WITH_BODY:
        if "content-type" not in present:
            cleaned.append(("Content-Type", "application/x-www-form-urlencoded"))
        if not present & {"content-length", "transfer-encoding"}:
            cleaned.append(("Content-Length", str(len(_encoded(body) or b""))))
    return cleaned


def openURL(  # documented name
    url: str,
    headers: Headers | None = None,
    method: str = "GET",
    body: str | bytes | None = None,
    host: str = "127.0.0.1",
    port: int = 8000,
    http_conn: type[HTTPConnection] | HTTPConnection = HTTPConnection,
    protocol: str = "HTTP/1.1",
    raise_subcls: Errors | None = None,
) -> Response:
    """Open the given HTTP resource and return status, headers and body.

    `http_conn` is a class of connections, of which one is made for this request, or a
    connection that stays open afterwards. A refused connection is tried anew for five
    seconds, unless its exception is one of `raise_subcls`.
    """
    if isinstance(http_conn, HTTPConnection):
        return _exchange(http_conn, url, headers, method, body, host, port, protocol)
    connection = _connected(http_conn, interface(host), port, raise_subcls or ())
    try:
        return _exchange(connection, url, headers, method, body, host, port, protocol)
    finally:
        connection.close()


def shb(response: HTTPResponse) -> Response:
    """Return status, headers and body of a response, reading it to its end."""
    return f"{response.status} {response.reason}", response.getheaders(), response.read()


def _connected(
    http_conn: type[HTTPConnection], host: str, port: int, raise_at_once: Errors
) -> HTTPConnection:
    deadline = time.monotonic() + CONNECT_SECONDS
    while True:
        connection = http_conn(host, port)
        try:
            connection.connect()
        except ConnectionRefusedError as error:
            if isinstance(error, raise_at_once) or time.monotonic() > deadline:
                raise
            time.sleep(RETRY_SECONDS)
        else:
            return connection


def _exchange(
    connection: HTTPConnection,
    url: str,
    headers: Headers | None,
    method: str,
    body: str | bytes | None,
    host: str,
    port: int,
    protocol: str,
) -> Response:
    # NOTE: http.client has no public way to say another version.
    connection._http_vsn_str = protocol  # type: ignore[attr-defined]  # see the note
    connection._http_vsn = int("".join(filter(str.isdigit, protocol)))  # type: ignore[attr-defined]  # see the note
    connection.putrequest(method.upper(), url, skip_host=True, skip_accept_encoding=True)
    for name, value in cleanHeaders(headers, method, body, host, port):
        connection.putheader(name, value)
    connection.endheaders(_encoded(body))
    return shb(connection.getresponse())


def _authority(host: str, port: int) -> str:
    bracketed = f"[{host}]" if ":" in host else host
    return bracketed if port == 80 else f"{bracketed}:{port}"


def _encoded(body: str | bytes | None) -> bytes | None:
    return body.encode() if isinstance(body, str) else body
