"""Functions of the built-in tools (manual: 'cherrypy.lib.cptools module')."""

import logging

from ..core.context import current
from ..core.errors import HTTPRedirect
from ..core.logs import escape


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
            _redirect(f"{path}/", status)
    elif extra and request.is_index is False and path.endswith("/") and path != "/":
        _redirect(path[:-1], status)


def _redirect(path: str, status: int | None) -> None:
    """Redirect to *path* of the same application, keeping the query string."""
    request = current().request
    query = f"?{request.query_string}" if request.query_string else ""
    raise HTTPRedirect(f"{request.base}{request.script_name}{path}{query}", status or 301)


def log_traceback(severity: int = logging.ERROR, debug: bool = False) -> None:
    """Write the exception being handled to the error log.

    severity: a level of `logging`; default ERROR.
    """
    _log("", "HTTP", severity=severity, traceback=True)


def log_request_headers(debug: bool = False) -> None:
    """Write the headers of the request to the error log."""
    lines = [f"  {escape(name)}: {escape(value)}" for name, value in current().request.header_list]
    _log("\nRequest Headers:\n" + "\n".join(lines), "HTTP")


def _log(message: str, context: str, severity: int = logging.INFO, traceback: bool = False) -> None:
    current().request.app.log(message, context, severity=severity, traceback=traceback)
