"""From the bytes of one whole head to a `Head`: the rules that no field parser decides for us.

One request line of three parts, a version and a method we know, a target in one of the four
forms, exactly one Host, one framing only. A head that passes here passes with either adapter.

The one idea: an adapter judges how field lines are written, this file what they mean, so both
adapters give the same requests and the same refusals.
"""

from typing import NamedTuple, Protocol

from .errors import (
    BadFraming,
    BadHost,
    BodyTooLarge,
    ExpectationFailed,
    HeadTooLarge,
    HTTPServerError,
    LengthRequired,
    MalformedHead,
    TargetTooLong,
    UnknownCoding,
    UnknownMethod,
    VersionNotSupported,
)
from .events import Head, HeaderList
from .grammar import METHODS, VERSIONS, is_host, is_target, is_token, is_version, split_fields
from .settings import Settings

# Hosts that were found valid, so that the pattern runs once for each and not for each request.
_known_hosts: set[bytes] = set()
_MAX_KNOWN_HOSTS = 1024

# Blocks of field lines that a `HeadParser` remembers: how many, and of how many bytes at most.
_MAX_REMEMBERED = 256
_MAX_REMEMBERED_SIZE = 2048

# SECURITY: int() of a very long digit string is quadratic.
_MAX_LENGTH_DIGITS = 18
_METHODS_WITH_BODY = frozenset({"POST", "PUT", "PATCH"})


class FieldParser(Protocol):
    """An adapter: judges the lines of a whole head and splits its fields."""

    def split(self, head: bytes, count: int) -> HeaderList:
        """Return (name, value) for each of the `count` field lines, or raise."""
        ...


class _Fields(NamedTuple):
    """What the field lines of one head say."""

    headers: HeaderList
    content_length: int | None
    chunked: bool
    keep_alive: bool
    expects_continue: bool


class HeadParser:
    """Turns the bytes of whole heads into `Head`s. Not thread-safe: one per thread.

    PERF: a client that keeps its connection often sends the same field lines with each request;
    equal bytes mean equal fields, so those of requests without a body are remembered. A head
    with 12 fields then costs 1.5 us instead of 6.
    """

    __slots__ = ("_adapter", "_remembered", "_settings")

    def __init__(self, adapter: FieldParser, settings: Settings) -> None:
        self._adapter = adapter
        self._settings = settings
        self._remembered: dict[bytes, _Fields] = {}

    def parse(self, raw: bytes) -> Head:
        """Return the `Head` that `raw` says; `raw` ends with its first empty line.

        Raises the member of the `HTTPServerError` family that names what is wrong.
        """
        settings = self._settings
        line_end = raw.find(b"\r\n")
        # PERF: `check_size` judges; to ask it only where something is large saves 0.15 us.
        if line_end > settings.max_request_line_size or len(raw) > settings.max_request_header_size:
            check_size(len(raw), line_end, 0, settings)
        parts = raw[:line_end].split(b" ")
        if len(parts) != 3:
            raise MalformedHead("Malformed request line", value=raw[:line_end])
        method_name, target_bytes, version_name = parts
        version = VERSIONS.get(version_name)
        if version is None:
            raise _refuse_version(version_name)
        method = METHODS.get(method_name)
        if method is None:
            raise _refuse_method(method_name)
        if not is_target(target_bytes):
            raise MalformedHead("Malformed request target", value=target_bytes)
        target = target_bytes.decode("latin-1")
        if target[0] == "/":
            scheme = authority = ""
            path, _, query = target.partition("?")
        else:
            scheme, authority, path, query = _split_target(method, target)

        block = raw[line_end:]
        fields = self._remembered.get(block)
        if fields is None or version != (1, 1):
            fields = self._read_fields(raw, block, method, version)
        headers, content_length, chunked, keep_alive, expects_continue = fields
        # PERF: the generated __new__ costs 0.1 us more.
        return tuple.__new__(
            Head,
            (
                method,
                target,
                scheme,
                authority,
                path,
                query,
                version,
                headers.copy(),
                content_length,
                chunked,
                keep_alive,
                expects_continue,
            ),
        )

    def _read_fields(
        self, raw: bytes, block: bytes, method: str, version: tuple[int, int]
    ) -> _Fields:
        settings = self._settings
        count = raw.count(b"\r\n") - 2
        check_size(0, 0, count, settings)
        fields = read_fields(raw, block, count, method, version, self._adapter)
        length = fields.content_length
        if length is None:
            if version == (1, 1) and len(block) <= _MAX_REMEMBERED_SIZE:
                if len(self._remembered) >= _MAX_REMEMBERED:
                    self._remembered.clear()
                self._remembered[block] = fields
        elif 0 < settings.max_request_body_size < length:
            raise refuse_body(settings.max_request_body_size, length)
        return fields


