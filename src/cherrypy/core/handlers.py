"""Calling a page handler, and telling the client when the request does not fit it.

A handler is called with what the request brought; only when that fails with a
`TypeError` is its signature compared, to tell a request that does not fit (404
or 400) from an error in the handler's own code.
"""

import inspect
import traceback
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from .context import current
from .errors import HTTPError

PageFunction = Callable[..., Any]


class PageHandler:
    """A page handler with the arguments it is going to be called with.

    callable, args, kwargs: can be read and changed before the call.
    """

    def __init__(self, callable: PageFunction, *args: Any, **kwargs: Any) -> None:
        self.callable = callable
        self.args: Sequence[Any] = args
        self._kwargs = kwargs

    @property
    def kwargs(self) -> dict[str, Any]:
        """The keyword arguments."""
        return self._kwargs

    @kwargs.setter
    def kwargs(self, kwargs: dict[str, Any]) -> None:
        self._kwargs = kwargs

    def __call__(self) -> Any:
        """Call the handler. Raises HTTPError 404 or 400 if the arguments do not fit it."""
        args, kwargs = self.args, self.kwargs
        try:
            return self.callable(*args, **kwargs)
        except TypeError as exc:
            if _has_run(self.callable, exc):
                raise
            mismatch = find_mismatch(self.callable, args, kwargs)
            if mismatch is None:
                raise
            raise mismatch from exc


class LateParamPageHandler(PageHandler):
    """A `PageHandler` that takes the request's parameters as they are when it is called.

    So tools that run before it can still change `request.params`.
    """

    @property
    def kwargs(self) -> dict[str, Any]:
        """The request's parameters, overridden by those given to this handler."""
        kwargs: dict[str, Any] = current().request.params.copy()
        if self._kwargs:
            kwargs.update(self._kwargs)
        return kwargs

    @kwargs.setter
    def kwargs(self, kwargs: dict[str, Any]) -> None:
        # NOTE: tools that come later look for the parameters where they always are.
        current().request.params = dict(kwargs)
        self._kwargs = {}


def _has_run(function: PageFunction, error: BaseException) -> bool:
    """Whether *error* comes from inside of *function*, so that the call itself was a fit.

    NOTE: a decorator may pass arguments that no client sends; then the signature, which is
    that of the decorated function, says nothing about the request.
    """
    code = getattr(inspect.unwrap(function), "__code__", None)
    return any(frame.f_code is code for frame, _ in traceback.walk_tb(error.__traceback__))


def find_mismatch(
    function: PageFunction, args: Sequence[Any], kwargs: Mapping[str, Any]
) -> HTTPError | None:
    """Return the error to answer with if *function* cannot be called so, else None.

    404 where the URL does not fit (path segments and query string are part of
    it), 400 where parameters of the body do not.
    """
    method: Any = function
    if not (inspect.isroutine(method) or hasattr(method, "__signature__")):
        method = method.__call__
    if inspect.ismethod(method):
        # NOTE: with its object, so that a parameter named 'self' is one too many, not an error.
        function, args = method.__func__, (method.__self__, *args)
    try:
        signature = inspect.signature(function)
    except (TypeError, ValueError):
        return None
    misfit = _Misfit.between(signature, args, kwargs)
    if misfit is None:
        return None
    request = current().request
    return HTTPError(*misfit.judge(request.body_params if "body" in request.__dict__ else {}))


class _Misfit:
    """What is missing from a call, given twice, or too much."""

    def __init__(
        self, missing: list[str], twice: list[str], unknown: list[str], surplus: int
    ) -> None:
        self.missing = missing
        self.twice = twice
        self.unknown = unknown
        self.surplus = surplus

    @classmethod
    def between(
        cls, signature: inspect.Signature, args: Sequence[Any], kwargs: Mapping[str, Any]
    ) -> "_Misfit | None":
        """Compare a signature with a call; None if they fit."""
        try:
            signature.bind(*args, **kwargs)
        except TypeError:
            pass
        else:
            return None
        parameters = list(signature.parameters.values())
        positional = [p for p in parameters if p.kind in _POSITIONAL]
        named = {p.name for p in parameters if p.kind in _NAMED}
        takes_rest = any(p.kind is inspect.Parameter.VAR_POSITIONAL for p in parameters)
        takes_any = any(p.kind is inspect.Parameter.VAR_KEYWORD for p in parameters)
        by_position = {p.name for p in positional[: len(args)]}
        return cls(
            missing=[
                p.name
                for p in parameters
                if _is_required(p) and p.name not in kwargs and p.name not in by_position
            ],
            twice=sorted(by_position & named & kwargs.keys()),
            unknown=[] if takes_any else sorted(kwargs.keys() - named),
            surplus=0 if takes_rest else max(0, len(args) - len(positional)),
        )

    def judge(self, body_params: Mapping[str, Any]) -> tuple[int, str | None]:
        """Return the status, and the message if the request wants to show it."""
        in_body = [name for name in self.twice + self.unknown if name in body_params]
        in_query = [name for name in self.twice + self.unknown if name not in body_params]
        if self.surplus or self.missing or in_query:
            code = 404
        else:
            code = 400
        if not current().request.show_mismatched_params:
            return code, None
        return code, " ".join(self._complaints(in_query, in_body)) or None

    def _complaints(self, in_query: list[str], in_body: list[str]) -> list[str]:
        complaints = []
        if self.missing:
            complaints.append(f"Missing parameters: {', '.join(self.missing)}.")
        if self.surplus:
            complaints.append(f"Unexpected path segments: {self.surplus} more than there can be.")
        for place, names in (("query string", in_query), ("body", in_body)):
            twice = [name for name in names if name in self.twice]
            unknown = [name for name in names if name in self.unknown]
            if twice:
                complaints.append(f"Multiple values for parameters: {', '.join(twice)}.")
            if unknown:
                complaints.append(f"Unexpected {place} parameters: {', '.join(unknown)}.")
        return complaints


_POSITIONAL = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
_NAMED = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)


def _is_required(parameter: inspect.Parameter) -> bool:
    return parameter.default is inspect.Parameter.empty and parameter.kind in (
        *_POSITIONAL,
        inspect.Parameter.KEYWORD_ONLY,
    )
