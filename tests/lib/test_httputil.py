"""The documented names of `cherrypy.lib`, `lib.httputil` and `lib.reprconf`."""

import io
from collections.abc import Iterator

import pytest

from cherrypy.core import reprconf as core_reprconf
from cherrypy.lib import (
    file_generator,
    file_generator_limited,
    httputil,
    is_closable_iterator,
    is_iterator,
    reprconf,
)


@pytest.mark.parametrize(
    "name",
    [
        "AcceptElement", "CaseInsensitiveDict", "HTTPDate", "HeaderElement", "HeaderMap", "Host",
        "decode_TEXT", "get_ranges", "header_elements", "parse_query_string",
        "protocol_from_http", "response_codes", "urljoin", "urljoin_bytes", "valid_status",
    ],
)  # fmt: skip
def test_httputil_has_every_documented_name(name: str) -> None:
    assert getattr(httputil, name)
    assert name in httputil.__all__


def test_the_examples_of_the_manual_hold() -> None:
    assert httputil.get_ranges("bytes=3-6", 8) == [(3, 7)]
    assert httputil.decode_TEXT("=?utf-8?q?f=C3=BCr?=") == "f\xfcr"
    assert httputil.parse_query_string("key=val1&key=val2") == {"key": ["val1", "val2"]}
    assert httputil.parse_query_string("key=value") == {"key": "value"}
    assert httputil.protocol_from_http("HTTP/1.1") == (1, 1)
    assert httputil.HTTPDate(0) == "Thu, 01 Jan 1970 00:00:00 GMT"
    assert httputil.HeaderMap.protocol == (1, 1)
    assert httputil.HeaderMap.encodings == ["ISO-8859-1"]
    assert httputil.HeaderMap.use_rfc_2047 is True


def test_reprconf_is_the_one_that_the_core_uses() -> None:
    for name in reprconf.__all__:
        assert getattr(reprconf, name) is getattr(core_reprconf, name)


def test_a_file_is_yielded_in_chunks_and_closed_at_its_end() -> None:
    file = io.BytesIO(b"abcdefg")
    chunks = file_generator(file, chunkSize=3)
    assert iter(chunks) is chunks
    assert next(chunks) == b"abc"
    assert chunks.next() == b"def"
    assert not file.closed
    assert list(chunks) == [b"g"]
    assert file.closed


def test_a_file_that_is_not_read_to_its_end_can_be_closed() -> None:
    file = io.BytesIO(b"abc")
    chunks = file_generator(file)
    chunks.close()
    chunks.close()
    assert file.closed
    assert is_closable_iterator(chunks)


def test_a_source_that_cannot_be_closed_is_read_all_the_same() -> None:
    class Source:
        chunks = [b"", b"b", b"a"]

        def read(self, size: int, /) -> bytes:
            return self.chunks.pop()

    assert list(file_generator(Source())) == [b"a", b"b"]


@pytest.mark.parametrize(
    ("count", "chunks"),
    [
        (0, []),
        (-1, []),
        (2, [b"ab"]),
        (3, [b"abc"]),
        (4, [b"abc", b"d"]),
        (100, [b"abc", b"def", b"g"]),
    ],
)
def test_a_file_is_yielded_up_to_a_count(count: int, chunks: list[bytes]) -> None:
    file = io.BytesIO(b"abcdefg")
    assert list(file_generator_limited(file, count, chunk_size=3)) == chunks
    assert file.tell() == sum(map(len, chunks))
    assert not file.closed


class Counting:
    """An iterator without a `close`."""

    def __iter__(self) -> Iterator[int]:
        return self

    def __next__(self) -> int:
        return 1


class WithClose(Counting):
    def close(self) -> None:
        pass


class WithCloseThatIsText(Counting):
    close = "close"


class WithCloseThatTakesArguments(Counting):
    def close(self, how: str) -> None:
        pass


class IterableOnly:
    def __iter__(self) -> Iterator[int]:
        return iter([1])


class NextOnly:
    def __next__(self) -> int:
        return 1


class IteratorOfAnother(Counting):
    def __iter__(self) -> Iterator[int]:
        return iter([1])


@pytest.mark.parametrize(
    ("obj", "iterator", "closable"),
    [
        (Counting(), True, False),
        (WithClose(), True, True),
        (WithCloseThatIsText(), True, False),
        (WithCloseThatTakesArguments(), True, False),
        ((each for each in "ab"), True, True),
        (io.BytesIO(), True, True),
        (iter([1]), True, False),
        (IterableOnly(), False, False),
        (NextOnly(), False, False),
        (IteratorOfAnother(), False, False),
        ([1], False, False),
        ("text", False, False),
        (b"bytes", False, False),
        (None, False, False),
        (Counting, False, False),
    ],
)
def test_iterators_are_told_from_other_things(obj: object, iterator: bool, closable: bool) -> None:
    assert is_iterator(obj) is iterator
    assert is_closable_iterator(obj) is closable
