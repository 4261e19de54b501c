"""The house rules that no type checker knows: who may import whom, and how files are kept.

RULES is the table of docs/design.md. A *room* is a directory, or a single module, directly
under src/cherrypy. Each check lists what breaks its rule, in words that say what to mend; the
tests hold every check to our sources, and to a small wrong house that it must not accept.
"""

import ast
import sys
from collections.abc import Callable
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

from tests.imports import Import, Sources

SOURCE = Path(__file__).parent.parent / "src"
PACKAGE = "cherrypy"
LONGEST_FILE = 450  # lines

# Who uses the package as any application does.
USERS = ("test", "tutorial", "scaffold", "daemon", "__main__")

# What each room may import of the house, beside itself. None: any room.
RULES: dict[str, frozenset[str] | None] = {
    "httpd": frozenset(),
    "process": frozenset(),
    "message": frozenset(),
    "core": frozenset({"message"}),
    "lib": frozenset({"core", "message", "process"}),
    "hosting": frozenset({"core", "httpd", "process", "message"}),
    "_runtime": None,
    "_legacy": None,
    "__init__": None,
    **dict.fromkeys(USERS),
}

# What a room may import from outside beside the standard library: the dependencies, and what
# the extras of pyproject.toml bring.
DEPENDENCIES: dict[str, frozenset[str]] = {
    "httpd": frozenset({"httptools", "h11", "OpenSSL"}),
    "process": frozenset({"watchfiles", "flup"})
    | {"win32api", "win32con", "win32event", "win32service", "win32serviceutil", "servicemanager"},
    "core": frozenset({"multipart", "routes"}),
    "lib": frozenset({"pymemcache", "redis", "brotli", "zstandard", "coverage"}),
}

# Names that the manual's applications import. They are aliases, and none of them is a file.
HISTORICAL_NAMES = frozenset(
    {"_cpchecker", "_cpcompat", "_cpconfig", "_cpdispatch", "_cperror", "_cplogging", "_cpmodpy"}
    | {"_cpnative_server", "_cpreqbody", "_cprequest", "_cpserver", "_cptools", "_cptree"}
    | {"_cpwsgi", "_cpwsgi_server", "wsgiserver"}
)


def room_of(module: str) -> str:
    """Return the room that a module of the package belongs to."""
    return module.split(".")[1] if "." in module else "__init__"


def is_ours(module: str) -> bool:
    """Tell whether the module is one of the package's."""
    return module.partition(".")[0] == PACKAGE


def rooms_that_reach_too_far(sources: Sources) -> list[str]:
    """List the imports from one room into another that RULES does not allow."""
    found = []
    for each in sources.imports:
        here, there = room_of(each.importer), room_of(each.target)
        allowed = RULES.get(here, frozenset())
        if is_ours(each.target) and allowed is not None and there not in {here, *allowed}:
            found.append(f"{each}, and {here} may import {sorted(allowed)}")
    return found


def undeclared_dependencies(sources: Sources) -> list[str]:
    """List the imports from outside of the house that the room has not declared."""
    return [
        str(each)
        for each in sources.imports
        if not is_ours(each.target)
        and (outsider := each.target.partition(".")[0]) not in sys.stdlib_module_names
        and outsider not in DEPENDENCIES.get(room_of(each.importer), ())
    ]


def rooms_that_import_the_shop_window(sources: Sources) -> list[str]:
    """List where a room says `import cherrypy`, as only the users of the package may."""
    return [
        str(each)
        for each in sources.imports
        if each.target == PACKAGE and room_of(each.importer) not in USERS
    ]


def imports_of_historical_names(sources: Sources) -> list[str]:
    """List the imports of names that are there for existing applications only."""
    return [
        str(each)
        for each in sources.imports
        if is_ours(each.target) and HISTORICAL_NAMES & set(each.target.split(".")[1:2])
    ]


def files_with_a_historical_name(sources: Sources) -> list[str]:
    """List the files that should be an alias in _legacy.py."""
    return [module for module in sources.files if room_of(module) in HISTORICAL_NAMES]


def strangers_to_context_variables(sources: Sources) -> list[str]:
    """List the imports of contextvars outside of the one module that may touch it."""
    return [
        str(each)
        for each in sources.imports
        if each.target == "contextvars" and each.importer != "cherrypy.core.context"
    ]


