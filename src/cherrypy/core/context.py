"""What is being served now: the one module that touches context variables.

Every request owns a `Serving`: its request, its response and whatever tools
hang beside them (`session`, say). The names an application knows
(`cherrypy.request`, `cherrypy.response`, `cherrypy.session`, `cherrypy.serving`)
are proxies that look the current `Serving` up at each use, so that one global
name is right in every thread. Inside core, request and response travel by hand;
only library tools, whose documented signatures leave no choice, come here.
"""

import threading
from collections.abc import Callable, Iterator
from contextvars import ContextVar
from functools import partial
from typing import Any


class Serving:
    """The request and response at work in one context, and what tools put beside them."""

    request: Any
    response: Any

    def __init__(self, request: Any = None, response: Any = None) -> None:
        self.request = request
        self.response = response


#: What the proxies show when no request is being served; `_runtime` fills it in.
idle = Serving()

_current: ContextVar[Serving] = ContextVar("cherrypy.serving")

#: Return the `Serving` of this context, or the idle one.
#: PERF: a partial of C functions costs half of a Python function, and a request asks often.
current: Callable[[], Serving] = partial(_current.get, idle)


#: Make a `Serving` what the proxies of this context show.
enter: Callable[[Serving], object] = _current.set

#: Forget what was being served in this context.
leave: Callable[[], object] = partial(_current.set, idle)


class ThreadLocalProxy:
    """Stand for one attribute of the current `Serving`, wherever it is used.

    Attribute access, item access, iteration, length, truth and containment all
    go to the object of the current request.
    """

    __slots__ = ("__attrname__", "__dict__")

    __attrname__: str

    def __init__(self, attrname: str) -> None:
        object.__setattr__(self, "__attrname__", attrname)

    def __getattr__(self, name: str) -> Any:
        return getattr(getattr(current(), self.__attrname__), name)

    def __setattr__(self, name: str, value: Any) -> None:
        setattr(getattr(current(), self.__attrname__), name, value)

    def __delattr__(self, name: str) -> None:
        delattr(getattr(current(), self.__attrname__), name)

    def _target(self) -> Any:
        return getattr(current(), self.__attrname__)

    def __getitem__(self, key: Any) -> Any:
        return self._target()[key]

    def __setitem__(self, key: Any, value: Any) -> None:
        self._target()[key] = value

    def __delitem__(self, key: Any) -> None:
        del self._target()[key]

    def __contains__(self, key: Any) -> bool:
        return key in self._target()

    def __iter__(self) -> Iterator[Any]:
        return iter(self._target())

    def __len__(self) -> int:
        return len(self._target())

    def __bool__(self) -> bool:
        return bool(self._target())

    def __dir__(self) -> list[str]:
        return dir(self._target())

    def __repr__(self) -> str:
        target = getattr(current(), self.__attrname__, None)
        return f"<proxy of {self.__attrname__}: {target!r}>"


class ServingProxy:
    """`cherrypy.serving`: the current `Serving` itself, read and written by attribute."""

    __slots__ = ()

    def __getattr__(self, name: str) -> Any:
        return getattr(current(), name)

    def __setattr__(self, name: str, value: Any) -> None:
        setattr(current(), name, value)

    def __delattr__(self, name: str) -> None:
        delattr(current(), name)

    def load(self, request: Any, response: Any) -> None:
        """Begin to serve *request* and *response* in this context."""
        enter(Serving(request, response))

    def clear(self) -> None:
        """Forget the request and response of this context."""
        leave()


class ThreadData(threading.local):
    """A place for what belongs to one worker thread, such as a database connection.

    Fill it from a `start_thread` listener; it lives as long as its thread.
    """

    def clear(self) -> None:
        """Drop everything that this thread has stored."""
        self.__dict__.clear()


request = ThreadLocalProxy("request")
response = ThreadLocalProxy("response")
session = ThreadLocalProxy("session")
serving = ServingProxy()
thread_data = ThreadData()
