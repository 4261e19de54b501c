"""What a page handler may return, made iterable: str, bytes, list, generator, file, None."""

from collections.abc import Iterable, Iterator
from typing import Any

CHUNK_SIZE = 65536


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
        return FileChunks(value)
    if hasattr(value, "__iter__"):
        return value  # type: ignore[no-any-return]  # checked just above
    raise TypeError(
        f"A page handler returned {value!r:.80} of type {type(value).__name__}; "
        "expected str, bytes, an iterable of them, a file or None"
    )


class FileChunks:
    """Iterate over an open file in pieces, closing it at the end or when closed.

    file: anything with `read(size)`.
    chunk_size: bytes per piece; default 65536.
    """

    def __init__(self, file: Any, chunk_size: int = CHUNK_SIZE) -> None:
        self.file = file
        self.chunk_size = chunk_size

    def __iter__(self) -> Iterator[Any]:
        return self

    def __next__(self) -> Any:
        chunk = self.file.read(self.chunk_size)
        if chunk:
            return chunk
        self.close()
        raise StopIteration

    def close(self) -> None:
        """Close the file, if it can be closed."""
        closer = getattr(self.file, "close", None)
        if closer is not None:
            closer()
