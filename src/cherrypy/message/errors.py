"""What a message can get wrong.

    MessageError(ValueError)       status, value
    ├── MalformedElement           a field value that breaks its own grammar
    ├── TooManyFields              more form or query fields than the limit allows
    ├── IllegalStatus              a response status that is no status (the program's mistake)
    ├── UnencodableHeader          a response header that no configured charset can carry
    └── IllegalCookie              a response cookie that could not be sent as it is

Parsers raise these and know nothing of responses; whoever answers the client reads `status`.
"""


class MessageError(ValueError):
    """Something in a message breaks its grammar or a limit.

    `status` is the HTTP status to answer with, `value` what was found (None if not at hand).
    """

    status = 400

    def __init__(self, text: str, value: object = None) -> None:
        super().__init__(text)
        self.value = value


class MalformedElement(MessageError):
    """A header field element breaks the grammar of its field, such as `q=high` in Accept."""


class TooManyFields(MessageError):
    """A query string or form holds more fields than the limit allows."""


class IllegalStatus(MessageError):
    """The program set a response status that is not a number from 100 to 599."""

    status = 500


class UnencodableHeader(MessageError):
    """A response header's name or value fits none of the configured charsets."""

    status = 500


class IllegalCookie(MessageError):
    """A response cookie holds a character that would break out of its Set-Cookie field."""

    status = 500
