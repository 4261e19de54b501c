"""Bytes on the wire and what is to become of them: the table that every adapter passes.

A case is a name, the bytes of a stream, and either the messages that a gateway sees or the
status of the refusal that ends them.
"""

from typing import NamedTuple

HOST = b"Host: example.org\r\n"


class Seen(NamedTuple):
    """One message as a gateway sees it."""

    method: str
    path: str
    query: str = ""
    body: bytes = b""
    keep_alive: bool = True
    authority: str = ""
    trailers: tuple[tuple[bytes, bytes], ...] = ()


class Case(NamedTuple):
    """A stream, the messages in it, and the status that ends it, if one does."""

    name: str
    data: bytes
    seen: tuple[Seen, ...] = ()
    status: int | None = None


def get(line: bytes = b"GET / HTTP/1.1", fields: bytes = b"") -> bytes:
    return line + b"\r\n" + HOST + fields + b"\r\n"


def post(fields: bytes, body: bytes) -> bytes:
    return b"POST /p HTTP/1.1\r\n" + HOST + fields + b"\r\n" + body


CHUNKED = b"Transfer-Encoding: chunked\r\n"
ROOT = Seen("GET", "/")
LAST = Seen("GET", "/", keep_alive=False)

GOOD = [
    Case("plain", get(), (ROOT,)),
    Case("no fields in 1.0", b"GET / HTTP/1.0\r\n\r\n", (Seen("GET", "/", keep_alive=False),)),
    Case(
        "query is split at the first ?",
        get(b"GET /a%20b?x=1?y HTTP/1.1"),
        (Seen("GET", "/a%20b", "x=1?y"),),
    ),
    Case("double slash is a path", get(b"GET //evil/x HTTP/1.1"), (Seen("GET", "//evil/x"),)),
    Case("asterisk", get(b"OPTIONS * HTTP/1.1"), (Seen("OPTIONS", "*"),)),
    Case(
        "absolute-form",
        get(b"GET http://other.org:81/a?b HTTP/1.1"),
        (Seen("GET", "/a", "b", authority="other.org:81"),),
    ),
    Case(
        "absolute-form without path",
        get(b"GET http://other.org HTTP/1.1"),
        (Seen("GET", "/", authority="other.org"),),
    ),
    Case(
        "absolute-form of asterisk",
        get(b"OPTIONS http://other.org HTTP/1.1"),
        (Seen("OPTIONS", "*", authority="other.org"),),
    ),
    Case("CONNECT to a path", get(b"CONNECT /tunnel HTTP/1.1"), (Seen("CONNECT", "/tunnel"),)),
    Case(
        "CONNECT to an authority",
        get(b"CONNECT a.org:443 HTTP/1.1"),
        (Seen("CONNECT", "", authority="a.org:443"),),
    ),
    Case(
        "CONNECT and then another",
        get(b"CONNECT /t HTTP/1.1") + get(),
        (Seen("CONNECT", "/t"), ROOT),
    ),
    Case(
        "CONNECT with a body",
        b"CONNECT /t HTTP/1.1\r\n" + HOST + b"Content-Length: 2\r\n\r\nhi" + get(),
        (Seen("CONNECT", "/t", body=b"hi"), ROOT),
    ),
    Case(
        "upgrade is not heeded",
        get(fields=b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n") + get(),
        (ROOT, ROOT),
    ),
    Case(
        "upgrade with a body",
        post(b"Connection: upgrade\r\nUpgrade: h2c\r\nContent-Length: 3\r\n", b"abc") + get(),
        (Seen("POST", "/p", body=b"abc"), ROOT),
    ),
    Case("empty lines before", b"\r\n\r\n" + get() + b"\r\n" + get(), (ROOT, ROOT)),
    Case("close", get(fields=b"connection: foo , CLOSE\r\n"), (LAST,)),
    Case("close is a token", get(fields=b"Connection: closed\r\n"), (ROOT,)),
    Case(
        "close in a second line",
        get(fields=b"Connection: x\r\nConnection: close\r\n"),
        (LAST,),
    ),
    Case(
        "keep-alive in 1.0",
        b"GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\nGET / HTTP/1.0\r\n\r\n",
        (ROOT, LAST),
    ),
    Case("proxy-connection", get(fields=b"Proxy-Connection: close\r\n") * 2, (ROOT, ROOT)),
    Case("pipelined", get() * 3, (ROOT,) * 3),
    Case(
        "length",
        post(b"Content-Length: 5\r\n", b"hello") + get(),
        (Seen("POST", "/p", body=b"hello"), ROOT),
    ),
    Case("length zero", post(b"Content-Length: 0\r\n", b"") + get(), (Seen("POST", "/p"), ROOT)),
    Case("no length", post(b"", b"") + get(), (Seen("POST", "/p"), ROOT)),
    Case(
        "chunked",
        post(CHUNKED, b"5\r\nhello\r\n6;x=y\r\n world\r\n0\r\n\r\n") + get(),
        (Seen("POST", "/p", body=b"hello world"), ROOT),
    ),
    Case(
        "chunked, in capitals",
        post(b"Transfer-Encoding: Chunked\r\n", b"A\r\n0123456789\r\n00\r\n\r\n"),
        (Seen("POST", "/p", body=b"0123456789"),),
    ),
    Case(
        "trailers",
        post(CHUNKED, b"1\r\nx\r\n0\r\nA: 1\r\nb:2 \r\n\r\n") + get(),
        (Seen("POST", "/p", body=b"x", trailers=((b"A", b"1"), (b"b", b"2"))), ROOT),
    ),
    Case("IPv6 host", b"GET / HTTP/1.1\r\nHost: [::1]:80\r\n\r\n", (ROOT,)),
    Case("empty host", b"GET / HTTP/1.1\r\nHost:\r\n\r\n", (ROOT,)),
    Case("obs-text in a value", get(fields=b"X: caf\xe9\r\n"), (ROOT,)),
    Case("tab in a value", get(fields=b"X: a\tb\t \r\n"), (ROOT,)),
    Case("unescaped", get(b'GET /a"<>[]{}|^` HTTP/1.1'), (Seen("GET", '/a"<>[]{}|^`'),)),
    Case("expect in 1.0", b"GET / HTTP/1.0\r\nExpect: x\r\n\r\n", (LAST,)),
]

BAD = [
    Case("not HTTP", b"hello\r\n\r\n", status=400),
    Case("no version", b"GET /\r\n\r\n", status=400),
    Case("two spaces", get(b"GET  / HTTP/1.1"), status=400),
    Case("four parts", get(b"GET / x HTTP/1.1"), status=400),
    Case("tab for space", get(b"GET\t/ HTTP/1.1"), status=400),
    Case("lower-case version", get(b"GET / http/1.1"), status=400),
    Case("version of another protocol", get(b"GET / RTSP/1.0"), status=400),
    Case("HTTP/2.0", get(b"GET / HTTP/2.0"), status=505),
    Case("HTTP/1.2", get(b"GET / HTTP/1.2"), status=505),
    Case("HTTP/0.9", get(b"GET / HTTP/0.9"), status=505),
    Case("the preface of HTTP/2", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", status=505),
    Case("TLS", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\r\n\r\n", status=400),
    Case("unknown method", get(b"FROBNICATE / HTTP/1.1"), status=501),
    Case("lower-case method", get(b"get / HTTP/1.1"), status=501),
    Case("method of another protocol", get(b"DESCRIBE / HTTP/1.1"), status=501),
    Case("bad method", get(b"G(T / HTTP/1.1"), status=400),
    Case("relative target", get(b"GET index.html HTTP/1.1"), status=400),
    Case("asterisk for GET", get(b"GET * HTTP/1.1"), status=400),
    Case("fragment", get(b"GET /a#b HTTP/1.1"), status=400),
    Case("raw byte in target", get(b"GET /\xe9 HTTP/1.1"), status=400),
    Case("NUL in target", get(b"GET /\0 HTTP/1.1"), status=400),
    Case("foreign scheme", get(b"GET ftp://a.org/ HTTP/1.1"), status=400),
    Case("absolute-form without host", get(b"GET http:///x HTTP/1.1"), status=400),
    Case("userinfo", get(b"GET http://me@a.org/ HTTP/1.1"), status=400),
    Case("CONNECT without port", get(b"CONNECT a.org HTTP/1.1"), status=400),
    Case("no Host", b"GET / HTTP/1.1\r\n\r\n", status=400),
    Case("two Hosts", get(fields=b"hOST: example.org\r\n"), status=400),
    Case("bad Host", b"GET / HTTP/1.1\r\nHost: a b\r\n\r\n", status=400),
    Case("Host with a path", b"GET / HTTP/1.1\r\nHost: a/b\r\n\r\n", status=400),
    Case("space before colon", get(fields=b"X : y\r\n"), status=400),
    Case("folded line", get(fields=b"X: y\r\n z\r\n"), status=400),
    Case("first line folded", b"GET / HTTP/1.1\r\n Host: a\r\n\r\n", status=400),
    Case("no colon", get(fields=b"nonsense\r\n"), status=400),
    Case("no name", get(fields=b": y\r\n"), status=400),
    Case("bare LF", b"GET / HTTP/1.1\nHost: a\n\r\n\r\n", status=400),
    Case("bare LF all over", b"GET / HTTP/1.1\nHost: a\n\n", status=400),
    Case("bare LF between fields", get(fields=b"X: y\nZ: w\r\n"), status=400),
    Case("bare CR in a value", get(fields=b"X: y\rz\r\n"), status=400),
    Case("NUL in a value", get(fields=b"X: y\0z\r\n"), status=400),
    Case("control in a value", get(fields=b"X: y\x01z\r\n"), status=400),
    Case("DEL in a value", get(fields=b"X: y\x7fz\r\n"), status=400),
    Case("length and chunked", post(CHUNKED + b"Content-Length: 3\r\n", b"0\r\n\r\n"), status=400),
    Case("chunked and length", post(b"Content-Length: 3\r\n" + CHUNKED, b"0\r\n\r\n"), status=400),
    Case("two lengths", post(b"Content-Length: 3\r\nContent-Length: 4\r\n", b"abc"), status=400),
    Case("one length twice", post(b"Content-Length: 3\r\n" * 2, b"abc"), status=400),
    Case("list of lengths", post(b"Content-Length: 3, 3\r\n", b"abc"), status=400),
    Case("signed length", post(b"Content-Length: +3\r\n", b"abc"), status=400),
    Case("negative length", post(b"Content-Length: -3\r\n", b"abc"), status=400),
    Case("hex length", post(b"Content-Length: 0x3\r\n", b"abc"), status=400),
    Case("empty length", post(b"Content-Length:\r\n", b""), status=400),
    Case("absurd length", post(b"Content-Length: " + b"9" * 40 + b"\r\n", b""), status=413),
    Case("large length", post(b"Content-Length: 1001\r\n", b""), status=413),
    Case("gzip coding", post(b"Transfer-Encoding: gzip\r\n", b""), status=501),
    Case("gzip, chunked", post(b"Transfer-Encoding: gzip, chunked\r\n", b""), status=501),
    Case("chunked, gzip", post(b"Transfer-Encoding: chunked, gzip\r\n", b""), status=400),
    Case("chunked twice", post(CHUNKED * 2, b"0\r\n\r\n"), status=400),
    Case("empty coding", post(b"Transfer-Encoding:\r\n", b""), status=400),
    Case(
        "chunked in 1.0",
        b"POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        status=400,
    ),
    Case("POST in 1.0 without length", b"POST / HTTP/1.0\r\n\r\n", status=411),
    Case("strange expectation", get(fields=b"Expect: miracles\r\n"), status=417),
    Case("long target", get(b"GET /" + b"a" * 600 + b" HTTP/1.1"), status=414),
    Case("endless target", b"GET /" + b"a" * 600, status=414),
    Case("large head", get(fields=b"X: " + b"a" * 2000 + b"\r\n"), status=431),
    Case("endless head", get()[:-2] + b"X: " + b"a" * 2000, status=431),
    Case("many fields", get(fields=b"a:b\r\n" * 30), status=431),
    Case("second is bad", get() + b"nonsense\r\n\r\n", (ROOT,), 400),
]

BAD_BODIES = [
    Case("no size", post(CHUNKED, b"\r\nabc\r\n0\r\n\r\n"), status=400),
    Case("size is not hex", post(CHUNKED, b"g\r\nabc\r\n0\r\n\r\n"), status=400),
    Case("size with 0x", post(CHUNKED, b"0x3\r\nabc\r\n0\r\n\r\n"), status=400),
    Case("negative size", post(CHUNKED, b"-3\r\nabc\r\n0\r\n\r\n"), status=400),
    Case("huge size", post(CHUNKED, b"f" * 17 + b"\r\n"), status=400),
    Case("size ends with LF", post(CHUNKED, b"3\nabc\r\n0\r\n\r\n"), status=400),
    Case("control in an extension", post(CHUNKED, b"3;\0\r\nabc\r\n0\r\n\r\n"), status=400),
    Case("endless extension", post(CHUNKED, b"3;" + b"a" * 1100), status=400),
    Case("chunk is longer", post(CHUNKED, b"3\r\nabcd\r\n0\r\n\r\n"), status=400),
    Case("chunk ends with LF", post(CHUNKED, b"3\r\nabc\n0\r\n\r\n"), status=400),
    Case("bad trailer", post(CHUNKED, b"0\r\nA : b\r\n\r\n"), status=400),
    Case("folded trailer", post(CHUNKED, b"0\r\nA: b\r\n c\r\n\r\n"), status=400),
    Case("many trailers", post(CHUNKED, b"0\r\n" + b"a:b\r\n" * 30 + b"\r\n"), status=431),
    Case("endless trailers", post(CHUNKED, b"0\r\nA: " + b"b" * 1200), status=431),
    Case("large chunk", post(CHUNKED, b"5dc\r\n" + b"a" * 1500 + b"\r\n0\r\n\r\n"), status=413),
]

LIMITS = {
    "max_request_header_size": 1000,
    "max_request_line_size": 500,
    "max_request_header_count": 20,
    "max_request_body_size": 1000,
}
