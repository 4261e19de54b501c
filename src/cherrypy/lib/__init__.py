"""What configuration names: the built-in tools and their public modules.

Beside those modules live here the few helpers that the manual documents as `cherrypy.lib`:
iterators that read a file in chunks.
"""

from collections.abc import Iterator
from inspect import signature
from typing import Any, Protocol


class _Readable(Protocol):
    def read(self, size: int, /) -> bytes: ...


def is_iterator(obj: object) -> bool:
    """Tell whether `obj` is an iterator: it has `__next__`, and `iter` of it is itself."""
    if not hasattr(type(obj), "__next__"):
        return False
    try:
        return iter(obj) is obj  # type: ignore[call-overload]  # asked, not assumed
    except TypeError:
        return False


def is_closable_iterator(obj: object) -> bool:
    """Tell whether `obj` is an iterator that can be closed, such as a generator.

    Its `close` must be callable without arguments, or it is not the kind that we mean.
    """
    if not is_iterator(obj):
        return False
    close = getattr(obj, "close", None)
    if not callable(close):
        return False
    return _takes_no_arguments(close)


def _takes_no_arguments(function: Any) -> bool:
    try:
        signature(function).bind()
    except ValueError:
        return True  # a built-in without a signature, such as the `close` of a C extension
    except TypeError:
        return False
    return True


class file_generator:  # noqa: N801 - the manual's name
    """Yield a file object in chunks, and close it at its end.

    `input` is the file object, `chunkSize` the size of a chunk in bytes (default 64 KiB).
    """

    def __init__(self, input: _Readable, chunkSize: int = 65536) -> None:  # noqa: N803
        self.input = input
        self.chunkSize = chunkSize

    def __iter__(self) -> "file_generator":
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
        close = getattr(self.input, "close", None)
        if close is not None:
            close()


def file_generator_limited(
    fileobj: _Readable, count: int, chunk_size: int = 65536
) -> Iterator[bytes]:
    """Yield a file object in chunks, and stop after `count` bytes or at its end.

    `chunk_size` is in bytes (default 64 KiB). The file is left open, at where reading stopped.
    """
    remaining = count
    while remaining > 0:
        chunk = fileobj.read(min(chunk_size, remaining))
        if not chunk:
            return
        remaining -= len(chunk)
        yield chunk