def import_cycle(sources: Sources) -> list[str]:
    """Return the modules of one import cycle, or an empty list.

    Imports for types only never run, and those inside functions run when every module has
    been loaded: neither can make a cycle.
    """
    graph: dict[str, set[str]] = {module: set() for module in sources.files}
    for each in sources.imports:
        if each.at_module_level and not each.for_types_only and is_ours(each.target):
            graph[each.importer] |= _loaded_by(each) & set(sources.files)
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        return list(error.args[1])
    return []


def _loaded_by(found: Import) -> set[str]:
    """Return the target and the packages above it that do not hold the importer already."""
    parts = found.target.split(".")
    packages = {".".join(parts[:depth]) for depth in range(1, len(parts))}
    around = {each for each in packages if f"{found.importer}.".startswith(f"{each}.")}
    return ({found.target} | packages - around) - {found.importer}


def files_that_are_too_long(sources: Sources) -> list[str]:
    """List the files that have outgrown one idea."""
    lengths = {path: len(path.read_text("utf-8").splitlines()) for path in sources.files.values()}
    return [
        f"{path}: {length} lines, at most {LONGEST_FILE}"
        for path, length in lengths.items()
        if length > LONGEST_FILE
    ]


def files_that_do_not_introduce_themselves(sources: Sources) -> list[str]:
    """List the modules that do not open by saying what lives in them."""
    return [module for module, tree in sources.trees.items() if not ast.get_docstring(tree)]


def rooms_that_nobody_planned(sources: Sources) -> list[str]:
    """List the modules of a room that RULES does not name."""
    return [module for module in sources.files if room_of(module) not in RULES]


# Each check, and a file that breaks its rule: where it would stand, and what it would say.
CHECKS: dict[Callable[[Sources], list[str]], tuple[str, str]] = {
    rooms_that_reach_too_far: ("core/tree.py", "def f():\n    from ..httpd import server"),
    undeclared_dependencies: ("message/dates.py", "import requests.adapters"),
    rooms_that_import_the_shop_window: ("lib/static.py", "from .. import request"),
    imports_of_historical_names: ("hosting/server.py", "from .._cpwsgi import CPWSGIApp"),
    files_with_a_historical_name: ("_cprequest.py", ""),
    strangers_to_context_variables: ("core/tools.py", "from contextvars import ContextVar"),
    import_cycle: ("core/errors.py", "from .tree import Tree"),
    files_that_are_too_long: ("httpd/server.py", "\n" * LONGEST_FILE + "pass"),
    files_that_do_not_introduce_themselves: ("httpd/worker.py", "# What a worker is."),
    rooms_that_nobody_planned: ("utilities/common.py", ""),
}


@cache
def our_sources() -> Sources:
    """Return the sources of this project, read once for all checks."""
    return Sources(SOURCE)


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: str(check.__name__))
def test_the_house_keeps_its_rules(check: Callable[[Sources], list[str]]) -> None:
    assert check(our_sources()) == []


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: str(check.__name__))
def test_each_check_sees_a_file_that_breaks_its_rule(
    check: Callable[[Sources], list[str]], tmp_path: Path
) -> None:
    _build_house(tmp_path)
    assert check(Sources(tmp_path)) == []
    _add(tmp_path, *CHECKS[check])
    assert len(check(Sources(tmp_path))) > 0


@pytest.mark.parametrize(
    "text",
    [
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from .tree import Tree",
        "def plant():\n    from .tree import Tree\n    return Tree",
    ],
    ids=["for types only", "inside a function"],
)
def test_an_import_that_does_not_run_while_loading_makes_no_cycle(
    text: str, tmp_path: Path
) -> None:
    _build_house(tmp_path)
    _add(tmp_path, "core/errors.py", text)
    assert import_cycle(Sources(tmp_path)) == []


def test_an_import_for_types_only_counts_for_the_rooms(tmp_path: Path) -> None:
    _build_house(tmp_path)
    text = "import typing\nif typing.TYPE_CHECKING:\n    from ..lib import static"
    _add(tmp_path, "core/errors.py", text)
    assert len(rooms_that_reach_too_far(Sources(tmp_path))) == 1


def _build_house(directory: Path) -> None:
    """Write a small house in order: a tree that imports its errors and a word of the message."""
    _add(directory, "core/__init__.py", '"""The framework."""')
    _add(directory, "core/errors.py", '"""What can go wrong."""')
    _add(directory, "message/dates.py", '"""Dates of HTTP."""\nimport datetime')
    tree = '"""Trees of objects."""\nfrom . import errors\nfrom ..message import dates'
    _add(directory, "core/tree.py", tree)


def _add(directory: Path, name: str, text: str) -> None:
    path = directory / PACKAGE / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
