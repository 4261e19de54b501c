"""What configuration names: the built-in tools and their public modules.

Beside those modules live here the few helpers that the manual documents as `cherrypy.lib`:
iterators that read a file in chunks.
"""

from inspect import signature
from typing import Any

from ..core.bodies import file_generator, file_generator_limited

# NOTE: applications use `cherrypy.lib.httputil` without importing it.
from . import httputil, reprconf

__all__ = [
    "file_generator",
    "file_generator_limited",
    "httputil",
    "is_closable_iterator",
    "is_iterator",
    "reprconf",
]


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
