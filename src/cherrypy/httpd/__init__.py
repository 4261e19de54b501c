"""The HTTP/1.1 server: bytes, connections and a gateway; no framework.

Start reading at `server.py` (its life), then follow a request: `reactor.py` reads its head,
`workers.py` takes it, `connection.py` runs it, `exchange.py` is what the gateway sees.
"""

from .body import BodyReader
from .body_writer import BodyWriter
from .errors import (
    BadFraming,
    BadHost,
    BadRequest,
    BadResponse,
    BodyTooLarge,
    ClientGone,
    ExpectationFailed,
    HeadTooLarge,
    HTTPServerError,
    LengthRequired,
    MalformedHead,
    NotImplementedHere,
    Overloaded,
    RequestTimeout,
    TargetTooLong,
    TruncatedBody,
    UnknownCoding,
    UnknownMethod,
    VersionNotSupported,
)
from .events import Head, HeaderList
from .exchange import Exchange, Gateway
from .server import HTTPServer
from .settings import Address, Settings

__all__ = [
    "Address",
    "BadFraming",
    "BadHost",
    "BadRequest",
    "BadResponse",
    "BodyReader",
    "BodyTooLarge",
    "BodyWriter",
    "ClientGone",
    "Exchange",
    "ExpectationFailed",
    "Gateway",
    "HTTPServer",
    "HTTPServerError",
    "Head",
    "HeadTooLarge",
    "HeaderList",
    "LengthRequired",
    "MalformedHead",
    "NotImplementedHere",
    "Overloaded",
    "RequestTimeout",
    "Settings",
    "TargetTooLong",
    "TruncatedBody",
    "UnknownCoding",
    "UnknownMethod",
    "VersionNotSupported",
]
