"""Pieces of URLs: joining and decoding paths, the protocol version, a peer's address."""

import re
from urllib.parse import unquote_to_bytes

from .errors import MessageError

_SLASHES = re.compile(r"/{2,}")
_SLASHES_BYTES = re.compile(rb"/{2,}")
_PROTOCOL = re.compile(r"HTTP/([0-9])\.([0-9])")
_ENCODED_SLASH = re.compile(r"%2f", re.IGNORECASE)


def urljoin(*atoms: str) -> str:
    """Return the path atoms joined into one URL path: ('/app', '/page') -> '/app/page'.

    Blank atoms add nothing; the result is never blank. Manual: `httputil.urljoin`.
    """
    # SECURITY: '//host/x' in a Location would lead to another site, so no run of slashes stays.
    return _SLASHES.sub("/", "/".join(atom for atom in atoms if atom)) or "/"


def urljoin_bytes(*atoms: bytes) -> bytes:
    """Return the path atoms joined into one URL path, as `urljoin` does, for bytes."""
    return _SLASHES_BYTES.sub(b"/", b"/".join(atom for atom in atoms if atom)) or b"/"


def protocol_from_http(protocol_str: str) -> tuple[int, int]:
    """Return the version in 'HTTP/x.y' as a tuple: 'HTTP/1.1' -> (1, 1).

    Raises MessageError (a ValueError) for anything else.
    """
    match = _PROTOCOL.fullmatch(protocol_str)
    if match is None:
        raise MessageError(
            f"Malformed protocol {protocol_str[:40]!r}: expected one like 'HTTP/1.1'.", protocol_str
        )
    return int(match[1]), int(match[2])


def http_from_protocol(protocol: tuple[int, int]) -> str:
    """Return the 'HTTP/x.y' of a version tuple: (1, 1) -> 'HTTP/1.1'."""
    return f"HTTP/{protocol[0]}.{protocol[1]}"


def unquote_path(raw: str, encoding: str = "utf-8") -> str:
    """Return a path with its %xx decoded, but '%2F' kept: it is a slash inside of a segment.

    Characters up to U+00FF stand for the bytes that were sent. Raises UnicodeDecodeError for
    bytes that are not text in `encoding`.
    """
    # PERF: a plain path costs two scans in C.
    if "%" not in raw and raw.isascii():
        return raw
    return "%2F".join(_decode(part, encoding) for part in _ENCODED_SLASH.split(raw))


def split_path(path: str) -> list[str]:
    """Return the segments of a path, without the empty ones: '/a//b/' -> ['a', 'b']."""
    return [segment for segment in path.split("/") if segment]


def _decode(part: str, encoding: str) -> str:
    try:
        raw = part.encode("latin-1")
    except UnicodeEncodeError:
        raw = part.encode(encoding)
    return unquote_to_bytes(raw).decode(encoding)


class Host:
    """An internet address: `ip`, `port`, and the `name` of the host.

    `name` is the ip where no name is given: no DNS lookup is made. Manual: `httputil.Host`.
    """

    ip = "0.0.0.0"  # noqa: S104 - the documented default, nothing is bound to it
    port = 80
    name = "unknown.tld"

    def __init__(self, ip: str, port: int, name: str | None = None) -> None:
        self.ip = ip
        self.port = port
        self.name = ip if name is None else name

    def __repr__(self) -> str:
        return f"httputil.Host({self.ip!r}, {self.port!r}, {self.name!r})"
