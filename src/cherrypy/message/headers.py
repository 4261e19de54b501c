"""Header fields as a mapping whose keys are all in one form, `Title-Case`.

A key is changed to `str(key).title()` when it enters. So a lookup by a key that is already in
that form can go straight to the dict, and only a miss has to think about the spelling. The
memos below make even that cheap: a service sees the same few dozen names all day.

Nothing here refuses CR, LF or NUL in a value: the server does, for every header that leaves.
"""

from base64 import b64encode
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, ClassVar, Self, TypeVar, overload

from .elements import HeaderElement, header_elements
from .errors import UnencodableHeader
from .text import decode_TEXT

# SECURITY: clients choose field names, so a memo without bounds would be theirs to fill.
MEMO_ENTRIES = 1024
MEMO_NAME_LENGTH = 64

Form = TypeVar("Form", str, bytes)

_DEFAULT_ENCODINGS = ["ISO-8859-1"]

# SECURITY: these are tokens and numbers, never TEXT. A proxy in front that judged them by their
# letters must not be contradicted by a decoded meaning.
_NEVER_DECODED = frozenset({"Connection", "Content-Length", "Cookie", "Host", "Transfer-Encoding"})


class _NameMemo(dict[Any, Form]):
    """A form of a name, by the name as given. Subclasses compute it in `__missing__`."""

    def keep(self, name: str | bytes, form: Form) -> Form:
        if len(name) <= MEMO_NAME_LENGTH:
            if len(self) >= MEMO_ENTRIES:
                self.clear()
            self[name] = form
        return form


class _TitleMemo(_NameMemo[str]):
    """Key as given -> `str(key).title()`; a miss computes it."""

    def __missing__(self, key: object) -> str:
        title = str(key).title()
        # Only exact strings are kept: 1 and True are one dict key but two header names.
        return self.keep(key, title) if type(key) is str else title


class _RawTitleMemo(_NameMemo[str]):
    """Field name as it came over the wire -> title-cased text; a miss computes it."""

    def __missing__(self, raw: bytes) -> str:
        return self.keep(raw, raw.decode("latin-1").title())


class _WireNameMemo(_NameMemo[bytes]):
    """Field name of a response -> its bytes; a miss computes them."""

    def __missing__(self, name: str) -> bytes:
        try:
            raw = name.encode("latin-1")
        except UnicodeEncodeError:
            raise UnencodableHeader(
                f"The header name {name!r} cannot be sent: use letters, digits and hyphens.", name
            ) from None
        return self.keep(name, raw)


_titles = _TitleMemo()
_raw_titles = _RawTitleMemo()
_wire_names = _WireNameMemo()

_dict_contains = dict.__contains__
_dict_delete = dict.__delitem__
_dict_get = dict.get
_dict_pop = dict.pop
_dict_set = dict.__setitem__
_dict_setdefault = dict.setdefault
_dict_update = dict.update


def title_name(raw: bytes) -> str:
    """Return a field name in the form header maps use: b'content-type' -> 'Content-Type'."""
    return _raw_titles[raw]


