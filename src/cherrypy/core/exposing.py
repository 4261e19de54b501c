"""Decorators with which an application marks its page handlers: `expose`, `popargs`, `config`.

They only leave attributes behind (`exposed`, `_cp_config`, `_cp_dispatch`), which
the dispatcher reads; nothing here knows a request.
"""

import functools
import string
import sys
from collections.abc import Callable, Iterable, Sequence
from typing import Any, overload

from .context import current
from .errors import CherryPyException

#: How punctuation in a path segment is spelled in the name of a Python attribute.
PUNCTUATION = str.maketrans(string.punctuation, "_" * len(string.punctuation))


# NOTE: Any is what a handler comes out as, so that `page._cp_config = {...}` passes type checkers.
@overload
def expose(
    func: str | list[str] | tuple[str, ...] | None = None,
    alias: str | Iterable[str] | None = None,
) -> Callable[[Any], Any]: ...
@overload
def expose(func: Any, alias: str | Iterable[str] | None = None) -> Any: ...
def expose(func: Any = None, alias: str | Iterable[str] | None = None) -> Any:
    """Mark a function or class as a page handler, optionally under further names.

    Works as `@expose`, `@expose('alias')`, `@expose(['a', 'b'])`,
    `@expose(alias=...)`, and as a plain call `page = expose(page)`.

    func: the function or class; or an alias, or a list of them.
    alias: a name, or several, under which the handler is found as well.
        Punctuation in an alias is spelled `_`, as the dispatcher spells it.

    Returns the function or class itself. Raises CherryPyException for anything
    that cannot be called. Aliases go into the class body or module in which the
    decorator stands.
    """
    if func is None or isinstance(func, str) or _is_names(func):
        names = _names(func) + _names(alias)
        # NOTE: the frame in which the decorator is applied is where the aliases go.
        namespace = sys._getframe(1).f_locals
        return functools.partial(_expose, names=names, namespace=namespace)
    return _expose(func, names=_names(alias), namespace=sys._getframe(1).f_locals)


def _is_names(value: Any) -> bool:
    return isinstance(value, (list, tuple, set, frozenset))


def _names(alias: str | Iterable[str] | None) -> list[str]:
    if alias is None:
        return []
    return [alias] if isinstance(alias, str) else list(alias)


def _expose(func: Any, names: Sequence[str], namespace: dict[str, Any]) -> Any:
    handler = marked(func)
    if not callable(handler):
        raise CherryPyException(f"Only a function or a class can be exposed, got {func!r}")
    handler.exposed = True
    for name in names:
        namespace[name.translate(PUNCTUATION)] = func
    return func


def marked(handler: Any) -> Any:
    """Return what carries the marks of *handler*: of a static or class method, its function.

    The dispatcher reads them from what an instance shows, which is not the decorator's object.
    """
    return handler.__func__ if isinstance(handler, (staticmethod, classmethod)) else handler


def config(**entries: Any) -> Callable[[Any], Any]:
    """Return a decorator that attaches config entries to a handler or a class of handlers.

    entries: the keys hold dots, so they come as `@config(**{'tools.gzip.on': True})`.
    They add to what `_cp_config` holds already.
    """

    def attach(handler: Any) -> Any:
        target = marked(handler)
        # NOTE: a class inherits its base's dict; it must not write into it.
        target._cp_config = {**getattr(target, "_cp_config", {}), **entries}
        return handler

    return attach


def popargs(*names: str, **options: Any) -> Callable[..., Any]:
    """Name path segments, so that they become parameters of the page handlers below.

    Works as a class decorator, `@popargs('year')`, and as a method,
    `_cp_dispatch = popargs('year')` (manual: 'The popargs decorator').

    names: parameters for the leading segments that match no attribute, in
        order. Where the path has fewer segments, only those are set.
    handler: (keyword only) where the walk goes on once the segments are taken:
        an object, or a class or function that makes one from the parameters.
        Default: the object itself.

    Raises TypeError for another keyword.
    """
    handler = options.pop("handler", None)
    if options:
        raise TypeError(f"popargs() got an unexpected keyword: {', '.join(options)}")

    def take(node: Any, vpath: list[str] | None = None) -> Any:
        if isinstance(node, type):
            return _pop_before(node, take)
        segments: list[str] = [] if vpath is None else vpath
        taken = dict(zip(names, segments, strict=False))
        del segments[: len(taken)]
        if handler is None:
            current().request.params.update(taken)
            return _next_node(node, segments)
        if callable(handler) and not getattr(handler, "exposed", False):
            return handler(**taken)
        current().request.params.update(taken)
        return handler

    return take


def _pop_before(cls: type, take: Callable[..., Any]) -> type:
    """Make *take* the dispatch method of *cls*, followed by the one it has already."""
    inner = getattr(cls, "_cp_dispatch", None)

    def _cp_dispatch(self: Any, vpath: list[str]) -> Any:
        node = take(self, vpath)
        if node is None and inner is not None and vpath:
            return inner(self, vpath)
        return node

    setattr(cls, "_cp_dispatch", _cp_dispatch)  # noqa: B010 - the class is not known to have one
    return cls


def _next_node(node: Any, segments: list[str]) -> Any:
    """Return the child that the next segment names; the node itself when there is none left.

    NOTE: not the node itself for an unknown segment: it would be asked again,
    and would take that segment for the same parameter.
    """
    if not segments:
        return node
    name = translate(segments[0])
    # SECURITY: as in the dispatcher, no URL walks into the interpreter.
    child = None if name[:2] == "__" else getattr(node, name, None)
    if child is not None:
        del segments[0]
    return child


def translate(segment: str) -> str:
    """Return the attribute name for a path segment: its punctuation becomes `_`."""
    return segment.translate(PUNCTUATION)
