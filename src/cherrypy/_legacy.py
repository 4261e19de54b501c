"""Historical module names: one table, from the name that applications import to its real homes.

`cherrypy._cptools` and its like are no files. Each is a module object whose
attributes are looked up in the real homes, in order; setting and deleting one
does so at home, so that a patch takes effect where the code is.
"""

import sys
from collections.abc import Iterable
from types import ModuleType
from typing import Any

from .core import (
    application,
    checker,
    config,
    context,
    dispatch,
    entity,
    errorpages,
    errors,
    exposing,
    handlers,
    hooks,
    lifecycle,
    logs,
    reprconf,
    request,
    response,
    tools,
    tree,
    wsgi,
)
from .hosting import server, servers
from .lib import toolbox

HOMES: dict[str, tuple[ModuleType, ...]] = {
    "_cpchecker": (checker,),
    "_cpconfig": (config, reprconf),
    "_cpdispatch": (dispatch, handlers, exposing),
    "_cperror": (errors, errorpages),
    "_cplogging": (logs,),
    "_cpnative_server": (servers,),
    "_cpreqbody": (entity,),
    "_cprequest": (request, response, hooks, lifecycle),
    "_cpserver": (server,),
    "_cptools": (tools, toolbox),
    "_cptree": (tree, application),
    "_cpwsgi": (wsgi,),
    "_cpwsgi_server": (servers,),
    "wsgiserver": (servers,),
    "_helper": (exposing, context),
}


class Alias(ModuleType):
    """A module that has no attributes of its own but those of its *homes*.

    NOTE: to delete an attribute that was set here brings back what it replaced. Patching tools
    (`unittest.mock`, pytest's `monkeypatch`) undo a patch so, of a name that is in no `__dict__`.
    """

    def __init__(self, name: str, homes: tuple[ModuleType, ...]) -> None:
        places = ", ".join(home.__name__ for home in homes)
        super().__init__(name, f"A historical name for {places}.")
        self.__dict__["_homes"] = homes
        self.__dict__["_replaced"] = {}

    def _home_of(self, name: str) -> ModuleType:
        if name in self._replaced:
            home: ModuleType = self._replaced[name][0]
            return home
        homes: tuple[ModuleType, ...] = self.__dict__["_homes"]
        having = [home for home in homes if hasattr(home, name)]
        # One home may import the name from another, which is where it is defined.
        for home in having:
            if getattr(getattr(home, name), "__module__", None) == home.__name__:
                return home
        return having[0] if having else homes[0]

    def __getattr__(self, name: str) -> Any:
        try:
            return getattr(self._home_of(name), name)
        except AttributeError:
            raise AttributeError(f"module {self.__name__!r} has no attribute {name!r}") from None

    def __setattr__(self, name: str, value: Any) -> None:
        if name.startswith("__"):
            # The import system marks the module itself (`__spec__`, `__file__`).
            super().__setattr__(name, value)
            return
        home = self._home_of(name)
        if hasattr(home, name):
            self._replaced.setdefault(name, (home, getattr(home, name)))
        setattr(home, name, value)

    def __delattr__(self, name: str) -> None:
        if name in self._replaced:
            home, original = self._replaced.pop(name)
            setattr(home, name, original)
        else:
            delattr(self._home_of(name), name)

    def __dir__(self) -> Iterable[str]:
        homes: tuple[ModuleType, ...] = self.__dict__["_homes"]
        return sorted({name for home in homes for name in dir(home)})


def install(package: str) -> dict[str, Alias]:
    """Register the aliases as submodules of *package*, and return them by name."""
    aliases = {name: Alias(f"{package}.{name}", homes) for name, homes in HOMES.items()}
    for alias in aliases.values():
        sys.modules[alias.__name__] = alias
    return aliases
