"""The table of cases, run through the protocol without I/O, with each adapter."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cherrypy.httpd import HTTPServerError, Settings
from cherrypy.httpd.events import Data, End, Event, Head
from cherrypy.httpd.head import FieldParser, HeadParser
from cherrypy.httpd.parse_h11 import H11Fields
from cherrypy.httpd.parse_httptools import HttptoolsFields
from cherrypy.httpd.protocol import RequestProtocol

from .cases import BAD, BAD_BODIES, GOOD, LIMITS, Case, Seen

ADAPTERS: list[type[FieldParser]] = [HttptoolsFields, H11Fields]
SETTINGS = Settings(**LIMITS)  # type: ignore[arg-type]  # all of them are numbers


def collect(events: list[Event]) -> list[Seen]:
    seen: list[Seen] = []
    for event in events:
        if isinstance(event, Head):
            seen.append(
                Seen(
                    event.method,
                    event.path,
                    event.query,
                    keep_alive=event.keep_alive,
                    authority=event.authority,
                )
            )
        elif isinstance(event, Data):
            seen[-1] = seen[-1]._replace(body=seen[-1].body + event.payload)
        else:
            seen[-1] = seen[-1]._replace(trailers=tuple(event.trailers))
    return seen


def run(pieces: list[bytes], adapter: type[FieldParser]) -> tuple[list[Event], int | None]:
    """Feed a stream; return its events and the status that ended it, if one did."""
    protocol = RequestProtocol(SETTINGS)
    heads = HeadParser(adapter(), SETTINGS)
    events: list[Event] = []
    try:
        for piece in pieces:
            if protocol.framing is None:
                head = protocol.receive_head(piece, heads)
                events += [head] if head else []
            else:
                protocol.receive(piece)
            while (event := protocol.next_event(heads)) is not None:
                events.append(event)
    except HTTPServerError as error:
        return events, error.status
    return events, None


def split_in_bytes(data: bytes) -> list[bytes]:
    return [data[i : i + 1] for i in range(len(data))]


def check(case: Case, pieces: list[bytes], adapter: type[FieldParser]) -> None:
    events, status = run(pieces, adapter)
    assert status == case.status
    if status is None:
        assert tuple(collect(events)) == case.seen
    else:
        assert [event for event in events if isinstance(event, Head)][len(case.seen) :] == []


def by_name(case: Case) -> str:
    return case.name


@pytest.mark.parametrize("adapter", ADAPTERS)
@pytest.mark.parametrize("case", GOOD + BAD, ids=by_name)
def test_a_stream_fed_whole_says_what_the_table_says(
    case: Case, adapter: type[FieldParser]
) -> None:
    check(case, [case.data], adapter)


@pytest.mark.parametrize("adapter", ADAPTERS)
@pytest.mark.parametrize("case", GOOD + BAD, ids=by_name)
def test_a_stream_fed_byte_by_byte_says_the_same(case: Case, adapter: type[FieldParser]) -> None:
    check(case, split_in_bytes(case.data), adapter)


@pytest.mark.parametrize("case", BAD_BODIES[:-1], ids=by_name)
@pytest.mark.parametrize("split", [lambda data: [data], split_in_bytes], ids=["whole", "bytes"])
def test_a_broken_body_is_refused_after_its_head(case: Case, split: object) -> None:
    assert callable(split)
    events, status = run(split(case.data), HttptoolsFields)
    assert status == case.status
    assert isinstance(events[0], Head)
    assert not any(isinstance(event, End) for event in events)


@pytest.mark.parametrize("adapter", ADAPTERS)
def test_fields_keep_their_order_spelling_and_repetition(adapter: type[FieldParser]) -> None:
    data = b"GET / HTTP/1.1\r\nHoSt: a\r\nX_y:  1 \r\nx-Y:\t2\t\r\nX_y: 3\r\nE:\r\n\r\n"
    (head,), _ = run([data], adapter)
    assert isinstance(head, Head)
    assert head.headers == [
        (b"HoSt", b"a"),
        (b"X_y", b"1"),
        (b"x-Y", b"2"),
        (b"X_y", b"3"),
        (b"E", b""),
    ]
    assert head.request_line == "GET / HTTP/1.1"


@pytest.mark.parametrize("adapter", ADAPTERS)
def test_what_one_head_asked_for_does_not_touch_the_next_client(
    adapter: type[FieldParser],
) -> None:
    fields = adapter()
    for case in GOOD:
        head = case.data.lstrip()[: case.data.lstrip().find(b"\r\n\r\n") + 4]
        expected = head.count(b"\r\n") - 2
        assert len(fields.split(head, expected)) == expected


def test_changing_the_headers_of_one_head_does_not_change_those_of_the_next() -> None:
    heads = HeadParser(HttptoolsFields(), SETTINGS)
    raw = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"
    heads.parse(raw).headers.clear()
    assert heads.parse(raw).headers == [(b"Host", b"a")]


# -- any bytes at all: the adapters agree, and nothing but our own errors comes out

NAMES = [b"Host", b"host", b"X", b"Connection", b"Content-Length", b"Transfer-Encoding", b"Expect"]
ODD_NAMES = [b"Upgrade", b"X y", b"", b" X", b"X-Y_z", b"X\0", b"Proxy-Connection", b"Keep-Alive"]
VALUES = [b"a", b"close", b"keep-alive", b"3", b"0", b"chunked", b"gzip", b"h2c", b"", b"upgrade"]
ODD_VALUES = [b"100-continue", b"a, b", b"a\nb", b"a\r\n b", b"\x80\xff", b"chunked, chunked"]
TARGETS = [b"/", b"*", b"/a?b#c", b"http://a/b", b"a:1", b"http://", b"/\xe9", b"https:a", b"//"]

names = st.sampled_from(NAMES) | st.sampled_from(ODD_NAMES)
values = st.sampled_from(VALUES) | st.sampled_from(ODD_VALUES) | st.binary(max_size=8)
lines = st.tuples(names, st.sampled_from([b": ", b":", b" : ", b" "]), values).map(b"".join)
visible = st.lists(st.integers(0x21, 0x7E), max_size=8).map(bytes)
targets = st.sampled_from(TARGETS) | st.binary(max_size=8) | visible.map(b"/".__add__) | visible
methods = st.sampled_from([b"GET", b"POST", b"OPTIONS", b"CONNECT", b"QUERY", b"FOO", b"G\0", b""])
versions = st.sampled_from([b"HTTP/1.1", b"HTTP/1.0", b"HTTP/2.0", b"http/1.1", b"HTTP/1.10"])
ends = st.sampled_from([b"\r\n", b"\r\n", b"\r\n", b"\n", b"\r"])


@st.composite
def streams(draw: st.DrawFn) -> bytes:
    pieces = [draw(methods), b" ", draw(targets), b" ", draw(versions), draw(ends)]
    if draw(st.booleans()):
        pieces.append(b"Host: a\r\n")
    for line in draw(st.lists(lines, max_size=4)):
        pieces += [line, draw(ends)]
    pieces += [b"\r\n", draw(st.sampled_from([b"", b"abc", b"3\r\nabc\r\n0\r\n\r\n"]))]
    return b"".join(pieces)


@given(st.lists(streams(), min_size=1, max_size=2).map(b"".join))
def test_both_adapters_agree_on_any_stream(data: bytes) -> None:
    assert run([data], HttptoolsFields) == run([data], H11Fields)


@given(st.lists(streams(), min_size=1, max_size=2).map(b"".join), st.data())
def test_how_a_stream_is_cut_changes_nothing(data: bytes, draws: st.DataObject) -> None:
    cut = draws.draw(st.integers(0, len(data)))
    pieces = [piece for piece in (data[:cut], data[cut:]) if piece]
    whole, whole_status = run([data], HttptoolsFields)
    parts, parts_status = run(pieces, HttptoolsFields)
    assert (collect(parts), parts_status) == (collect(whole), whole_status)
