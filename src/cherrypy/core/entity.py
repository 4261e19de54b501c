"""The request body: read, decoded by media type, and turned into parameters.

`request.body` is a `RequestBody`. What happens to its bytes is looked up in
`processors` by media type: the exact type first, then the part before the
slash, then `default_proc`. An application may clear or replace the table; a
processor is a function of the entity.
"""

from collections.abc import Callable, Iterator
from io import BytesIO
from typing import Any, ClassVar

from ..message.charsets import known_charset
from ..message.elements import HeaderElement
from ..message.headers import HeaderMap
from ..message.query import parse_urlencoded_bytes
from .errors import HTTPError

FORM = "application/x-www-form-urlencoded"

Processor = Callable[["Entity"], Any]


class Entity:
    """Headers and content of a message body, and the parameters found in it.

    fp: the file to read the content from.
    headers: the fields that describe it.
    params: a dict that processors add to.
    """

    #: The type of a body that names none.
    default_content_type = FORM
    #: Charsets to try in turn; one in the Content-Type comes first.
    attempt_charsets: list[str] = ["utf-8"]
    processors: ClassVar[dict[str, Processor]] = {}

    #: The file name of an uploaded part; None for a whole body.
    filename: str | None = None
    #: The name of a form field; None for a whole body.
    name: str | None = None

    def __init__(self, fp: Any, headers: HeaderMap, params: dict[str, Any] | None = None) -> None:
        self.fp = fp
        self.headers = headers
        self.params: dict[str, Any] = {} if params is None else params
        # NOTE: copies, since an application may clear or replace what it finds on an instance.
        self.processors = dict(type(self).processors)  # type: ignore[misc]  # shadowed on purpose
        self.content_type = self._content_type()
        self.attempt_charsets = self._charsets()
        self.length = self._length()
        self.file: Any = None

    def _content_type(self) -> HeaderElement:
        value = self.headers.get("Content-Type", "")
        if not value:
            return HeaderElement.from_str(self.default_content_type)
        try:
            return HeaderElement.from_str(value)
        except ValueError as exc:
            raise HTTPError(400, f"The Content-Type {value!r} cannot be read: {exc}") from exc

    def _charsets(self) -> list[str]:
        named = self.content_type.params.get("charset")
        # SECURITY: not every codec is a charset; some take quadratic time.
        if named is None or known_charset(named) is None:
            return list(self.attempt_charsets)
        return [named, *(charset for charset in self.attempt_charsets if charset != named)]

    def _length(self) -> int | None:
        if "Transfer-Encoding" in self.headers:
            return None  # RFC 9112, 6.3: the transfer coding decides
        try:
            return int(self.headers["Content-Length"])
        except (KeyError, ValueError):
            return None

    # Reading

    def read(self, size: int | None = None) -> bytes:
        """Return up to *size* bytes of the content; all that is left by default."""
        data: bytes = self.fp.read() if size is None or size < 0 else self.fp.read(size)
        return data

    def readline(self, size: int | None = None) -> bytes:
        """Return the next line, at most *size* bytes of it."""
        line: bytes = self.fp.readline() if size is None else self.fp.readline(size)
        return line

    def readlines(self, sizehint: int | None = None) -> list[bytes]:
        """Return the lines that are left, stopping after about *sizehint* bytes."""
        lines: list[bytes] = (
            self.fp.readlines() if sizehint is None else self.fp.readlines(sizehint)
        )
        return lines

    def __iter__(self) -> Iterator[bytes]:
        return iter(self.readline, b"")

    # Processing

    def process(self) -> None:
        """Let the processor for this media type read the content."""
        media_type = self.content_type.value
        processor = self.processors.get(media_type) or self.processors.get(
            media_type.split("/", 1)[0]
        )
        if processor is None:
            self.default_proc()
        else:
            processor(self)

    def default_proc(self) -> None:
        """Leave the content unread, for the page handler to do with as it likes."""

    def decode_entity(self, value: bytes) -> str:
        """Return *value* decoded with the first charset that fits; HTTPError 400 if none does."""
        for charset in self.attempt_charsets:
            try:
                return value.decode(charset)
            except (UnicodeError, LookupError):
                continue
        raise self._undecodable()

    def _undecodable(self) -> HTTPError:
        tried = ", ".join(self.attempt_charsets)
        return HTTPError(
            400, f"The request entity could not be decoded. These charsets were tried: {tried}."
        )

    def fullvalue(self) -> bytes:
        """Return the whole content, wherever it has been put."""
        if self.file is None:
            return self.read()
        self.file.seek(0)
        data: bytes = self.file.read()
        self.file.seek(0)
        return data


