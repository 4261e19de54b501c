"""What a page handler may return, made iterable: str, bytes, list, generator, file, None.

A body knows how to be iterated over and how to be closed. One kind knows its length too,
before anything of it is read: `FileSlices`, so that a large file goes out as it is read and
the client is still told what to expect.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, BinaryIO, NamedTuple, Protocol

CHUNK_SIZE = 65536


class Readable(Protocol):
    """Anything with `read(size)`, as open files have it."""

    def read(self, size: int, /) -> bytes: ...


def chunks_of(value: Any) -> Iterable[Any]:
    """Return *value*, what a handler gave as body, as something to iterate over.

    A file is read in pieces and closed at the end. A str is passed on, for the
    `encode` tool or for the error that says why it cannot be sent.
    Raises TypeError for what cannot be a body.
    """
    if value is None:
        return []
    if isinstance(value, (bytes, str)):
        return [value] if value else []
    if isinstance(value, (bytearray, memoryview)):
        return [bytes(value)]
    if hasattr(value, "read"):
        return file_generator(value)
    if hasattr(value, "__iter__"):
        return value  # type: ignore[no-any-return]  # checked just above
    raise TypeError(
        f"A page handler returned {value!r:.80} of type {type(value).__name__}; "
        "expected str, bytes, an iterable of them, a file or None"
    )


class file_generator:  # noqa: N801 - the manual's name
    """Yield a file object in chunks, and close it at its end or when closed.

    input: the file object. chunkSize: bytes per chunk; default 65536.
    """

    def __init__(self, input: Readable, chunkSize: int = CHUNK_SIZE) -> None:  # noqa: N803
        self.input = input
        self.chunkSize = chunkSize

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        chunk = self.input.read(self.chunkSize)
        if chunk:
            return chunk
        self.close()
        raise StopIteration

    next = __next__

    def close(self) -> None:
        """Close the file, if it can be closed; doing so twice does no harm."""
        closer = getattr(self.input, "close", None)
        if closer is not None:
            closer()


def file_generator_limited(
    fileobj: Readable, count: int, chunk_size: int = CHUNK_SIZE
) -> Iterator[bytes]:
    """Yield a file object in chunks, and stop after *count* bytes or at its end.

    chunk_size: in bytes; default 65536. The file is left open, at where reading stopped.
    """
    remaining = count
    while remaining > 0:
        chunk = fileobj.read(min(chunk_size, remaining))
        if not chunk:
            return
        remaining -= len(chunk)
        yield chunk


class Slice(NamedTuple):
    """The bytes of a file from *start* up to, but without, *stop*."""

    start: int
    stop: int


class FileSlices:
    """A body made of slices of one file, with bytes of one's own between them.

    file: an open file that can be sought in; the body owns it and closes it.
    pieces: what the body consists of, in order.
    length: of the whole body, in bytes.
    """

    def __init__(self, file: BinaryIO, pieces: Sequence[bytes | Slice]) -> None:
        self.file = file
        self.pieces = pieces
        self.length = sum(map(_size, pieces))

    def __iter__(self) -> Iterator[bytes]:
        for piece in self.pieces:
            if isinstance(piece, bytes):
                yield piece
            else:
                self.file.seek(piece.start)
                yield from file_generator_limited(self.file, _size(piece))

    def close(self) -> None:
        """Close the file. Valid more than once."""
        self.file.close()


def _size(piece: bytes | Slice) -> int:
    return len(piece) if isinstance(piece, bytes) else piece.stop - piece.start