def read_fields(
    raw: bytes,
    block: bytes,
    count: int,
    method: str,
    version: tuple[int, int],
    adapter: FieldParser,
) -> _Fields:
    """Judge the `count` field lines of a whole head, and say what they mean."""
    try:
        headers = adapter.split(raw, count)
    except MalformedHead:
        # Adapters also refuse what is well-formed and means nothing good. Ours is the better word.
        well_formed = split_fields(block[2:-2])
        if well_formed is not None:
            _judge_fields(well_formed, method, version)
        raise
    return _judge_fields(headers, method, version)


class _Judged(dict[bytes, bytes]):
    """Name as spelled -> its lower case if this file judges it, else b''; bounded."""

    __slots__ = ()

    def __missing__(self, name: bytes) -> bytes:
        lowered = name.lower()
        judged = lowered if lowered in _JUDGED_NAMES else b""
        if len(self) < 1024 and len(name) < 64:
            self[name] = judged
        return judged


_JUDGED_NAMES = frozenset(
    {b"host", b"content-length", b"transfer-encoding", b"connection", b"expect"}
)
_judged = _Judged()


def _judge_fields(headers: HeaderList, method: str, version: tuple[int, int]) -> _Fields:
    found: dict[bytes, list[bytes]] = {}
    for name, value in headers:
        key = _judged[name]
        if key:
            found.setdefault(key, []).append(value)
    _check_host(found.get(b"host"), version)
    lengths = found.get(b"content-length")
    codings = found.get(b"transfer-encoding")
    content_length: int | None = None
    if codings is not None:
        _check_codings(codings, lengths, version)
    elif lengths is not None:
        content_length = _read_length(lengths)
    elif version == (1, 0) and method in _METHODS_WITH_BODY:
        raise LengthRequired(f"{method} in HTTP/1.0 needs a Content-Length")
    return _Fields(
        headers,
        content_length,
        codings is not None,
        _wants_keep_alive(found.get(b"connection"), version),
        _expects_continue(found.get(b"expect"), version),
    )


def check_size(size: int, line_size: int, count: int, settings: Settings) -> None:
    """Raise `TargetTooLong` or `HeadTooLarge` if a head of these measures is over a limit."""
    limit = settings.max_request_line_size
    if 0 < limit < line_size:
        raise TargetTooLong(f"The request line is over {limit} bytes", limit=limit)
    limit = settings.max_request_header_size
    if 0 < limit < size:
        raise HeadTooLarge(f"The request head is over {limit} bytes", limit=limit)
    limit = settings.max_request_header_count
    if 0 < limit < count:
        raise HeadTooLarge(f"The request head has over {limit} fields", limit=limit)


def refuse_body(limit: int, size: int) -> BodyTooLarge:
    """The error for a body of `size` bytes or more where `limit` are allowed."""
    return BodyTooLarge(f"The request body is over {limit} bytes", limit=limit, value=size)


def _refuse_version(version: bytes) -> HTTPServerError:
    if is_version(version):
        return VersionNotSupported("This server speaks HTTP/1.0 and HTTP/1.1", value=version)
    return MalformedHead("Malformed HTTP version", value=version)