def process_urlencoded(entity: Entity) -> None:
    """Read a form in `application/x-www-form-urlencoded` into `entity.params`."""
    content = entity.read()
    for charset in entity.attempt_charsets:
        try:
            params = parse_urlencoded_bytes(content, charset)
        except (UnicodeError, LookupError):
            continue
        except ValueError as exc:
            raise HTTPError(413, str(exc)) from exc
        entity.attempt_charsets = [charset]
        break
    else:
        raise entity._undecodable()
    for name, value in params.items():
        add_param(entity.params, name, value)


def add_param(params: dict[str, Any], name: str, value: Any) -> None:
    """Add *value* to *params*; a name that is there already gets a list of its values."""
    if name not in params:
        params[name] = value
        return
    values = params[name] if isinstance(params[name], list) else [params[name]]
    params[name] = [*values, *value] if isinstance(value, list) else [*values, value]


Entity.processors = {FORM: process_urlencoded}


class RequestBody(Entity):
    """The body of a request.

    bufsize: bytes that a processor of one's own should read at a time.
    maxbytes: a limit in bytes on what this body may hold, None for the server's own.
    """

    bufsize = 8 * 1024
    #: A body without a Content-Type is not taken for a form (RFC 9110, 8.3).
    default_content_type = ""
    maxbytes: int | None = None

    def __init__(self, fp: Any, headers: HeaderMap, params: dict[str, Any] | None = None) -> None:
        super().__init__(fp, headers, params)
        # RFC 9110 has no default charset any more, but older clients send text as ISO-8859-1.
        if self.content_type.value.startswith("text/"):
            self.attempt_charsets.append("ISO-8859-1")

    def process(self) -> None:
        """Read the body by its media type; what it holds goes into `params`.

        Raises HTTPError 413 when the body is longer than `maxbytes`.
        """
        if self.maxbytes is not None:
            self.fp = _Limited(self.fp, self.maxbytes)
            if (self.length or 0) > self.maxbytes:
                raise self.fp.too_long()
        super().process()


class _Limited:
    """A file that raises HTTPError 413 once more than *limit* bytes have been read of it.

    The length of a chunked body is not known before.
    """

    def __init__(self, fp: Any, limit: int) -> None:
        self.fp = fp
        self.limit = limit
        self.left = limit

    def too_long(self) -> HTTPError:
        """Return the error to raise."""
        return HTTPError(413, f"The request body is too long: at most {self.limit} bytes are taken")

    def _count(self, data: bytes) -> bytes:
        self.left -= len(data)
        if self.left < 0:
            raise self.too_long()
        return data

    def _allowed(self, size: int | None) -> int:
        # One byte more than is left tells a body that is too long from one that just fits.
        return self.left + 1 if size is None or size < 0 else min(size, self.left + 1)

    def read(self, size: int | None = None) -> bytes:
        """Return up to *size* bytes, all that is left by default."""
        return self._count(self.fp.read(self._allowed(size)))

    def readline(self, size: int | None = None) -> bytes:
        """Return the next line, at most *size* bytes of it."""
        return self._count(self.fp.readline(self._allowed(size)))

    def readlines(self, sizehint: int | None = None) -> list[bytes]:
        """Return the lines that are left, stopping after about *sizehint* bytes."""
        lines, total = [], 0
        for line in self:
            lines.append(line)
            total += len(line)
            if sizehint is not None and 0 < sizehint <= total:
                break
        return lines

    def __iter__(self) -> Iterator[bytes]:
        return iter(self.readline, b"")


def empty_file() -> BytesIO:
    """Return a file with nothing in it, for a request that has no body."""
    return BytesIO()
