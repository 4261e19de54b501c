"""Response heads: what is added, what is kept, what is refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cherrypy.httpd import BadResponse, Head, HeaderList, Settings
from cherrypy.httpd.response import BodyFraming, ResponseHead, ResponseWriter

STAMP = b"\r\nServer: CherryPy\r\nDate: Thu, 01 Jan 1970 00:00:07 GMT\r\n\r\n"
WRITER = ResponseWriter(Settings(), clock=lambda: 7.9)


def head(method: str = "GET", version: tuple[int, int] = (1, 1)) -> Head:
    return Head(method, "/", "", "", "/", "", version, [])


def build(
    status: bytes = b"200 OK",
    headers: HeaderList | None = None,
    request: Head | None = None,
    keep_alive: bool = True,
    length: int | None = 3,
) -> ResponseHead:
    return WRITER.build(status, headers or [], request or head(), keep_alive, length)


def test_a_plain_response_gets_its_length_server_and_date() -> None:
    built = build(headers=[(b"A", b"b")])
    assert built.data == b"HTTP/1.1 200 OK\r\nA: b\r\nContent-Length: 3" + STAMP
    assert (built.framing, built.length, built.keep_alive) == (BodyFraming.LENGTH, 3, True)


def test_what_the_gateway_set_is_kept() -> None:
    headers = [(b"content-LENGTH", b"3"), (b"DATE", b"now"), (b"server", b"mine")]
    built = build(headers=headers)
    assert built.data == (
        b"HTTP/1.1 200 OK\r\ncontent-LENGTH: 3\r\nDATE: now\r\nserver: mine\r\n\r\n"
    )


def test_a_body_of_unknown_length_is_chunked_for_1_1() -> None:
    built = build(length=None)
    assert b"\r\nTransfer-Encoding: chunked\r\n" in built.data
    assert (built.framing, built.keep_alive) == (BodyFraming.CHUNKED, True)


def test_a_body_of_unknown_length_ends_the_connection_of_1_0() -> None:
    built = build(length=None, request=head(version=(1, 0)))
    assert b"Transfer-Encoding" not in built.data
    assert b"\r\nConnection: close\r\n" in built.data
    assert (built.framing, built.keep_alive) == (BodyFraming.UNTIL_CLOSE, False)


def test_a_1_0_client_is_told_that_its_connection_stays() -> None:
    built = build(request=head(version=(1, 0)))
    assert b"\r\nConnection: Keep-Alive\r\nKeep-Alive: timeout=10\r\n" in built.data


@pytest.mark.parametrize("status", [b"204 No Content", b"304 Not Modified", b"101 Switching"])
def test_some_statuses_have_no_body(status: bytes) -> None:
    built = build(status, length=0)
    assert built.framing is BodyFraming.NONE
    assert b"Content-Length" not in built.data


def test_head_and_304_keep_the_length_of_what_they_stand_for() -> None:
    given_length = [(b"Content-Length", b"99")]
    for built in (
        build(b"304 Not Modified", given_length, length=0),
        build(headers=given_length, request=head("HEAD"), length=0),
        build(request=head("HEAD"), length=99),
    ):
        assert built.framing is BodyFraming.NONE
        assert b"\r\nContent-Length: 99\r\n" in built.data


def test_head_of_a_stream_says_that_it_would_be_chunked() -> None:
    built = build(request=head("HEAD"), length=None)
    assert b"\r\nTransfer-Encoding: chunked\r\n" in built.data
    assert built.framing is BodyFraming.NONE


def test_the_gateway_can_close_the_connection() -> None:
    built = build(headers=[(b"Connection", b"foo, Close")])
    assert built.data.count(b"Connection: close") == 1
    assert not built.keep_alive


def test_the_gateway_cannot_keep_a_connection_that_must_close() -> None:
    headers = [(b"Connection", b"keep-alive"), (b"Keep-Alive", b"timeout=99")]
    built = build(headers=headers, keep_alive=False)
    assert b"eep-" not in built.data
    assert b"\r\nConnection: close\r\n" in built.data


def test_a_gateway_that_asks_for_chunks_gets_them_once() -> None:
    built = build(headers=[(b"Transfer-Encoding", b"chunked")], length=None)
    assert built.data.count(b"chunked") == 1


@pytest.mark.parametrize(
    "headers",
    [
        [(b"Content-Length", b"x")],
        [(b"Content-Length", b"-1")],
        [(b"Content-Length", b"")],
        [(b"Content-Length", b"1"), (b"content-length", b"2")],
        [(b"Transfer-Encoding", b"gzip")],
    ],
)
def test_a_false_framing_is_refused(headers: HeaderList) -> None:
    with pytest.raises(ValueError, match=r"Content-Length|transfer-coding"):
        build(headers=headers)


@pytest.mark.parametrize("status", [b"", b"OK", b"20", b"2000 x", b"200OK", b"abc d"])
def test_a_false_status_is_refused(status: bytes) -> None:
    with pytest.raises(BadResponse):
        build(status)


@pytest.mark.parametrize("name", [b"", b" ", b"X Y", b"X:", b"X: Y", b"\xe9"])
def test_a_malformed_name_is_refused_each_time(name: bytes) -> None:
    for _ in range(2):
        with pytest.raises(BadResponse, match="name"):
            build(headers=[(name, b"a")])


dirty = st.tuples(st.binary(max_size=4), st.sampled_from([b"\r", b"\n", b"\0", b"\r\n"])).map(
    b"".join
)


@given(dirty, st.sampled_from(["status", "name", "value"]), st.binary(max_size=4))
def test_no_line_end_or_nul_ever_leaves(bad: bytes, place: str, rest: bytes) -> None:
    text = bad + rest
    status = b"200 " + text if place == "status" else b"200 OK"
    field = (text if place == "name" else b"A", text if place == "value" else b"b")
    with pytest.raises(BadResponse):
        build(status, [(b"X", b"y"), field, (b"Z", b"w")])


def test_the_date_follows_the_clock() -> None:
    now = [0.0]
    writer = ResponseWriter(Settings(server_name=""), clock=lambda: now[0])
    for second in (b"00", b"59"):
        now[0] = float(second)
        data = writer.build(b"200 OK", [], head(), True, 0).data
        assert b"\r\nDate: Thu, 01 Jan 1970 00:00:%b GMT\r\n" % second in data
        assert b"Server" not in data
