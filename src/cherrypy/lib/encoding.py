"""Encoding of response bodies: the `encode` tool, on by default.

A page handler returns text; what the client gets is bytes in a charset it
accepts, named in the Content-Type.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from ..core.bodies import FileSlices, chunks_of
from ..core.context import current
from ..core.errors import HTTPError
from ..core.response import close
from ..message.charsets import known_charset
from ..message.elements import HeaderElement, header_elements
from . import is_iterator


class ResponseEncoder:
    """Stands for the page handler of a request and encodes what that returns.

    encoding: the one charset to use; default: negotiated with Accept-Charset.
    default_encoding: for clients that do not say; default 'utf-8'.
    errors: how characters that do not fit are handled, as for `str.encode`.
    text_only: leave the charset of anything but text/* alone; default True.
    add_charset: name the charset in the Content-Type; default True.

    Raises HTTPError 406 when no charset that the client accepts can hold the
    body, 500 when *encoding* cannot.
    """

    encoding: str | None = None
    default_encoding = "utf-8"
    errors = "strict"
    text_only = True
    add_charset = True
    debug = False
    failmsg = "Response body could not be encoded with %r."

    def __init__(self, **kwargs: Any) -> None:
        self.__dict__.update(kwargs)
        request = current().request
        self.oldhandler = request.handler
        if self.oldhandler is not None:
            request.handler = self

    @classmethod
    def as_filter(cls, **kwargs: Any) -> Callable[[Any, Any, Any], Any]:
        """Return a function that encodes what page handlers return; the tool uses this form."""
        encoder = cls.__new__(cls)
        encoder.__dict__.update(kwargs)
        return encoder.encode

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Call the page handler and return its body, encoded."""
        serving = current()
        return self.encode(self.oldhandler(*args, **kwargs), serving.request, serving.response)

    def encode(self, body: Any, request: Any, response: Any) -> Any:
        """Return *body* encoded, and name its charset in the Content-Type of *response*."""
        if request.has_field(b"accept-charset"):
            return self._encode_any(body, request.headers.get("Accept-Charset"))
        # PERF: the ordinary page, text/html for a client without preferences, is done here.
        # The key is in title case, so the plain dict's own methods find it.
        headers = response.headers
        if type(body) is str and dict.get(headers, "Content-Type") == "text/html":
            encoding = self.encoding or self.default_encoding
            if self.add_charset:
                dict.__setitem__(headers, "Content-Type", f"text/html;charset={encoding}")
            try:
                return body.encode(encoding, self.errors)
            except (LookupError, UnicodeError) as exc:
                raise HTTPError(500, self.failmsg % encoding) from exc
        return self._encode_any(body, None)

    def _encode_any(self, body: Any, accepted: str | None) -> Any:
        response = current().response
        if is_iterator(body) and not response.stream and not hasattr(body, "read"):
            # A page that yields may set the Content-Type as it goes.
            body = _collect(body)
        content_type = response.headers.get("Content-Type")
        if not content_type:
            return _encoded(body, self.default_encoding, self.errors)
        element = HeaderElement.from_str(content_type)
        if self.text_only and not element.value.lower().startswith("text/"):
            # Text that a handler has labelled as JSON, say, has no charset to name: it is UTF-8.
            return _encoded(body, self.default_encoding, self.errors)
        if isinstance(body, FileSlices):
            self._name_charset(element)
            return body
        body = chunks_of(body)
        if response.stream:
            encoding = self.encoding or self._preferred(accepted)[0]
            encoded: Any = _encode_stream(body, encoding, self.errors)
        else:
            parts = _collect(body)
            encoding, encoded = self._find_acceptable(parts, accepted)
        if self.add_charset:
            element.params["charset"] = encoding
            response.headers["Content-Type"] = str(element)
        return encoded

    def _name_charset(self, element: HeaderElement) -> None:
        """Name the charset of a file: no negotiation changes what its bytes are."""
        if self.add_charset and "charset" not in element.params:
            element.params["charset"] = self.encoding or self.default_encoding
            current().response.headers["Content-Type"] = str(element)

    def _find_acceptable(self, parts: list[Any], accepted: str | None) -> tuple[str, list[bytes]]:
        """Return the first charset, in the client's order, that can hold all parts."""
        tried = self._preferred(accepted)
        if self.encoding is not None:
            if accepted and not _accepts(accepted, self.encoding):
                raise _not_acceptable(accepted, [self.encoding])
            tried = [self.encoding]
        for encoding in tried:
            try:
                return encoding, [_encode_part(part, encoding, self.errors) for part in parts]
            except (LookupError, UnicodeError):
                continue
        if self.encoding is not None or not accepted:
            raise HTTPError(500, self.failmsg % tried[0])
        raise _not_acceptable(accepted, tried)

    def _preferred(self, accepted: str | None) -> list[str]:
        """Return the charsets to try, in the client's order of preference."""
        if not accepted:
            return [self.default_encoding]
        wanted = [
            self.default_encoding if element.value == "*" else element.value
            for element in _elements_of(accepted)
            if element.qvalue > 0 and (element.value == "*" or known_charset(element.value))
        ]
        if not wanted:
            raise _not_acceptable(accepted, [self.default_encoding])
        return wanted


def _accepts(accepted: str, encoding: str) -> bool:
    qualities = {_one_name(element.value): element.qvalue for element in _elements_of(accepted)}
    return bool(qualities.get(_one_name(encoding), qualities.get("*", 0)))


def _one_name(charset: str) -> str:
    """Return one name for all the spellings of a charset."""
    return known_charset(charset) or charset.lower()


def _elements_of(accepted: str) -> list[Any]:
    try:
        return list(header_elements("Accept-Charset", accepted))
    except ValueError as exc:
        raise HTTPError(400, f"The Accept-Charset {accepted!r} cannot be read: {exc}") from exc


def _not_acceptable(accepted: str, tried: list[str]) -> HTTPError:
    return HTTPError(
        406,
        f"Your client sent this Accept-Charset header: {accepted}. "
        f"We tried these charsets: {', '.join(tried)}.",
    )


def _encode_part(part: Any, encoding: str, errors: str) -> Any:
    return part.encode(encoding, errors) if isinstance(part, str) else part


def _collect(body: Iterable[Any]) -> list[Any]:
    try:
        return list(body)
    finally:
        close(body)


def _encoded(body: Any, encoding: str, errors: str) -> Any:
    """Return *body* with any text in it encoded; what holds none is left as it is."""
    if isinstance(body, str):
        return body.encode(encoding, errors)
    if body is None or isinstance(body, (bytes, FileSlices)) or hasattr(body, "read"):
        return body
    return _encode_stream(chunks_of(body), encoding, errors)


def _encode_stream(body: Iterable[Any], encoding: str, errors: str) -> Iterator[Any]:
    """Encode each part as it comes. Closing this generator closes *body*."""
    try:
        for part in body:
            yield _encode_part(part, encoding, errors)
    finally:
        close(body)
