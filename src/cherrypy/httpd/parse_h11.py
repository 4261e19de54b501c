"""Field lines through h11: the adapter for interpreters that httptools is not built for.

h11 forgives a bare LF and folded lines; we do not, so the lines are held against the grammar
first. A fresh h11 connection reads each head: its state machine would wait for our response.
"""

import h11

from .errors import MalformedHead
from .events import HeaderList
from .grammar import split_fields


class H11Fields:
    """Judges a head and splits its field lines. One per thread."""

    __slots__ = ()

    def split(self, head: bytes, count: int) -> HeaderList:
        """Return the fields of `head`, which has `count` field lines and ends at its empty line.

        Raises `MalformedHead`.
        """
        line_end = head.find(b"\r\n") + 2
        fields = split_fields(head[line_end:-2])
        if fields is None:
            raise MalformedHead("Malformed request head: not a field line")
        connection = h11.Connection(h11.SERVER, max_incomplete_event_size=len(head) + 1)
        try:
            connection.receive_data(head)
            request = connection.next_event()
        except h11.RemoteProtocolError as error:
            raise MalformedHead(f"Malformed request head: {error}") from None
        if not isinstance(request, h11.Request) or len(fields) != count:
            raise MalformedHead("Malformed request head: incomplete")
        return fields
