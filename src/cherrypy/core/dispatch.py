"""Dispatchers: from a path to the page handler, and to the configuration on the way.

`Dispatcher` walks the application's live tree of objects, one attribute per path
segment (manual: 'Tutorial 2', 'RESTful-style dispatching'). The walk is done for
each request, since the tree may change and nodes may answer dynamically; what
the nodes and the sections of the config say along the way is handed to the
plan cache, which has compiled it already.
"""

from collections.abc import Callable, Mapping
from types import MethodType
from typing import Any

from ..message.urls import split_path
from .context import current
from .errors import CherryPyException, NotFound
from .exposing import PUNCTUATION
from .handlers import LateParamPageHandler
from .plan import STATIC_DIR, Layer

PageFunction = Callable[..., Any]

#: A path cannot be rewritten more often than this by `_cp_dispatch` methods.
MAX_STEPS = 1000

INDEX = "index"
DEFAULT = "default"


#: A section of an application's config that holds on the way to a path: depth, path, entries.
Section = tuple[int, str, Mapping[str, Any]]

#: A node on the way, how many segments of the path it takes to get there, those that are left.
#: For '/a/b' to the method b: (root, 0, ['a', 'b']), (root.a, 1, ['b']), (root.a.b, 2, []).
#: PERF: plain tuples, here and below: named ones cost 0.2 µs each, for every segment.
Step = tuple[Any, float, list[str]]

#: Where a walk ended: the handler, the segments left for it, whether it is an index, the way.
Match = tuple[PageFunction | None, list[str], bool, list[Step]]


class Dispatcher:
    """Map a path to a page handler by walking the tree of objects below the root.

    dispatch_method_name: the method that a node may have to find the next node
        itself; default '_cp_dispatch'.
    translate: a table for `str.translate` that spells a path segment as the name
        of an attribute; by default each punctuation mark becomes '_'.
    """

    dispatch_method_name = "_cp_dispatch"

    def __init__(
        self, dispatch_method_name: str | None = None, translate: Mapping[int, Any] = PUNCTUATION
    ) -> None:
        if not isinstance(translate, Mapping):
            raise ValueError(
                f"The translate argument must be a table for str.translate, got {translate!r}"
            )
        if dispatch_method_name:
            self.dispatch_method_name = dispatch_method_name
        self.translate = translate

    def __call__(self, path_info: str) -> None:
        """Set `handler` and configuration of the current request for *path_info*."""
        handler, vpath = self.find_handler(path_info)
        request = current().request
        if handler is None:
            request.handler = NotFound()
        else:
            # PERF: a call with an empty list unpacked costs 0.1 µs more than one without.
            request.handler = (
                LateParamPageHandler(handler, *vpath) if vpath else LateParamPageHandler(handler)
            )

    def find_handler(self, path: str) -> tuple[PageFunction | None, list[str]]:
        """Return the page handler for *path*, or None, and the segments left as its arguments.

        Sets `is_index` and the plan of the current request.
        """
        request = current().request
        app = request.app
        names = split_path(path) if path != "/" else []
        handler, vpath, is_index, steps = self.walk(app.root, names)
        request.is_index = is_index or (bool(vpath) and path.endswith("/"))
        if is_index:
            names.append(INDEX)
        request.adopt(app.plans.get(layers_of(app, names, steps)))
        return handler, [segment.replace("%2F", "/") for segment in vpath] if vpath else vpath

    def walk(self, root: Any, names: list[str]) -> Match:
        """Walk from *root* along *names*; go back to the deepest node that can answer.

        PERF: a bound method takes 0.27 µs to say that it has no such attribute, its function
        0.03: so the function is asked.
        """
        steps: list[Step] = self._descend(root, names) if names else [(root, 0, names)]
        node, _, rest = steps[-1]
        if not rest:
            index = getattr(node.__func__ if type(node) is MethodType else node, INDEX, None)
            if index is not None and getattr(index, "exposed", False):
                # It takes no segment of its own: it is half a step below its node.
                steps.append((index, steps[-1][1] + 0.5, rest))
                return index, [], True, steps
        for position in range(len(steps) - 1, -1, -1):
            node, _, rest = steps[position]
            default = getattr(node.__func__ if type(node) is MethodType else node, DEFAULT, None)
            if default is not None and getattr(default, "exposed", False):
                # A default handler stands below its node, as an index does.
                steps.insert(position + 1, (default, steps[position][1] + 0.5, rest))
                return default, rest, False, steps
            # NOTE: the root itself answers only where it is callable.
            if getattr(node, "exposed", False) and callable(node):
                return node, rest, False, steps
        return None, [], False, steps

    def _descend(self, root: Any, names: list[str]) -> list[Step]:
        """Return the steps from *root* as far down as the tree goes."""
        node, depth, rest = root, 0, names
        steps: list[Step] = [(root, 0, names)]
        for _ in range(MAX_STEPS):
            if not rest:
                return steps
            # PERF: `translate` on a name that needs none costs 0.1 µs; `isidentifier` 0.03.
            is_name = rest[0].isidentifier() and self.translate is PUNCTUATION
            name = rest[0] if is_name else rest[0].translate(self.translate)
            # SECURITY: no URL walks into the interpreter: '/page/__globals__/...' names nothing.
            child = None if name[:2] == "__" else getattr(node, name, None)
            if child is not None:
                rest = rest[1:]
                depth += 1
            else:
                child, remaining = self._ask(node, rest)
                if child is None:
                    return steps
                depth += max(0, len(rest) - len(remaining))
                rest = remaining
            node = child
            steps.append((node, min(depth, len(names)), rest))
        raise CherryPyException(
            f"The walk along /{'/'.join(names)} took more than {MAX_STEPS} steps: "
            f"does a {self.dispatch_method_name} method add segments without end?"
        )

    def _ask(self, node: Any, rest: list[str]) -> tuple[Any, list[str]]:
        """Let the node's own dispatch method find the next node; it may change the segments."""
        method = getattr(node, self.dispatch_method_name, None)
        if method is None or not callable(method) or getattr(method, "exposed", False):
            return None, rest
        remaining = list(rest)
        child = method(remaining)
        if remaining == rest:
            # NOTE: a method that took no segment has answered for the first one.
            del remaining[0]
        return child, remaining


def layers_of(app: Any, names: list[str], steps: list[Step]) -> list[Layer]:
    """Return what configures the nodes of *steps*, lowest precedence first.

    A section of the config comes after the nodes of its own depth, which it
    overrides, and before the nodes below, which override it.
    """
    layers: list[Layer] = []
    sections: list[Section] = app.sections(names) if app.config else []
    for node, depth, _ in steps:
        while sections and sections[0][0] < depth:
            layers.append(sections.pop(0)[1:])
        # As in `walk`: the function of a method is faster to say that it has no such attribute.
        own = getattr(node.__func__ if type(node) is MethodType else node, "_cp_config", None)
        if own:
            # A node that serves a directory does so from its own path on.
            at = "/" + "/".join(names[: int(depth)]) if STATIC_DIR in own else None
            layers.append((at, own))
    layers.extend([section[1:] for section in sections] if sections else ())
    return layers
