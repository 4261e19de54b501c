"""Running this program again in this process: the command, its environment, its files.

Nothing here knows the bus. The one idea: the interpreter remembers how it was called
(`sys.orig_argv`), options, `-m` and `-c` included, so the command is not guessed from
`sys.argv`. What it does not remember, the directory it was called in, is noted on import.
"""

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from typing import NamedTuple

FIRST_FILE_AFTER_STDIO = 3
WINDOWS = os.name == "nt"

try:
    STARTUP_DIRECTORY: str | None = os.getcwd()
except OSError:  # somebody removed the directory we were started in
    STARTUP_DIRECTORY = None


class Command(NamedTuple):
    """A program's file and its arguments, the program's own name first."""

    executable: str
    arguments: list[str]

    def __str__(self) -> str:
        return subprocess.list2cmdline(self.arguments)


def this_program() -> Command:
    """Return the command that ran this process."""
    if getattr(sys, "frozen", False):
        # A frozen program is its own interpreter: no script, no options stand before argv.
        return Command(sys.executable, [sys.executable, *sys.argv[1:]])
    executable = sys.executable or sys.orig_argv[0]
    return Command(executable, [executable, *sys.orig_argv[1:]])


def environment_for_restart(
    environment: Mapping[str, str], import_path: list[str], directory: str
) -> dict[str, str]:
    """Return the environment in which everything importable now can be imported again.

    If the import path begins with '' (interactive use, `-c`), modules come from whatever
    the current directory is; so that directory is put on PYTHONPATH, once.
    """
    result = dict(environment)
    if import_path[:1] == [""]:
        known = result.get("PYTHONPATH", "")
        if directory not in known.split(os.pathsep):
            result["PYTHONPATH"] = directory + os.pathsep + known if known else directory
    return result


def close_files_on_exec(limit: int) -> None:
    """Let no file but stdin, stdout and stderr reach the program that runs next.

    limit -- file descriptors at and above this number are left alone.

    Python's own files are so by themselves (PEP 446); those of C libraries, and those
    made inheritable on purpose for a child process, are not.
    """
    for descriptor in _open_descriptors(limit):
        if FIRST_FILE_AFTER_STDIO <= descriptor < limit:
            try:
                os.set_inheritable(descriptor, False)
            except OSError:  # not open, or no longer
                continue


def replace_process() -> None:
    """Run this program again in place of this process; does not return.

    Raises OSError if the program cannot be run.
    """
    command = this_program()
    environment = environment_for_restart(os.environ, sys.path, os.getcwd())
    if STARTUP_DIRECTORY is not None:
        # A script named by a relative path is found only from where it was first found.
        os.chdir(STARTUP_DIRECTORY)
    _flush_standard_streams()
    arguments = command.arguments
    if WINDOWS:  # the C runtime joins the arguments with blanks and quotes none of them
        arguments = [subprocess.list2cmdline([argument]) for argument in arguments]
    os.execve(command.executable, arguments, environment)  # noqa: S606  # our own command


def _open_descriptors(limit: int) -> Iterator[int]:
    """Yield what may be an open file; the limit alone can be a thousand million."""
    for directory in ("/proc/self/fd", "/dev/fd"):
        try:
            names = os.listdir(directory)
        except OSError:
            continue
        yield from map(int, filter(str.isdecimal, names))
        return
    yield from range(FIRST_FILE_AFTER_STDIO, limit)


def _flush_standard_streams() -> None:
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (AttributeError, OSError, ValueError):  # none, or closed
            continue
