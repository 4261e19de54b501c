"""Text that HTTP carries in disguise: encoded words, and file names in Content-Disposition.

A header field holds ISO-8859-1 at best. Two disguises exist for the rest: the encoded words of
RFC 2047 and the extended parameters of RFC 8187. What does not decode cleanly is left as it
came: a strange header is no reason to lose it.
"""

import re
from base64 import b64decode
from binascii import Error as Base64Error
from urllib.parse import quote, unquote_to_bytes

from .charsets import known_charset

# NOTE: `=?charset*language?...` (RFC 2231 5) names a language that nobody reads.
_ENCODED_WORD = re.compile(
    r"=\?([A-Za-z0-9_.:+-]{1,40})(?:\*[^?\s]{0,40})?\?([bBqQ])\?([^?\s]*)\?="
)
_GAP_BETWEEN_WORDS = re.compile(r"\s+")
_CONTROL = re.compile("[\x00-\x08\x0a-\x1f\x7f-\x9f\u2028\u2029]")

_Q_ESCAPE = re.compile(rb"=([0-9A-Fa-f]{2})")

# RFC 8187 3.2.1 attr-char, less what urllib never quotes anyway.
_EXTENDED_SAFE = "!#$&+-.^_`|~"


def decode_TEXT(value: str) -> str:  # noqa: N802 - the manual's name
    """Decode the RFC 2047 encoded words of a header value: '=?utf-8?q?f=C3=BCr?=' -> 'für'.

    A word with an unknown charset, broken bytes, or control characters inside stays as it is.
    """
    # SECURITY: a value must not gain a line break (or a NUL) by being decoded: whoever checked
    # it before would have checked something else.
    pieces: list[str] = []
    position = 0
    after_word = False
    for word in _ENCODED_WORD.finditer(value):
        decoded = _decode_word(*word.groups())
        gap = value[position : word.start()]
        # White space between two encoded words is not part of the text (RFC 2047 6.2).
        if not (after_word and decoded is not None and _GAP_BETWEEN_WORDS.fullmatch(gap)):
            pieces.append(gap)
        pieces.append(word.group() if decoded is None else decoded)
        after_word = decoded is not None
        position = word.end()
    pieces.append(value[position:])
    return "".join(pieces)


def _decode_word(charset: str, coding: str, payload: str) -> str | None:
    codec = known_charset(charset)
    if codec is None:
        return None
    try:
        if coding in "bB":
            raw = b64decode(payload.encode("ascii") + b"=" * (-len(payload) % 4), validate=True)
        else:
            escaped = payload.replace("_", " ").encode("ascii")
            raw = _Q_ESCAPE.sub(lambda match: bytes.fromhex(match[1].decode()), escaped)
        text = raw.decode(codec)
    except (UnicodeError, Base64Error):
        return None
    return None if _CONTROL.search(text) else text


def quote_string(value: str) -> str:
    """Return `value` as a quoted-string of RFC 9110 5.6.4; control characters are dropped."""
    cleaned = _CONTROL.sub("", value)
    return '"' + cleaned.replace("\\", "\\\\").replace('"', '\\"') + '"'


def content_disposition(disposition: str, filename: str | None = None) -> str:
    """Return the value of a Content-Disposition header, such as 'attachment; filename="a.txt"'.

    `disposition` is 'attachment' or 'inline'. A file name that is not plain ASCII is given
    twice: approximated, for old clients, and exactly as `filename*` (RFC 6266 4.3, RFC 8187).
    """
    if filename is None:
        return disposition
    cleaned = _CONTROL.sub("", filename).replace("\t", " ")
    # NOTE: some clients decode %xx in a plain file name, so a name with a % is given twice too.
    if cleaned.isascii() and "%" not in cleaned:
        return f"{disposition}; filename={quote_string(cleaned)}"
    approximate = cleaned.encode("ascii", "replace").decode("ascii").replace("?", "_")
    return (
        f"{disposition}; filename={quote_string(approximate.replace('%', '_'))}; "
        f"filename*=UTF-8''{encode_extended(cleaned)}"
    )


def encode_extended(value: str) -> str:
    """Return the percent-encoded UTF-8 of an extended parameter (RFC 8187 3.2)."""
    return quote(value.encode("utf-8", "replace"), safe=_EXTENDED_SAFE)


def decode_extended(value: str) -> str | None:
    """Decode an extended parameter: "UTF-8''%e2%82%ac%20rates" -> '€ rates' (RFC 8187 3.2).

    Returns None if it is malformed, in an unknown charset, or holds control characters.
    """
    charset, _, rest = value.partition("'")
    _, apostrophe, payload = rest.partition("'")
    codec = known_charset(charset) if apostrophe else None
    if codec is None:
        return None
    try:
        text = unquote_to_bytes(payload).decode(codec)
    except UnicodeError:
        return None
    return None if _CONTROL.search(text) else text
