"""The body reader: any framing, any cut, any sequence of reads gives the bytes that were sent."""

import io
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cherrypy.httpd import BodyReader, HTTPServerError, Settings, TruncatedBody
from cherrypy.httpd.events import Data, End
from cherrypy.httpd.framing import ChunkedFraming, Framing, LengthFraming

bodies = st.lists(st.sampled_from([b"a", b"\n", b"bc", b"\r\n", b"0\r\n\r\n", b"x" * 40])).map(
    b"".join
)
reads = st.lists(
    st.tuples(
        st.sampled_from(["read", "readline", "readlines", "next"]), st.integers(-1, 50) | st.none()
    ),
    max_size=12,
)


def cut(data: bytes, places: list[int]) -> list[bytes]:
    edges = sorted({0, len(data), *(place % (len(data) + 1) for place in places)})
    return [data[a:b] for a, b in pairwise(edges)]


def encode(body: bytes, places: list[int], chunked: bool) -> tuple[bytes, Framing]:
    if not chunked:
        return body, LengthFraming(len(body))
    chunks = [b"%x\r\n%b\r\n" % (len(chunk), chunk) for chunk in cut(body, places) if chunk]
    return b"".join(chunks) + b"0\r\nA: b\r\n\r\n", ChunkedFraming(Settings())


def reader_of(pieces: list[bytes], framing: Framing, rest: bytearray) -> BodyReader:
    """A reader over pieces that arrive one at a time; what follows the body stays in `rest`."""
    waiting = list(pieces)

    def pull() -> Data | End:
        while (event := framing.next_event(rest)) is None:
            if not waiting:
                raise TruncatedBody("no more")
            rest.extend(waiting.pop(0))
        return event

    return BodyReader(pull)


def apply(file: BodyReader | io.BytesIO, method: str, size: int | None) -> object:
    if method == "next":
        return next(iter(file), b"")
    return getattr(file, method)(size)


@given(bodies, st.lists(st.integers(0)), st.lists(st.integers(0)), st.booleans(), reads)
def test_reading_a_body_is_like_reading_a_file(
    body: bytes,
    chunk_cuts: list[int],
    wire_cuts: list[int],
    chunked: bool,
    calls: list[tuple[str, int | None]],
) -> None:
    wire, framing = encode(body, chunk_cuts, chunked)
    reader = reader_of(cut(wire, wire_cuts), framing, bytearray())
    twin = io.BytesIO(body)
    for method, size in calls:
        assert apply(reader, method, size) == apply(twin, method, size)
    assert reader.read() == twin.read()
    assert reader.read() == reader.readline() == b""
    assert reader.readlines() == []
    assert reader.trailers == ([(b"A", b"b")] if chunked else [])


@given(bodies, st.lists(st.integers(0)), st.booleans())
def test_what_follows_a_body_is_left_alone(body: bytes, cuts: list[int], chunked: bool) -> None:
    wire, framing = encode(body, cuts, chunked)
    rest = bytearray(wire + b"GET /next")
    assert reader_of([], framing, rest).read() == body
    assert rest == b"GET /next"


@given(bodies.filter(bool), st.integers(1), st.booleans(), st.sampled_from(["read", "readlines"]))
def test_a_truncated_body_never_looks_complete(
    body: bytes, missing: int, chunked: bool, method: str
) -> None:
    wire, framing = encode(body, [], chunked)
    reader = reader_of([wire[: -1 - missing % len(wire)]], framing, bytearray())
    for _ in range(2):
        with pytest.raises(HTTPServerError) as caught:
            getattr(reader, method)()
        assert caught.value.status == 400


def test_an_empty_body_needs_no_source() -> None:
    reader = BodyReader(None)
    assert reader.read() == reader.read(5) == reader.readline() == b""
    assert list(reader) == []
    reader.close()
