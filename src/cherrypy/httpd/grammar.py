"""The grammar of RFC 9110 and 9112 as far as this room judges it itself.

Named patterns over bytes, and the tables of methods and versions. The parser behind an adapter
judges field lines; what is here serves where it does not look, or looks less strictly.
"""

import re

from .events import HeaderList

TOKEN = rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]+"
# field-vchar, SP and HTAB; obs-text is allowed (RFC 9110 section 5.5)
FIELD_VALUE = rb"[\t\x20-\x7e\x80-\xff]*"

# The characters of a target in any form, which has no fragment (RFC 9112 section 3.2). Clients
# do send '"', '<', '[' and the like unescaped, and llhttp lets them pass.
is_target = re.compile(rb"[\x21\x22\x24-\x7e]+").fullmatch
is_token = re.compile(TOKEN).fullmatch
is_field_value = re.compile(FIELD_VALUE).fullmatch
match_field_line = re.compile(rb"(%b):(%b)" % (TOKEN, FIELD_VALUE)).fullmatch
is_version = re.compile(rb"HTTP/[0-9]\.[0-9]").fullmatch

# RFC 3986 reg-name, IPv4address or IP-literal, then a port. Empty is legal (RFC 9112, 3.2).
is_host = re.compile(
    rb"(?:(?:[A-Za-z0-9\-._~!$&'()*+,;=]|%[0-9A-Fa-f]{2})*|\[[0-9A-Fa-fvV:.]+\])(?::[0-9]*)?"
).fullmatch

# chunk-size is bounded so that no arithmetic ever grows; extensions are read and ignored
match_chunk_size = re.compile(rb"([0-9A-Fa-f]{1,16})(?:[ \t]*;[\t\x20-\x7e\x80-\xff]*)?").fullmatch

VERSIONS: dict[bytes, tuple[int, int]] = {b"HTTP/1.1": (1, 1), b"HTTP/1.0": (1, 0)}

# The methods that llhttp knows in HTTP. Any other token is a method we do not implement.
_METHOD_NAMES = """
    GET HEAD POST PUT DELETE OPTIONS PATCH TRACE CONNECT COPY LOCK MKCOL MOVE PROPFIND PROPPATCH
    SEARCH UNLOCK BIND REBIND UNBIND ACL REPORT MKACTIVITY CHECKOUT MERGE M-SEARCH NOTIFY
    SUBSCRIBE UNSUBSCRIBE PURGE MKCALENDAR LINK UNLINK SOURCE QUERY
"""
METHODS: dict[bytes, str] = {name.encode(): name for name in _METHOD_NAMES.split()}


def split_fields(block: bytes) -> HeaderList | None:
    """Split lines, each ended by CRLF, into (name, value); None where one is malformed.

    Refuses what RFC 9112 section 5 lets a server refuse: space before the colon, line folding,
    a bare CR or LF, NUL and other controls.
    """
    fields: HeaderList = []
    if not block:
        return fields
    for line in block[:-2].split(b"\r\n"):
        match = match_field_line(line)
        if match is None:
            return None
        fields.append((match[1], match[2].strip(b" \t")))
    return fields
