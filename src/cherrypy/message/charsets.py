"""Which charsets a client may name.

Python's codec registry is more than a list of charsets: it holds transformations (zlib), codecs
that take quadratic time (punycode), and it imports a module for any name it has not seen and
remembers that name for good. So a name that came with a message is looked up here first.
"""

from encodings.aliases import aliases

# SECURITY: transformations, codecs for program text, quadratic ones, and UTF-7, in which markup
# hides from whoever filters it.
_UNFIT = frozenset(
    [
        "base64_codec",
        "bz2_codec",
        "hex_codec",
        "quopri_codec",
        "rot_13",
        "uu_codec",
        "zlib_codec",
        "unicode_escape",
        "raw_unicode_escape",
        "undefined",
        "idna",
        "punycode",
        "utf_7",
        "mbcs",
        "oem",
    ]
)
# Charsets that Python knows under one name only.
_WITHOUT_ALIAS = frozenset(
    ["utf_8_sig", "koi8_t", "koi8_u", "cp720", "cp737", "cp856", "cp874", "cp875"]
)

_CHARSETS = {name: name for name in {*aliases.values(), *_WITHOUT_ALIAS} - _UNFIT}
_CHARSETS |= {alias: name for alias, name in aliases.items() if name not in _UNFIT}


def known_charset(name: str) -> str | None:
    """Return Python's name of a charset that a message names, in any spelling, or None.

    'UTF-8' -> 'utf_8', 'ISO-8859-1' -> 'latin_1', 'zlib' -> None.
    """
    return _CHARSETS.get(name.strip().lower().replace("-", "_").replace(" ", "_"))
