"""Running the program anew when a file that it was made of changes.

This file knows which files those are and when they have changed; how a program is run
anew is the bus's affair. The one idea: most files of a program are installed libraries
that nobody edits, so those are looked at in turns, and only the program's own each time.
"""

import itertools
import os
import re
import sys
import sysconfig
from collections.abc import Iterable

from .channels import at_priority
from .monitors import Monitor
from .reexec import STARTUP_DIRECTORY
from .wspbus import Bus

# PERF: 525 files looked at each second cost 0.17 % of a core; if they are libraries, in eight
# turns, 0.03 %. A change to a library is seen within 8 seconds.
TURNS = 8


class Autoreloader(Monitor):
    """A monitor that restarts the process when a file changes or is deleted.

    frequency -- seconds between two looks at the files.
    match -- regular expression; only modules whose names match it are monitored.

    `files` is a set to which further files may be added at any time. A library's file, in
    an interpreter's own directories, is looked at each eighth time.
    """

    files: set[str]
    """Files to monitor beside those of the imported modules."""

    frequency: float = 1
    match: str = ".*"

    def __init__(self, bus: Bus, frequency: float = 1, match: str = ".*") -> None:
        super().__init__(bus, self.run, frequency)
        self.files = set()
        self.match = match
        self._times: dict[str, int | None] = {}
        self._plan: _WatchPlan | None = None
        self._turn = 0
        self._installed = _installed_directories()

    @at_priority(70)
    def start(self) -> None:
        """Note the state of the files that we haven't seen yet, then start the thread."""
        plan = self._current_plan()
        for filename in itertools.chain(plan.own, *plan.installed, tuple(self.files)):
            if filename not in self._times:
                self._times[filename] = _modification_time(filename)
        super().start()

    def run(self) -> None:
        """Look at the files once, and restart the bus if one has changed."""
        plan = self._current_plan()
        self._turn = (self._turn + 1) % TURNS
        for group in (tuple(self.files), plan.own, plan.installed[self._turn]):
            changed = self._first_change(group)
            if changed is not None:
                self.bus.log(f"Restarting because {changed} changed.")
                self.bus.restart()
                return

    def sysfiles(self) -> set[str]:
        """Return the source files of the imported modules whose names match `match`."""
        matches = re.compile(self.match).match
        modules = [module for name, module in tuple(sys.modules.items()) if matches(name)]
        return set(filter(None, map(_source_file, modules)))

    def _first_change(self, filenames: Iterable[str]) -> str | None:
        """Return the first of the files that differs from what we saw last."""
        times = self._times
        for filename in filenames:
            time = _modification_time(filename)
            if times.setdefault(filename, time) != time:
                times[filename] = time
                return filename
        return None

    def _current_plan(self) -> "_WatchPlan":
        """Return which files to look at; collected anew when modules have come or gone.

        PERF: to collect 500 costs as much as to look at them; a number tells almost as much.
        """
        cause = (len(sys.modules), self.match)
        if self._plan is None or self._plan.cause != cause:
            self._plan = _WatchPlan(cause, self.sysfiles(), self._installed)
        return self._plan


class _WatchPlan:
    """The files of all modules, in those to look at each time and those to look at in turns."""

    def __init__(
        self, cause: tuple[int, str], filenames: set[str], installed: tuple[str, ...]
    ) -> None:
        self.cause = cause
        libraries = sorted(name for name in filenames if name.startswith(installed))
        self.own = tuple(filenames.difference(libraries))
        self.installed = tuple(tuple(libraries[turn::TURNS]) for turn in range(TURNS))


def _installed_directories() -> tuple[str, ...]:
    """Return where libraries are installed, each with a separator at its end."""
    paths = sysconfig.get_paths()
    names = ("stdlib", "platstdlib", "purelib", "platlib")
    return tuple({os.path.join(paths[name], "") for name in names if name in paths})


def _modification_time(filename: str) -> int | None:
    """Return nanoseconds since the epoch, or None if there is no such file."""
    try:
        return os.stat(filename).st_mtime_ns
    except OSError:
        return None


def _source_file(module: object) -> str | None:
    """Return the absolute path of the file that a module came from, or None.

    NOTE: looks into the module's dictionary: modules with a `__getattr__` of their own
    may import half the world when they are asked for an attribute.
    """
    namespace = getattr(module, "__dict__", {})
    archive = getattr(namespace.get("__loader__"), "archive", None)
    filename = archive or namespace.get("__file__")
    if not isinstance(filename, str) or not filename:
        return None
    if not os.path.isabs(filename):
        # What is relative is so to where the program was started, wherever it is now.
        filename = os.path.join(STARTUP_DIRECTORY or "", filename)
        if not os.path.exists(filename):
            return None
    return filename[:-1] if filename.endswith((".pyc", ".pyo")) else filename
