"""From the path of a URL to a file below a directory, and never to one elsewhere.

What comes here is decoded already and is not decoded again: a '%2e' that is left is part of a
name. Two locks guard the door. A segment that is no plain file name is refused, so that the
path that configuration was looked up for is also the path of the file; and what is found, with
all symbolic links followed, has to lie below the directory.
"""

import errno
import os
import re
import stat
from collections.abc import Sequence
from io import FileIO
from typing import NamedTuple

from ..core.errors import HTTPError
from ..message.urls import split_path

FilePath = str | os.PathLike[str]

# SECURITY: '/pub/../private/x' would be served by the rules for '/pub'. Windows has more names
# for one file: streams ('x::$DATA'), drives ('C:x'), and dots or spaces at the end.
_NOT_A_NAME_POSIX = re.compile(r"\.{1,2}|.*[\0/].*", re.DOTALL)
_NOT_A_NAME_WINDOWS = re.compile(r'.*[\0-\x1f/\\:*?"<>|].*|.*[. ]', re.DOTALL)

#: What opening a name says that no file can have: too long, a loop of links, a socket.
_NO_SUCH_NAME = frozenset({errno.ENAMETOOLONG, errno.ELOOP, errno.ENXIO, errno.EINVAL})


class OpenFile(NamedTuple):
    """A regular file, open for reading: the path it was asked for by, and what the system says."""

    path: str
    file: FileIO
    status: os.stat_result


def is_plain_name(segment: str, windows: bool = os.name == "nt") -> bool:
    """Tell whether a path segment names a file in a directory, and nothing else."""
    pattern = _NOT_A_NAME_WINDOWS if windows else _NOT_A_NAME_POSIX
    return pattern.fullmatch(segment) is None


def segments_below(path: str, section: str) -> list[str] | None:
    """Return the segments of *path* that follow *section*; None if it is not below it.

    Empty segments do not count: '//static/x' is below '/static' for the dispatcher too.
    """
    names, above = split_path(path), split_path(section)
    return names[len(above) :] if names[: len(above)] == above else None


def find_below(root: str, segments: Sequence[str]) -> str | None:
    """Return the real path of what *segments* name below *root*, be it there or not.

    None if that would be elsewhere: a segment is no plain name, or a symbolic link leads out.
    """
    if not all(map(is_plain_name, segments)):
        return None
    try:
        real_root = os.path.realpath(root)
        found = os.path.realpath(os.path.join(real_root, *segments))
        # NOTE: not `startswith`: '/srv/static-private' begins with '/srv/static' too.
        return found if os.path.commonpath((real_root, found)) == real_root else None
    except ValueError:  # on another drive, or not encodable for this file system
        return None


def open_below(root: str, segments: Sequence[str]) -> OpenFile | None:
    """Open the regular file that *segments* name below *root*; None if there is none."""
    found = find_below(root, segments)
    opened = None if found is None else open_regular(found)
    # A link is known by its own name, which has the extension that its media type follows from.
    return None if opened is None else opened._replace(path=os.path.join(root, *segments))


def absolute_path(key: str, path: FilePath, root: FilePath | None) -> str:
    """Return *path* as configured by *key* ('tools.staticdir.dir'), relative to *root* if given.

    '~' is the home directory. Raises ValueError, which says what to configure, if the outcome
    is no absolute path: what the current directory is depends on how the site was started.
    """
    full = os.path.expanduser(os.fsdecode(path))
    if root:
        full = os.path.join(os.path.expanduser(os.fsdecode(root)), full)
    if not os.path.isabs(full):
        root_key = key.rpartition(".")[0] + ".root"
        raise ValueError(
            f"{key} is {os.fsdecode(path)!r} and {root_key} is {os.fsdecode(root or '')!r}, which "
            f"together are no absolute path. Give an absolute path in {key}, or one in {root_key} "
            "that it is relative to."
        )
    return full


def open_regular(path: str) -> OpenFile | None:
    """Open a regular file; None if there is none at *path*, or something else, like a directory.

    Raises HTTPError 403 if it may not be read, and OSError for a failure of the system.
    """
    try:
        file = FileIO(path, opener=_open_at_once)
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError, ValueError):
        return None
    except PermissionError:
        if os.path.isdir(path):  # what Windows says of opening a directory
            return None
        raise HTTPError(403) from None
    except OSError as exc:
        if exc.errno in _NO_SUCH_NAME:
            return None
        raise
    status = os.fstat(file.fileno())
    if not stat.S_ISREG(status.st_mode):
        file.close()
        return None
    return OpenFile(path, file, status)


def _open_at_once(path: str, flags: int) -> int:
    # SECURITY: opening a named pipe would wait for a writer that may never come.
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOCTTY", 0))