class CaseInsensitiveDict(dict[str, Any]):
    """A dict whose keys are changed on entry to `str(key).title()`.

    It is made and updated from whatever a dict is made from; of several keys that differ only
    in case, the last one wins. Manual: `cherrypy.lib.httputil.CaseInsensitiveDict`.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__()
        if args or kwargs:
            self.update(*args, **kwargs)

    # PERF: `d[key]` stays the C lookup; only a key in another spelling comes through here.
    def __missing__(self, key: object) -> Any:
        title = _titles[key]
        if title == key or not _dict_contains(self, title):
            raise KeyError(key)
        return self[title]

    def __setitem__(self, key: object, value: Any) -> None:
        _dict_set(self, _titles[key], value)

    def __delitem__(self, key: object) -> None:
        _dict_delete(self, _titles[key])

    def __contains__(self, key: object) -> bool:
        return _dict_contains(self, _titles[key])

    def get(self, key: object, default: Any = None) -> Any:
        """Return the value of `key` in any spelling, or `default`."""
        return _dict_get(self, _titles[key], default)

    def setdefault(self, key: object, default: Any = None) -> Any:
        """Return the value of `key`; where there is none, set it to `default` first."""
        return _dict_setdefault(self, _titles[key], default)

    def pop(self, key: object, *default: Any) -> Any:
        """Remove `key` and return its value, or `default` if given; else raise KeyError."""
        return _dict_pop(self, _titles[key], *default)

    def update(self, *args: Any, **kwargs: Any) -> None:
        """Set each key of a mapping, of an iterable of pairs, and of the keyword arguments."""
        if len(args) == 1 and not kwargs and isinstance(args[0], CaseInsensitiveDict):
            _dict_update(self, args[0])
            return
        for key, value in dict(*args, **kwargs).items():
            _dict_set(self, _titles[key], value)

    def copy(self) -> Self:
        """Return a shallow copy of the same class."""
        return self.from_titled(self)

    @classmethod
    def fromkeys(  # type: ignore[override]  # ours is of the same class
        cls, iterable: Iterable[Any], value: Any = None
    ) -> Self:
        """Return a new map with each of the keys set to `value`."""
        return cls((key, value) for key in iterable)

    @classmethod
    def from_titled(cls, mapping: Mapping[str, Any]) -> Self:
        """Return a new map of entries whose keys the caller knows to be title-cased already.

        A key in another spelling would be unreachable: use the constructor for those.
        """
        # PERF: one C call, instead of a Python call for each key.
        titled = cls.__new__(cls)
        _dict_update(titled, mapping)
        return titled

    def __or__(self, other: Any) -> Self:  # type: ignore[override]  # ours is of the same class
        if not isinstance(other, Mapping):
            return NotImplemented
        merged = self.copy()
        merged.update(other)
        return merged

    def __ror__(self, other: Any) -> Self:  # type: ignore[override]  # ours is of the same class
        if not isinstance(other, Mapping):
            return NotImplemented
        merged = type(self)(other)
        merged.update(self)
        return merged

    def __ior__(self, other: Any) -> Self:  # type: ignore[override]  # as dict, takes any pairs
        self.update(other)
        return self


class HeaderMap(CaseInsensitiveDict):
    """The header fields of one request or response.

    `encodings` are the charsets tried for a text value that leaves, in order. What none of them
    carries goes out as an RFC 2047 encoded word, if `use_rfc_2047` is set and `protocol` is
    HTTP/1.1 or later. Manual: `cherrypy.lib.httputil.HeaderMap`.
    """

    protocol: tuple[int, int] = (1, 1)
    encodings: ClassVar[list[str]] = ["ISO-8859-1"]
    use_rfc_2047: bool = True

    @classmethod
    def from_raw(cls, items: Iterable[tuple[bytes, bytes]]) -> Self:
        """Return the map of a request's header fields, given as they came over the wire.

        Values are ISO-8859-1; a repeated field is joined with ', ' (RFC 9110 5.3), Cookie with
        '; ' (RFC 9113 8.2.3). Also a repeated field that should be a singleton is joined: no
        value is lost, and its reader refuses what it cannot understand.
        """
        fields: dict[str, str] = {}
        for raw_name, raw_value in items:
            name = _raw_titles[raw_name]
            value = raw_value.decode("latin-1")
            if "=?" in value and name not in _NEVER_DECODED:
                value = decode_TEXT(value)
            if name in fields:
                separator = "; " if name == "Cookie" else ", "
                fields[name] = f"{fields[name]}{separator}{value}"
            else:
                fields[name] = value
        return cls.from_titled(fields)

    def elements(self, key: str) -> list[HeaderElement]:
        """Return the elements of a field's comma-separated list, the most preferred first.

        An absent field has none. Raises MalformedElement as `header_elements` does.
        """
        return header_elements(_titles[key], self.get(key))

    @overload
    def values(self) -> Any: ...
    @overload
    def values(self, key: str) -> list[str]: ...
    def values(self, key: str | None = None) -> Any:
        """Return the values of one field's elements as text, the most preferred first.

        Parameters such as `;q=0.5` are left out. Without a key, this is the `values` of a dict.
        """
        if key is None:
            return super().values()
        return [element.value for element in self.elements(key)]

    def output(self) -> list[tuple[bytes, bytes]]:
        """Return the fields as pairs of bytes, to be sent in this order.

        A value may be str, bytes, or anything that `str` makes a value of. Raises
        UnencodableHeader for text that cannot be carried.
        """
        # PERF: nearly every value is ISO-8859-1 text; only one that is not takes the long way.
        if self.encodings == _DEFAULT_ENCODINGS:
            try:
                return [
                    (
                        _wire_names[name],
                        value.encode("latin-1") if type(value) is str else _plain_bytes(value),
                    )
                    for name, value in self.items()
                ]
            except UnicodeEncodeError:
                pass
        return [
            (_wire_names[name], self._encode_value(name, value)) for name, value in self.items()
        ]

    @classmethod
    def encode_header_items(
        cls, header_items: Iterable[tuple[str | bytes, Any]]
    ) -> Iterator[tuple[bytes, bytes]]:
        """Yield (name, value) pairs ready to be sent, from pairs of text, bytes or numbers."""
        for name, value in header_items:
            raw = name if isinstance(name, bytes) else _wire_names[str(name)]
            yield raw, cls.encode(value)

    @classmethod
    def encode(cls, value: Any) -> bytes:
        """Return a header value as bytes, in the first charset of `encodings` that carries it.

        Raises UnencodableHeader if none does and RFC 2047 is switched off or not allowed.
        """
        return _encode(value, cls.encodings, cls.use_rfc_2047 and cls.protocol >= (1, 1))

    def _encode_value(self, name: str, value: Any) -> bytes:
        """Encode by the settings of this map, which may differ from those of its class."""
        may_use_words = self.use_rfc_2047 and self.protocol >= (1, 1)
        try:
            return _encode(value, self.encodings, may_use_words)
        except UnencodableHeader as error:
            raise UnencodableHeader(f"{name}: {error}", value) from None


def _plain_bytes(value: Any) -> bytes:
    return value if isinstance(value, bytes) else str(value).encode("latin-1")


def _encode(value: Any, encodings: Iterable[str], may_use_words: bool) -> bytes:
    if isinstance(value, bytes):
        return value
    text = str(value)
    for encoding in encodings:
        try:
            return text.encode(encoding)
        except UnicodeEncodeError:
            continue
    if may_use_words:
        # A lone surrogate fits no charset, so even this can fail.
        try:
            return b"=?utf-8?b?" + b64encode(text.encode("utf-8")) + b"?="
        except UnicodeEncodeError:
            pass
    raise UnencodableHeader(
        f"The header value {text!r} cannot be sent in any of {list(encodings)}.", value
    )
