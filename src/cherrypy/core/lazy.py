"""`lazy`: an attribute computed at its first use.

PERF: `functools.cached_property` costs about twice as much per first read on
Python 3.11, where it still takes a lock, and it asks for the instance's `__dict__`.
So nothing on the way of a request does: an object whose dict nobody asks for keeps
its attributes in a plain array, which saves 0.3 µs each for request and response.
"""

from collections.abc import Callable
from typing import Any, Generic, TypeVar, overload

Value = TypeVar("Value")


class lazy(Generic[Value]):  # noqa: N801 - reads as the decorator it is
    """A descriptor that replaces itself, on the instance, by what *compute* returns."""

    def __init__(self, compute: Callable[[Any], Value]) -> None:
        self.compute = compute
        self.__doc__ = compute.__doc__
        self.name = compute.__name__

    @overload
    def __get__(self, instance: None, owner: type) -> "lazy[Value]": ...
    @overload
    def __get__(self, instance: object, owner: type) -> Value: ...

    def __get__(self, instance: object | None, owner: type) -> "Value | lazy[Value]":
        if instance is None:
            return self
        value = self.compute(instance)
        setattr(instance, self.name, value)
        return value
