"""The pages that errors show: the default one, and those that configuration names.

`error_page.404` and `error_page.default` may be a file with `%(status)s`,
`%(message)s`, `%(traceback)s` and `%(version)s` in it, or a function that takes
these as keyword arguments and returns a body. What goes into a page is escaped;
a page that fails itself never hides the error it was to show.
"""

import html
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from ..message.status import valid_status
from .bodies import FileSlices
from .version import __version__

_PAGE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>%(status)s</title>
<style>
:root { color-scheme: light dark }
body { font: 1rem/1.5 system-ui, sans-serif; max-width: 60rem; margin: 3rem auto; padding: 0 1rem }
h2 { border-bottom: 3px solid #b3123b; padding-bottom: .3rem }
#traceback { overflow: auto; padding: 1rem; background: color-mix(in srgb, canvastext 6%%, canvas) }
#powered_by { margin-top: 3rem; font-size: .8rem; opacity: .7 }
</style>
</head>
<body>
<h2>%(status)s</h2>
<p>%(message)s</p>
<pre id="traceback">%(traceback)s</pre>
<div id="powered_by">Powered by CherryPy %(version)s</div>
</body>
</html>
"""


def get_error_page(status: int | str, **kwargs: Any) -> bytes:
    """Return the default error page.

    status: as `HTTPError` takes it.
    message, traceback, version: (keyword) the texts of the page, escaped here.
        Default: what the status means; none; this framework's version.
    """
    code, reason, default_message = valid_status(status)
    texts = {
        "status": f"{code} {reason}",
        "message": default_message,
        "traceback": "",
        "version": __version__,
    }
    texts.update((key, value) for key, value in kwargs.items() if value is not None)
    return _filled(_PAGE, texts)


def error_page_body(
    request: Any, response: Any, code: int, status: str, message: str, trace: str | None
) -> Any:
    """Return the body for an error of *request*, from the page configured for its code."""
    response.headers["Content-Type"] = "text/html;charset=utf-8"
    texts = {
        "status": status,
        "message": message,
        "traceback": trace or "",
        "version": __version__,
    }
    pages: Mapping[Any, Any] = request.error_page
    page = pages.get(code) or pages.get("default")
    if page is None:
        return get_error_page(**texts)
    try:
        return _own_page(page, texts)
    except Exception as exc:  # noqa: BLE001 - a broken page must not hide the error it shows
        request.app.log(f"The error page {page!r} for {status!r} failed", traceback=True)
        texts["message"] = f"{message} In addition, the custom error page failed: {exc!r}"
        return get_error_page(**texts)


def _own_page(page: str | Path | Callable[..., Any], texts: dict[str, str]) -> Any:
    if callable(page):
        return _as_body(page(**texts))
    return _filled(Path(page).read_text("utf-8"), texts)


def _as_body(result: str | bytes | Iterable[str | bytes]) -> Any:
    """Encode what a page function returned; an iterator runs here, where it may still fail."""
    if isinstance(result, str):
        return result.encode("utf-8")
    if isinstance(result, (bytes, FileSlices)) or hasattr(result, "read"):
        return result
    try:
        return b"".join(part.encode("utf-8") if isinstance(part, str) else part for part in result)
    finally:
        close = getattr(result, "close", None)
        if close is not None:
            close()


def _filled(template: str, texts: Mapping[str, Any]) -> bytes:
    escaped = {key: html.escape(str(value), quote=False) for key, value in texts.items()}
    return (template % escaped).encode("utf-8", "backslashreplace")


def bare_error(
    extrabody: str | bytes | None = None,
) -> tuple[str, list[tuple[str, str]], list[bytes]]:
    """Return status, headers and body of an error so early or bad that no page can be made.

    extrabody: a text to follow the plain message, such as a traceback.
    """
    body = b"Unrecoverable error in the server."
    if extrabody is not None:
        extra = extrabody.encode("utf-8", "replace") if isinstance(extrabody, str) else extrabody
        body += b"\n" + extra
    headers = [("Content-Type", "text/plain;charset=utf-8"), ("Content-Length", str(len(body)))]
    return "500 Internal Server Error", headers, [body]
