"""Bodies that a gateway pushes: what goes out with each piece, and what is kept of promises."""

import pytest

from cherrypy.httpd.body_writer import BodyWriter
from cherrypy.httpd.errors import BadResponse
from cherrypy.httpd.response import BodyFraming, ResponseHead


class Exchange:
    """What a writer changes of its exchange."""

    keep_alive = True
    response_started = False


def writer_for(
    framing: BodyFraming, length: int | None = None
) -> tuple[BodyWriter, Exchange, list[bytes]]:
    sent: list[bytes] = []
    exchange = Exchange()
    built = ResponseHead(b"HEAD|", framing, length, True)
    return BodyWriter(exchange, built, sent.append), exchange, sent


@pytest.mark.parametrize(
    ("framing", "length", "expected"),
    [
        (BodyFraming.CHUNKED, None, [b"HEAD|2\r\nab\r\n", b"1\r\nc\r\n", b"0\r\n\r\n"]),
        (BodyFraming.UNTIL_CLOSE, None, [b"HEAD|ab", b"c"]),
        (BodyFraming.LENGTH, 3, [b"HEAD|ab", b"c"]),
        (BodyFraming.NONE, None, [b"HEAD|"]),
    ],
)
def test_each_piece_is_sent_at_once_and_the_head_with_the_first(
    framing: BodyFraming, length: int | None, expected: list[bytes]
) -> None:
    writer, exchange, sent = writer_for(framing, length)
    writer.write(b"")
    started = [exchange.response_started]
    writer.write(b"ab")
    started.append(exchange.response_started)
    writer.write(b"c")
    writer.finish()
    assert sent == expected
    assert started == [False, framing is not BodyFraming.NONE]
    assert exchange.response_started
    assert exchange.keep_alive


@pytest.mark.parametrize(
    ("framing", "length", "expected"),
    [
        (BodyFraming.CHUNKED, None, [b"HEAD|0\r\n\r\n"]),
        (BodyFraming.UNTIL_CLOSE, None, [b"HEAD|"]),
        (BodyFraming.LENGTH, 0, [b"HEAD|"]),
    ],
)
def test_an_empty_body_sends_the_head_at_the_end(
    framing: BodyFraming, length: int | None, expected: list[bytes]
) -> None:
    writer, exchange, sent = writer_for(framing, length)
    writer.finish()
    assert sent == expected
    assert exchange.response_started


def test_what_is_more_than_promised_is_not_sent() -> None:
    writer, exchange, sent = writer_for(BodyFraming.LENGTH, 3)
    writer.write(b"ab")
    with pytest.raises(BadResponse, match="Content-Length says 3"):
        writer.write(b"cd")
    assert sent == [b"HEAD|ab", b"c"]
    assert not exchange.keep_alive


def test_what_is_less_than_promised_costs_the_connection() -> None:
    writer, exchange, sent = writer_for(BodyFraming.LENGTH, 3)
    writer.write(b"ab")
    with pytest.raises(BadResponse, match="Content-Length says 3"):
        writer.finish()
    assert sent == [b"HEAD|ab"]
    assert not exchange.keep_alive


def test_a_writer_says_whether_there_is_a_body_to_write() -> None:
    assert writer_for(BodyFraming.CHUNKED)[0].wants_body
    assert not writer_for(BodyFraming.NONE)[0].wants_body
