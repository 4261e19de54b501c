"""Hooks: callbacks that run at the documented points of a request.

`HookMap` is what `request.hooks` shows: a mutable list of `Hook` per point. A
compiled `RoutePlan` keeps the same hooks as sorted tuples, and `run_hooks` runs
either. The one rule to know: when a hook raises, the *failsafe* hooks that
remain still run, and then the first exception goes on its way (unless it was an answer, and
a failsafe hook has failed for good).
"""

from collections.abc import Callable, Iterable
from typing import Any

from .errors import HTTPError, HTTPRedirect, InternalRedirect

#: The documented hook points, in the order in which an ordinary page passes them.
HOOK_POINTS = (
    "on_start_resource",
    "before_request_body",
    "before_handler",
    "before_finalize",
    "on_end_resource",
    "on_end_request",
    "before_error_response",
    "after_error_response",
)

DEFAULT_PRIORITY = 50

#: What a hook raises to answer the request, as opposed to failing.
_ANSWERS = (HTTPError, HTTPRedirect, InternalRedirect)

Callback = Callable[..., Any]


class Hook:
    """A callback with its metadata: `failsafe`, `priority` and keyword arguments.

    callback: what is called, with *kwargs*, when the hook point is reached.
    failsafe: if true, the hook runs even when an earlier one has raised.
        Default: the callback's own `failsafe` attribute, or false.
    priority: lower runs earlier, 0 to 100. Default: the callback's own
        `priority` attribute, or 50. Equal priorities keep their order.
    """

    __slots__ = ("callback", "failsafe", "kwargs", "priority")

    def __init__(
        self,
        callback: Callback,
        failsafe: bool | None = None,
        priority: int | None = None,
        **kwargs: Any,
    ) -> None:
        self.callback = callback
        if failsafe is None:
            failsafe = getattr(callback, "failsafe", False)
        self.failsafe = failsafe
        if priority is None:
            priority = getattr(callback, "priority", DEFAULT_PRIORITY)
        self.priority = priority
        self.kwargs = kwargs

    def __lt__(self, other: "Hook") -> bool:
        return self.priority < other.priority

    def __call__(self) -> Any:
        """Run the callback and return what it returns."""
        return self.callback(**self.kwargs)

    def copy(self) -> "Hook":
        """Return a new hook with arguments of its own."""
        return Hook(self.callback, self.failsafe, self.priority, **self.kwargs)

    def __repr__(self) -> str:
        return (
            f"Hook(callback={self.callback!r}, failsafe={self.failsafe!r}, "
            f"priority={self.priority!r}, kwargs={self.kwargs!r})"
        )


class HookMap(dict[str, list[Hook]]):
    """Lists of `Hook` by hook point; `request.hooks` is one."""

    def __init__(self, points: Iterable[str] = HOOK_POINTS) -> None:
        super().__init__((point, []) for point in points)

    def attach(
        self,
        point: str,
        callback: Callback,
        failsafe: bool | None = None,
        priority: int | None = None,
        **kwargs: Any,
    ) -> None:
        """Append a new `Hook` for *callback* at *point*.

        Raises ValueError if there is no such hook point.
        """
        check_point(point, self)
        self[point].append(Hook(callback, failsafe, priority, **kwargs))

    def run(self, point: str) -> None:
        """Run all hooks of *point* in order of priority."""
        run_hooks(sorted(self[point]))

    def copy(self) -> "HookMap":
        """Return a new map with new lists of the same hooks."""
        new = HookMap(())
        for point, hooks in self.items():
            new[point] = list(hooks)
        return new


def check_point(point: str, known: Iterable[str] = HOOK_POINTS) -> None:
    """Raise ValueError, naming the alternatives, unless *point* is among *known*."""
    if point not in known:
        raise ValueError(f"{point!r} is not a hook point; expected one of {', '.join(known)}")


def run_hooks(hooks: Iterable[Hook]) -> None:
    """Call each hook; after one raises, only the failsafe ones that remain, then raise it."""
    remaining = iter(hooks)
    try:
        for hook in remaining:
            hook.callback(**hook.kwargs)
    except BaseException as first:
        failure = _run_failsafe(remaining, first)
        if failure is not None:
            raise failure from first
        raise


def _run_failsafe(hooks: Iterable[Hook], first: BaseException) -> Exception | None:
    """Run the failsafe *hooks* after *first* was raised; return what is to be raised in its place.

    A failure becomes a note on the first one. Where the first was an answer, which nobody
    would log, the failure itself is returned.
    """
    failure: Exception | None = None
    for hook in hooks:
        if not hook.failsafe:
            continue
        try:
            hook()
        except Exception as later:  # noqa: BLE001 - the hooks that remain run all the same
            if failure is None and isinstance(first, _ANSWERS) and not isinstance(later, _ANSWERS):
                failure = later
            else:
                first.add_note(f"Then the failsafe {hook!r} failed: {later!r}")
    return failure
