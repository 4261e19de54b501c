"""Tools: functions that configuration turns on at a hook point.

A `Tool` says *where* its function runs; a `Toolbox` gives it a *name* and with
that a place in configuration (`tools.NAME.on`, `tools.NAME.ARG`). What a tool
adds to a request follows from configuration alone, so a tool describes it once
with `plan()`, when a route is compiled. A subclass that overrides `_setup`, the
documented way to do more, is asked again for each request instead.
"""

import inspect
from collections.abc import Callable, Mapping
from typing import Any, ClassVar, NamedTuple

from .context import current
from .errors import NotFound
from .exposing import expose, marked
from .hooks import Hook, check_point

#: `_merged_args` never passes these on to a tool's function.
SWITCH = "on"
PRIORITY = "priority"
FAILSAFE = "failsafe"

#: The attributes of a tool that are compiled into plans.
_PLANNED_ATTRIBUTES = frozenset(
    {"_point", "_name", "_priority", "_setup", "callable", "newhandler"}
)

PageFunction = Callable[..., Any]


class PlannedHook(NamedTuple):
    """A hook that a tool wants at a point for every request of a route."""

    point: str
    hook: Hook


class Tool:
    """A function to run at one hook point when configuration says so.

    point: one of `hooks.HOOK_POINTS`.
    callable: the function; its arguments can be given in configuration.
    name: the name it is known by; a `Toolbox` sets it when None.
    priority: 0 to 100, lower runs earlier; default 50. Configuration can
        override it with `tools.NAME.priority`.
    """

    namespace = "tools"

    #: Counts the changes to what plans are compiled from, in any tool or toolbox.
    revision: ClassVar[int] = 0

    def __init__(
        self, point: str, callable: Callable[..., Any], name: str | None = None, priority: int = 50
    ) -> None:
        self._point = point
        self.callable = callable
        self._name = name
        self._priority = priority
        self.__doc__ = getattr(callable, "__doc__", None)
        self._declare_arguments()

    def __setattr__(self, name: str, value: Any) -> None:
        object.__setattr__(self, name, value)
        if name in _PLANNED_ATTRIBUTES:
            Tool.revision += 1

    def _declare_arguments(self) -> None:
        """Show each argument of the function as an attribute, None until configured."""
        for name in _argument_names(self.callable):
            if not hasattr(self, name):
                setattr(self, name, None)

    def _merged_args(self, d: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """Return the arguments of this tool for the current request.

        *d* are defaults of the caller; the current request's configuration of
        this tool overrides them. The `on` switch is left out.
        """
        arguments = dict(d or ())
        toolmaps = getattr(current().request, "toolmaps", {})
        arguments.update(toolmaps.get(self.namespace, {}).get(self._name, {}))
        arguments.pop(SWITCH, None)
        return arguments

    def __call__(self, *args: Any, **kwargs: Any) -> Callable[[Any], Any]:
        """Return a decorator that turns this tool on for a function or class.

        The keyword arguments become the tool's configuration there.
        Raises TypeError for positional arguments, which have no name to configure.
        """
        if args:
            raise TypeError(
                f"The {self._name!r} tool takes keyword arguments only, got {len(args)} others. "
                f"Did you forget the parentheses of @{self.namespace}.{self._name}()?"
            )
        prefix = f"{self.namespace}.{self._name}."

        def turn_on(handler: Any) -> Any:
            target = marked(handler)
            # NOTE: a class inherits its base's dict; it must not write into it.
            config = dict(getattr(target, "_cp_config", ()))
            config[prefix + SWITCH] = True
            config.update((prefix + key, value) for key, value in kwargs.items())
            target._cp_config = config
            return handler

        return turn_on

    def plan(self, arguments: dict[str, Any]) -> list[PlannedHook]:
        """Return the hooks that this tool, configured with *arguments*, adds to a route."""
        return [self._hook(self.callable, arguments)]

    def _hook(self, callback: Callable[..., Any], arguments: Mapping[str, Any]) -> PlannedHook:
        """Return the hook at this tool's point that calls *callback* with *arguments*.

        NOTE: the priority of the function, if it has one, counts more than that of the tool;
        so does `failsafe`.
        """
        arguments = dict(arguments)
        own_priority = getattr(self.callable, PRIORITY, self._priority)
        priority = arguments.pop(PRIORITY, own_priority)
        failsafe = arguments.pop(FAILSAFE, getattr(self.callable, FAILSAFE, False))
        return PlannedHook(self._point, Hook(callback, failsafe, priority, **arguments))

    @property
    def is_live(self) -> bool:
        """Whether `_setup` is overridden, so that it has to run for each request."""
        return type(self)._setup is not Tool._setup or "_setup" in self.__dict__

    def _setup(self) -> None:
        """Attach this tool to the current request; called while its hooks are collected.

        Override it to attach more than one hook (`cherrypy.request.hooks.attach`).
        """
        hooks = current().request.hooks
        for point, hook in self.plan(self._merged_args()):
            check_point(point, hooks)
            hooks[point].append(hook)


class HandlerTool(Tool):
    """A tool whose function may answer the request in place of the page handler.

    The function returns true when it has set the response; the page handler is
    then not called. A mounted tree can use it as a handler too, see `handler`.
    """

    def __init__(
        self, callable: Callable[..., Any], name: str | None = None, priority: int = 50
    ) -> None:
        super().__init__("before_handler", callable, name, priority)

    def handler(self, *args: Any, **kwargs: Any) -> PageFunction:
        """Return a page handler that calls the function with these arguments.

        Where the function does not answer, the page is not found (404).
        """

        @expose
        def handle_func(*vpath: Any, **params: Any) -> Any:
            merged = self._merged_args(kwargs)
            merged.pop(PRIORITY, None)
            if not self.callable(*args, **merged):
                raise NotFound()
            return current().response.body

        page: PageFunction = handle_func
        return page

    def plan(self, arguments: dict[str, Any]) -> list[PlannedHook]:
        """Return one hook that drops the page handler once the function has answered."""
        return [self._hook(self._wrapper, arguments)]

    def _wrapper(self, **kwargs: Any) -> None:
        if self.callable(**kwargs):
            current().request.handler = None


class HandlerWrapperTool(Tool):
    """A tool that wraps the page handler: `newhandler(next_handler, *args, **kwargs)`.

    newhandler: called in place of the page handler, with it as first argument.
    """

    def __init__(
        self,
        newhandler: Callable[..., Any],
        point: str = "before_handler",
        name: str | None = None,
        priority: int = 50,
    ) -> None:
        super().__init__(point, self._wrap, name, priority)
        self.newhandler = newhandler

    def _wrap(self, *args: Any, **kwargs: Any) -> None:
        request = current().request
        inner = request.handler
        if inner is None:
            return  # another tool has answered already

        def outer(*page_args: Any, **page_kwargs: Any) -> Any:
            return self.newhandler(inner, *page_args, **page_kwargs)

        request.handler = outer


class ErrorTool(Tool):
    """A tool that replaces the default error page: it becomes `request.error_response`."""

    def __init__(self, callable: Callable[..., Any], name: str | None = None) -> None:
        super().__init__("before_error_response", callable, name)

    def plan(self, arguments: dict[str, Any]) -> list[PlannedHook]:
        """Return one hook that puts the function in place of the error response."""
        return [self._hook(self._replace, arguments)]

    def _replace(self, **kwargs: Any) -> None:
        def error_response() -> None:
            self.callable(**kwargs)

        current().request.error_response = error_response


class Toolbox:
    """A named collection of tools, which is also the handler of a config namespace.

    Assigning a `Tool` to an attribute gives the tool that name. Setting a
    toolbox up registers nothing by itself: put it in `Application.toolboxes`.
    """

    def __init__(self, namespace: str) -> None:
        self.namespace = namespace

    def __setattr__(self, name: str, value: Any) -> None:
        if isinstance(value, Tool):
            if value._name is None:
                value._name = name
            value.namespace = self.namespace
        object.__setattr__(self, name, value)
        Tool.revision += 1

    def __delattr__(self, name: str) -> None:
        object.__delattr__(self, name)
        Tool.revision += 1

    def __getattr__(self, name: str) -> Any:
        raise AttributeError(f"The toolbox {self.namespace!r} has no tool {name!r}")

    def register(
        self, point: str, **kwargs: Any
    ) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
        """Return a decorator that adds a function to this toolbox as a `Tool`.

        point: the hook point.
        kwargs: `name` (default: the function's name) and `priority` of the tool.
        Raises ValueError if there is no such hook point.
        """
        check_point(point)

        def decorator(function: Callable[..., Any]) -> Callable[..., Any]:
            name = kwargs.get("name", getattr(function, "__name__", None))
            setattr(self, str(name), Tool(point, function, **kwargs))
            return function

        return decorator


def _argument_names(function: Callable[..., Any]) -> list[str]:
    """Return the names that configuration can give to *function*."""
    try:
        parameters = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):
        return []
    named = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)
    return [p.name for p in parameters if p.kind in named and p.name != "self"]
