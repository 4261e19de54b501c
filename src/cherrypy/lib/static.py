"""Files as responses (manual: 'Static content serving').

A page handler returns what `serve_file` gives it; the tools `staticdir` and `staticfile` do so
for what configuration names. A file is opened once, and what is told of it (size, date, version)
is told of that open file, which belongs to the body from then on; where no body comes of it, it
is closed right here.
"""

import io
import os
import re
import stat
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from typing import Any

from ..core.bodies import FileSlices, Slice
from ..core.context import current
from ..core.errors import NotFound
from ..message.dates import http_date
from ..message.text import content_disposition
from .byteranges import requested_pieces
from .conditions import READING_METHODS, check_preconditions
from .cptools import redirect_within, tool_log
from .mediatypes import media_type
from .paths import FilePath, OpenFile, absolute_path, open_below, open_regular, segments_below


def serve_file(
    path: FilePath,
    content_type: str | None = None,
    disposition: str | None = None,
    name: str | None = None,
    debug: bool = False,
) -> Iterable[bytes]:
    """Set status, headers and body of the response to serve the file at *path*; return the body.

    path: absolute.
    content_type: default: guessed by the extension of the name.
    disposition: 'attachment' or 'inline', for a Content-Disposition; default: none.
    name: the file name in it; default: that of *path*.

    Raises ValueError for a relative path, NotFound where no regular file is, HTTPError 403 for
    one that may not be read. Conditional requests and ranges are answered (RFC 9110, 13 and 14).
    """
    text = os.fsdecode(path)
    if not os.path.isabs(text):
        raise ValueError(f"serve_file() takes an absolute path, got {text!r}")
    opened = open_regular(text)
    tool_log(debug, "TOOLS.STATIC")("serve_file: %r is %s", text, "served" if opened else "absent")
    if opened is None:
        raise NotFound()
    if disposition is not None:
        disposition = content_disposition(disposition, name or os.path.basename(text))
    return _serve_opened(opened, content_type or media_type(text), disposition)


def serve_download(path: FilePath, name: str | None = None) -> Iterable[bytes]:
    """Serve the file at *path* for the client to save, as *name*. See `serve_file`."""
    return serve_file(path, "application/x-download", "attachment", name)


def serve_fileobj(
    fileobj: Any,
    content_type: str | None = None,
    disposition: str | None = None,
    name: str | None = None,
    debug: bool = False,
) -> Iterable[bytes]:
    """Set status, headers and body of the response to serve an open file; return the body.

    fileobj: anything with `read(size)`; it is served from where it stands, and closed. One that
        cannot be sought in is streamed, and has neither a length nor ranges.
    content_type: default: the one that is set already.
    disposition, name: as for `serve_file`, but for a name there is no default.
    """
    if disposition is not None:
        disposition = content_disposition(disposition, name)
    extent = _extent(fileobj)
    tool_log(debug, "TOOLS.STATIC")("serve_fileobj: %r, %s", fileobj, extent or "not seekable")
    if extent is not None:
        status = _status_of(fileobj) if extent.start == 0 else None
        return _serve(fileobj, extent, status, content_type, disposition)
    response = current().response
    _describe(response.headers, content_type, disposition)
    # The length is not known, and may be more than memory holds.
    response.stream = True
    response.body = fileobj
    body: Iterable[bytes] = response.body
    return body


def staticdir(
    section: str,
    dir: FilePath,
    root: FilePath = "",
    match: str = "",
    content_types: Mapping[str, str] | None = None,
    index: str = "",
    debug: bool = False,
) -> bool:
    """Serve the file below *dir* that the path names; return whether there was one.

    section: the path that *dir* stands for; set by the section of the config.
    dir: absolute, or relative to *root*.
    match: a regular expression to be found in `request.path_info`, or nothing is served.
    content_types: media types by extension, {'gif': 'image/gif'}, before those of `mimetypes`.
    index: the name of the file that answers for a directory; without its trailing slash, the
        client is redirected. Default: a directory is not served.

    Raises ValueError if *dir* and *root* make no absolute path.
    """
    request = current().request
    log = tool_log(debug, "TOOLS.STATICDIR")
    base = absolute_path("tools.staticdir.dir", dir, root)
    if not _concerns(request, match, log):
        return False
    opened = _open_below(base, request.path_info, section, index)
    log("%r below %r is %s", request.path_info, base, "served" if opened else "absent")
    if opened is None:
        return False
    _serve_opened(opened, media_type(opened.path, content_types))
    return True