def _refuse_method(method: bytes) -> HTTPServerError:
    if is_token(method):
        return UnknownMethod("This server does not implement that method", value=method)
    return MalformedHead("Malformed method", value=method)


def _split_target(method: str, target: str) -> tuple[str, str, str, str]:
    """(scheme, authority, path, query) of a target that is not in origin-form."""
    if target == "*" and method == "OPTIONS":
        return "", "", "*", ""
    if method == "CONNECT":
        host, colon, port = target.rpartition(":")
        if not (host and colon and port.isdigit() and is_host(target.encode("latin-1"))):
            raise MalformedHead("CONNECT needs host:port or a path", value=target.encode("latin-1"))
        return "", target, "", ""
    scheme, separator, rest = target.partition("://")
    if not separator or scheme.lower() not in ("http", "https"):
        raise MalformedHead("Malformed request target", value=target.encode("latin-1"))
    before_query, _, query = rest.partition("?")
    authority, slash, path = before_query.partition("/")
    if not authority or not is_host(authority.encode("latin-1")):
        raise MalformedHead("Malformed request target", value=target.encode("latin-1"))
    if not slash and method == "OPTIONS" and not query:
        return scheme.lower(), authority, "*", ""  # RFC 9112 section 3.2.4
    return scheme.lower(), authority, "/" + path, query


def _tokens(values: list[bytes]) -> list[bytes]:
    return [token.strip(b" \t").lower() for value in values for token in value.split(b",")]


def _check_host(hosts: list[bytes] | None, version: tuple[int, int]) -> None:
    if hosts is None:
        if version == (1, 1):
            raise BadHost("HTTP/1.1 needs a Host header")
        return
    host = hosts[0]
    if host not in _known_hosts:
        if not is_host(host):
            raise BadHost("Malformed Host header", value=host)
        if len(_known_hosts) < _MAX_KNOWN_HOSTS:
            _known_hosts.add(host)
    if len(hosts) > 1:
        raise BadHost("More than one Host header", value=host)


def _check_codings(
    values: list[bytes], lengths: list[bytes] | None, version: tuple[int, int]
) -> None:
    """Return if the coding is chunked, the one transfer-coding we have; raise for all else."""
    if lengths is not None:
        # SECURITY: request smuggling. RFC 9112 section 6.3 item 3 lets us refuse.
        raise BadFraming("Both Content-Length and Transfer-Encoding")
    if version == (1, 0):
        raise BadFraming("HTTP/1.0 has no Transfer-Encoding")
    codings = _tokens(values)
    if codings == [b"chunked"]:
        return
    if b"chunked" in codings[:-1] or b"" in codings:
        raise BadFraming("chunked must be the last transfer-coding, once")
    raise UnknownCoding("This server knows no transfer-coding but chunked", value=codings[0])


def _read_length(lengths: list[bytes]) -> int:
    if len(lengths) != 1:
        raise BadFraming("More than one Content-Length", value=lengths[1])
    digits = lengths[0]
    if not digits.isdigit():
        raise BadFraming("Malformed Content-Length", value=digits)
    if len(digits) > _MAX_LENGTH_DIGITS:
        raise BodyTooLarge("The Content-Length is absurd", value=digits)
    return int(digits)


def _wants_keep_alive(values: list[bytes] | None, version: tuple[int, int]) -> bool:
    if values is None:
        return version == (1, 1)
    options = _tokens(values)
    if b"close" in options:
        return False
    return version == (1, 1) or b"keep-alive" in options


def _expects_continue(values: list[bytes] | None, version: tuple[int, int]) -> bool:
    if values is None or version == (1, 0):
        return False  # RFC 9110 section 10.1.1: 1.0 cannot expect
    for value in values:
        if value.lower() != b"100-continue":
            raise ExpectationFailed("This server knows no expectation but 100-continue")
    return True
