"""From the bytes of one whole head to a `Head`: the rules that no field parser decides for us.

One request line of three parts, a version and a method we know, a target in one of the four
forms, exactly one Host, one framing only. A head that passes here passes with either adapter.

The one idea: field lines are looked up in the lower-cased bytes (`\\r\\nname:`). This is sound
because the adapter then refuses every head in which that text could be anything but the start of
a field line: no folding, no space before the colon, no bare CR or LF.
PERF: five searches cost 0.3 us whatever the number of fields; a loop over twelve costs 1.8 us.
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
from .grammar import METHODS, VERSIONS, is_host, is_target, is_token, is_version
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

    PERF: a client that keeps its connection sends the same field lines with each request, or
    nearly so; equal bytes mean equal fields, so those of plain requests are remembered. Of 13 us
    for a request this saves 2.
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
        if 0 < settings.max_request_line_size < line_end:
            check_size(0, line_end, 0, settings)
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
        # PERF: the generated __new__ costs 0.3 us more.
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
        check_size(len(raw), 0, count, settings)
        fields = read_fields(raw, count, method, version, self._adapter)
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
    raw: bytes, count: int, method: str, version: tuple[int, int], adapter: FieldParser
) -> _Fields:
    """Judge the `count` field lines of a whole head, and say what they mean."""
    lowered = raw.lower()
    _check_host(raw, lowered, version)
    content_length: int | None = None
    chunked = False
    if b"\r\ntransfer-encoding:" in lowered:
        chunked = _read_coding(lowered, version)
    elif b"\r\ncontent-length:" in lowered:
        content_length = _read_length(raw, lowered)
    elif version == (1, 0) and method in _METHODS_WITH_BODY:
        raise LengthRequired(f"{method} in HTTP/1.0 needs a Content-Length")
    keep_alive = version == (1, 1)
    if b"\r\nconnection:" in lowered:
        keep_alive = _wants_keep_alive(lowered, version)
    expects_continue = False
    if b"\r\nexpect:" in lowered:
        expects_continue = _read_expectation(lowered, version)
    headers = adapter.split(raw, count)
    return _Fields(headers, content_length, chunked, keep_alive, expects_continue)


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


def _field_values(raw: bytes, lowered: bytes, start: bytes) -> list[bytes]:
    """The values of every field line whose lower-cased text begins with `start`."""
    values = []
    position = lowered.find(start)
    while position >= 0:
        position += len(start)
        values.append(raw[position : raw.find(b"\r\n", position)].strip(b" \t"))
        position = lowered.find(start, position)
    return values


def _tokens(values: list[bytes]) -> list[bytes]:
    return [token.strip(b" \t") for value in values for token in value.split(b",")]


def _check_host(raw: bytes, lowered: bytes, version: tuple[int, int]) -> None:
    start = lowered.find(b"\r\nhost:")
    if start < 0:
        if version == (1, 1):
            raise BadHost("HTTP/1.1 needs a Host header")
        return
    start += 7
    host = raw[start : raw.find(b"\r\n", start)].strip(b" \t")
    if host not in _known_hosts:
        if not is_host(host):
            raise BadHost("Malformed Host header", value=host)
        if len(_known_hosts) < _MAX_KNOWN_HOSTS:
            _known_hosts.add(host)
    if lowered.find(b"\r\nhost:", start) >= 0:
        raise BadHost("More than one Host header", value=host)


def _read_coding(lowered: bytes, version: tuple[int, int]) -> bool:
    """True for chunked, the one transfer-coding we have; raises for all else."""
    if b"\r\ncontent-length:" in lowered:
        # SECURITY: request smuggling. RFC 9112 section 6.3 item 3 lets us refuse.
        raise BadFraming("Both Content-Length and Transfer-Encoding")
    if version == (1, 0):
        raise BadFraming("HTTP/1.0 has no Transfer-Encoding")
    codings = _tokens(_field_values(lowered, lowered, b"\r\ntransfer-encoding:"))
    if codings == [b"chunked"]:
        return True
    if b"chunked" in codings[:-1] or b"" in codings:
        raise BadFraming("chunked must be the last transfer-coding, once")
    raise UnknownCoding("This server knows no transfer-coding but chunked", value=codings[0])


def _read_length(raw: bytes, lowered: bytes) -> int:
    values = _field_values(raw, lowered, b"\r\ncontent-length:")
    if len(values) != 1:
        raise BadFraming("More than one Content-Length", value=values[1])
    digits = values[0]
    if not digits.isdigit():
        raise BadFraming("Malformed Content-Length", value=digits)
    if len(digits) > _MAX_LENGTH_DIGITS:
        raise BodyTooLarge("The Content-Length is absurd", value=digits)
    return int(digits)


def _wants_keep_alive(lowered: bytes, version: tuple[int, int]) -> bool:
    options = _tokens(_field_values(lowered, lowered, b"\r\nconnection:"))
    if b"close" in options:
        return False
    return version == (1, 1) or b"keep-alive" in options


def _read_expectation(lowered: bytes, version: tuple[int, int]) -> bool:
    if version == (1, 0):
        return False  # RFC 9110 section 10.1.1: ignore it
    for value in _field_values(lowered, lowered, b"\r\nexpect:"):
        if value != b"100-continue":
            raise ExpectationFailed("This server knows no expectation but 100-continue")
    return True
