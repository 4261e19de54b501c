"""Functions of the built-in tools (manual: 'cherrypy.lib.cptools module')."""

import logging
from collections.abc import Callable
from typing import Any, NoReturn

from ..core.context import current
from ..core.errors import HTTPRedirect, quoted_path
from ..core.logs import escape
from .conditions import check_modified_since, check_unmodified_since, is_successful


def trailing_slash(
    missing: bool = True, extra: bool = False, status: int | None = None, debug: bool = False
) -> None:
    """Redirect when the path has a trailing slash too few or too many.

    missing: redirect from '/dir' to '/dir/' when an index page answers; default True.
    extra: redirect from '/page/' to '/page' when another page does; default False.
    status: of the redirect, default 301.
    """
    request = current().request
    path: str = request.path_info
    if request.is_index:
        if missing and not path.endswith("/"):
            redirect_within(f"{path}/", status)
    elif extra and request.is_index is False and path.endswith("/") and path != "/":
        redirect_within(path[:-1], status)


def redirect_within(path: str, status: int | None = None) -> NoReturn:
    """Raise a redirect to *path*, decoded, of the same application; the query string is kept.

    status: default 301.
    """
    request = current().request
    quoted = quoted_path(request.script_name + path)
    query = f"?{request.query_string}" if request.query_string else ""
    raise HTTPRedirect(f"{request.base}{quoted}{query}", status or 301)


def validate_since(debug: bool = False) -> None:
    """Compare the response's Last-Modified with the dates that the request sets as conditions.

    Call it when Last-Modified is set. Raises HTTPError 412 if there is a version later than
    If-Unmodified-Since, HTTPRedirect 304 if none is later than If-Modified-Since. Does nothing
    for a response that is no 2xx. RFC 9110, 13.1.3 and 13.1.4.
    """
    serving = current()
    if is_successful(serving.response):
        check_unmodified_since(serving.request, serving.response)
        check_modified_since(serving.request, serving.response)


def log_traceback(severity: int = logging.ERROR, debug: bool = False) -> None:
    """Write the exception being handled to the error log.

    severity: a level of `logging`; default ERROR.
    """
    _log("", "HTTP", severity=severity, traceback=True)


def log_request_headers(debug: bool = False) -> None:
    """Write the headers of the request to the error log."""
    lines = [f"  {escape(name)}: {escape(value)}" for name, value in current().request.header_list]
    _log("\nRequest Headers:\n" + "\n".join(lines), "HTTP")


def tool_log(debug: bool, context: str) -> Callable[..., None]:
    """Return what a tool tells its steps to, as in `logging`: (message, *arguments).

    debug: the tool's argument; without it, nothing is formatted nor written.
    """
    if not debug:
        return _tell_nobody

    def tell(message: str, *arguments: Any) -> None:
        _log(message % arguments, context)

    return tell


def _tell_nobody(message: str, *arguments: Any) -> None:
    pass


def _log(message: str, context: str, severity: int = logging.INFO, traceback: bool = False) -> None:
    current().request.app.log(message, context, severity=severity, traceback=traceback)
