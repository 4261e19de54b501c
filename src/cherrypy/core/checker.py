"""The checker: common mistakes of configuration, told when the engine starts.

Each `check_*` method looks for one mistake and yields a sentence per finding;
each can be switched off (`checker.check_skipped_app_config = False` in config),
and all of them with `checker.on`.
"""

import sys
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from .application import Application

#: Namespaces whose entries only count in the global config.
_SITE_NAMESPACES = ("engine", "server", "tree", "checker")


class Checker:
    """Looks for common mistakes in the applications of a site.

    apps: gives the mounted applications by script name.
    on: whether to check at all.
    """

    on = True

    def __init__(self, apps: Callable[[], Mapping[str, Any]]) -> None:
        self._apps = apps

    def __call__(self) -> None:
        """Run every check that is on, and print what it finds to stderr."""
        if not self.on:
            return
        for name in sorted(dir(self)):
            if name.startswith("check_"):
                check = getattr(self, name)
                if callable(check):
                    for finding in check():
                        sys.stderr.write(f"CherryPy Checker:\n{finding}\n\n")

    def _applications(self) -> Iterator[tuple[str, Application]]:
        for script_name, app in list(self._apps().items()):
            if isinstance(app, Application):
                yield script_name, app

    def check_skipped_app_config(self) -> Iterator[str]:
        """Find applications that were given no config."""
        for script_name, app in self._applications():
            if not app.config:
                yield f"The Application mounted at {script_name!r} has an empty config."

    def check_app_config_entries_dont_start_with_script_name(self) -> Iterator[str]:
        """Find sections that repeat the mount point: they are relative to it."""
        for script_name, app in self._applications():
            for section in app.config if script_name else ():
                if section == script_name or section.startswith(f"{script_name}/"):
                    yield (
                        f"The application mounted at {script_name!r} has the section [{section}], "
                        f"which repeats the mount point: sections are relative to it. "
                        f"Expected [{section[len(script_name) :] or '/'}]."
                    )

    def check_app_config_brackets(self) -> Iterator[str]:
        """Find section names with the brackets that they have in a file only."""
        for script_name, app in self._applications():
            for section in app.config:
                if section.startswith("[") or section.endswith("]"):
                    yield (
                        f"The application mounted at {script_name!r} has a section named "
                        f"{section!r}: in a dict, leave the brackets off. "
                        f"Expected {section.strip('[]')!r}."
                    )

    def check_site_config_entries_in_app_config(self) -> Iterator[str]:
        """Find entries in an application's config that only the global config heeds."""
        for script_name, app in self._applications():
            for section, entries in app.config.items():
                if not section.startswith("/"):
                    continue
                for key in entries:
                    if key.partition(".")[0] in _SITE_NAMESPACES:
                        yield (
                            f"The application mounted at {script_name!r} has {key!r} in its "
                            f"section [{section}]; it only counts in the global config. "
                            "Expected it in [global], or in cherrypy.config.update()."
                        )
