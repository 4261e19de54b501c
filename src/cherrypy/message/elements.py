"""Elements of a comma-separated header field: a value and its `;name=value` parameters.

One grammar reads them all (RFC 9110 5.6.1, 5.6.6), leniently: empty elements are skipped,
a quoted string that never ends reaches to the end. Only a bad `q` is refused, since a
preference that cannot be read cannot be honoured. Every reader here takes linear time.
"""

import re
from collections.abc import Mapping
from functools import cached_property
from typing import Any, Self

from .errors import MalformedElement

# A quoted string always matches up to its end or the end of the text, so nothing is read twice.
_QUOTED = r'"[^"\\]*(?:\\.[^"\\]*)*(?:"|\\?\Z)'
_BETWEEN_COMMAS = re.compile(rf'(?:[^",]|{_QUOTED})+', re.DOTALL)
_BETWEEN_SEMICOLONS = re.compile(rf'(?:[^";]|{_QUOTED})+', re.DOTALL)
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
_TOKEN = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")

# RFC 9110 12.4.2, and '.2' which a long-lived Java client sends.
_QVALUE = re.compile(r"(?:[01](?:\.[0-9]{0,10})?|\.[0-9]{1,10})")


class HeaderElement:
    """An element of a header field: its `value` and `params`, a dict of its parameters.

    A parameter that is only a name has the value ''. Names that are parsed become lower case:
    they mean the same in any (RFC 9110 5.6.6). Manual: `httputil.HeaderElement`.
    """

    def __init__(self, value: str, params: Mapping[str, Any] | None = None) -> None:
        self.value = value
        self.params: dict[str, Any] = {} if params is None else dict(params)

    @staticmethod
    def parse(elementstr: str) -> tuple[str, dict[str, str]]:
        """Return value and parameters: 'text/html; level=1' -> ('text/html', {'level': '1'})."""
        if ";" not in elementstr:
            return elementstr.strip(), {}
        if '"' in elementstr:
            parts = _BETWEEN_SEMICOLONS.findall(elementstr)
        else:
            parts = elementstr.split(";")
        value = "" if elementstr.startswith(";") else parts.pop(0).strip()
        params: dict[str, str] = {}
        for part in parts:
            name, _, text = part.partition("=")
            name = name.strip().lower()
            if name:
                # The first one counts: a repeated parameter is an error that nobody defined.
                params.setdefault(name, unquote_string(text.strip()))
        return value, params

    @classmethod
    def from_str(cls, elementstr: str) -> Self:
        """Return the element that a text such as 'token;name=value' describes."""
        return cls(*cls.parse(elementstr))

    def __str__(self) -> str:
        return self.value + "".join(
            f";{name}={_quote_unless_token(str(text))}" if text != "" else f";{name}"
            for name, text in self.params.items()
        )

    def __bytes__(self) -> bytes:
        return str(self).encode("latin-1", "replace")

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.value!r}, {self.params!r})"

    def rank(self) -> Any:
        """Return what elements of this kind are ordered by."""
        return self.value

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, HeaderElement):
            return NotImplemented
        return self.value == other.value and self.params == other.params

    def __hash__(self) -> int:
        return hash(self.value)

    def __lt__(self, other: "HeaderElement") -> bool:
        return bool(self.rank() < other.rank())

    def __gt__(self, other: "HeaderElement") -> bool:
        return bool(self.rank() > other.rank())

    def __le__(self, other: "HeaderElement") -> bool:
        return not self > other

    def __ge__(self, other: "HeaderElement") -> bool:
        return not self < other


class AcceptElement(HeaderElement):
    """An element of an Accept-like field; the more preferred is 'less than' the less preferred.

    So a sorted list begins with what the client wants most. Among equal qualities the more
    specific comes first (RFC 9110 12.5.1). Manual: `httputil.AcceptElement`.
    """

    @cached_property
    def qvalue(self) -> float:
        """The quality from 0 to 1; 1 where none is given. Raises MalformedElement."""
        return _quality(str(self.params["q"])) if "q" in self.params else 1.0

    def rank(self) -> Any:
        """Return quality, wildness and number of parameters. Raises MalformedElement."""
        return (-self.qvalue, _wildness(self.value), -len(self.params.keys() - {"q"}))


def header_elements(fieldname: str, fieldvalue: str | None) -> list[HeaderElement]:
    """Return the elements of a comma-separated field value.

    Elements of the Accept family and of TE are sorted, the most preferred first; equals keep
    their order. Those of any other field keep the order they came in, which carries meaning
    (Content-Encoding, Via, X-Forwarded-For). None and '' have no elements. Raises
    MalformedElement for a quality that is no number from 0 to 1.
    """
    if not fieldvalue:
        return []
    if '"' in fieldvalue:
        texts = _BETWEEN_COMMAS.findall(fieldvalue)
    else:
        texts = fieldvalue.split(",")
    lowered = fieldname.lower()
    if lowered.startswith("accept") or lowered == "te":
        accepted = [AcceptElement.from_str(text) for text in texts if text.strip()]
        # By key, since that reads each quality once, also the one of a single element.
        return sorted(accepted, key=lambda element: element.rank())
    return [HeaderElement.from_str(text) for text in texts if text.strip()]


def unquote_string(text: str) -> str:
    """Return what a quoted-string says (RFC 9110 5.6.4); other text is returned as it is."""
    if not text.startswith('"'):
        return text
    inner = text[1:-1] if len(text) > 1 and text.endswith('"') else text[1:]
    return _ESCAPED.sub(r"\1", inner) if "\\" in inner else inner


def _quote_unless_token(text: str) -> str:
    if _TOKEN.fullmatch(text):
        return text
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _quality(text: str) -> float:
    quality = float(text) if _QVALUE.fullmatch(text) else 2.0
    if quality > 1:
        raise MalformedElement(
            f"Malformed quality value {text[:40]!r}: expected a number from 0 to 1.", text
        )
    return quality


def _wildness(value: str) -> int:
    """0 for 'text/html' or 'utf-8', 1 for 'text/*', 2 for '*/*' or '*'."""
    if value in ("*", "*/*"):
        return 2
    return 1 if value.endswith("/*") else 0