def _open_below(base: str, path: str, section: str, index: str) -> OpenFile | None:
    """Open the file below *base* that *path*, less *section*, names; or that directory's index."""
    segments = segments_below(path, section)
    if segments is None:
        return None
    has_slash = path.endswith("/")
    opened = None if has_slash else open_below(base, segments)
    if opened is None and index:
        opened = open_below(base, [*segments, *index.split("/")])
        if opened is not None and not has_slash:
            # Relative links of the page count from the directory, whose path ends in a slash.
            opened.file.close()
            redirect_within(f"{path}/")
    return opened


def staticfile(
    filename: FilePath,
    root: FilePath | None = None,
    match: str = "",
    content_types: Mapping[str, str] | None = None,
    debug: bool = False,
) -> bool:
    """Serve the file *filename*; return whether it is there.

    filename: absolute, or relative to *root*.
    match, content_types: as for `staticdir`.

    Raises ValueError if *filename* and *root* make no absolute path.
    """
    log = tool_log(debug, "TOOLS.STATICFILE")
    path = absolute_path("tools.staticfile.filename", filename, root)
    if not _concerns(current().request, match, log):
        return False
    opened = open_regular(path)
    log("%r is %s", path, "served" if opened else "absent")
    if opened is None:
        return False
    _serve_opened(opened, media_type(path, content_types))
    return True


def _concerns(request: Any, match: str, log: Callable[..., None]) -> bool:
    """Tell whether a request is one for files at all."""
    if request.method not in READING_METHODS:
        log("A file does not answer %s", request.method)
        return False
    if match and not re.search(match, request.path_info):
        log("%r does not match %r", request.path_info, match)
        return False
    return True


def _serve_opened(
    opened: OpenFile, content_type: str, disposition: str | None = None
) -> Iterable[bytes]:
    extent = Slice(0, opened.status.st_size)
    return _serve(opened.file, extent, opened.status, content_type, disposition)


def _serve(
    file: Any,
    extent: Slice,
    status: os.stat_result | None,
    content_type: str | None,
    disposition: str | None,
) -> Iterable[bytes]:
    """Make the response one of the *extent* of *file*, or close it and raise the answer."""
    serving = current()
    request, response = serving.request, serving.response
    try:
        if status is not None:
            _set_validators(response, status)
        if request.method in READING_METHODS:
            check_preconditions(request, response)
        _describe(response.headers, content_type, disposition)
        pieces = requested_pieces(request, response, extent)
    except BaseException:
        file.close()
        raise
    response.body = body = FileSlices(file, pieces)
    return body


def _set_validators(response: Any, status: os.stat_result) -> None:
    """Set what names this version of a file: its date, and a tag of date and size."""
    # RFC 9110, 8.8.2.1: no date after that of the message.
    response.headers["Last-Modified"] = http_date(min(status.st_mtime, response.time))
    response.headers["ETag"] = f'"{status.st_mtime_ns:x}-{status.st_size:x}"'


def _describe(headers: Any, content_type: str | None, disposition: str | None) -> None:
    if content_type is not None:
        headers["Content-Type"] = content_type
    if disposition is not None:
        headers["Content-Disposition"] = disposition


def _extent(fileobj: Any) -> Slice | None:
    """Return from where to where a file object can be read; None if it cannot be sought in.

    NOTE: the size of its descriptor would not do: that of a `GzipFile` is another.
    """
    try:
        start = fileobj.tell()
        fileobj.seek(0, io.SEEK_END)
        stop = fileobj.tell()
        fileobj.seek(start)
    except (AttributeError, OSError, ValueError):
        return None
    return Slice(start, max(start, stop))


def _status_of(fileobj: Any) -> os.stat_result | None:
    """Return the status of a plain file on disk; None for whatever else a file object is."""
    if isinstance(fileobj, (io.FileIO, io.BufferedReader, io.BufferedRandom)):
        with suppress(OSError):
            status = os.fstat(fileobj.fileno())
            return status if stat.S_ISREG(status.st_mode) else None
    return None
