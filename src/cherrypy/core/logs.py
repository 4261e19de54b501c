"""Logs: what happened (`error_log`) and who asked for what (`access_log`).

A `LogManager` wraps two standard `logging` loggers, `cherrypy.error` and
`cherrypy.access`; each application has children of these, so that its records
reach its own handlers and the site's. Nothing is formatted when no handler would
see it, and every field of an access line is escaped: a client must not be able
to write a line of its own.
"""

import logging
import os
import sys
from collections.abc import Callable
from typing import Any

from ..message.dates import clf_time, log_time
from .context import current

#: The time is part of the message, so the handlers print nothing but that.
logfmt = logging.Formatter("%(message)s")

#: Set on handlers that a `LogManager` has made itself, to find them again.
_KIND = "_cpbuiltin"


class LogManager:
    """The error and access log of the site, or of one application.

    appid: tells an application's loggers apart; None for the site's.
    logger_root: the name above the loggers; default 'cherrypy'.
    """

    #: Filled from these fields: h remote host, l identity (always '-'), u user, t time,
    #: r request line, s status, b bytes, f referer, a user agent, o Host, i unique id.
    access_log_format = '{h} {l} {u} {t} "{r}" {s} {b} "{f}" "{a}"'

    def __init__(self, appid: Any = None, logger_root: str = "cherrypy") -> None:
        self.appid = appid
        self.logger_root = logger_root
        suffix = "" if appid is None else f".{appid}"
        self.error_log = _logger(f"{logger_root}.error{suffix}")
        self.access_log = _logger(f"{logger_root}.access{suffix}")

    def error(
        self,
        msg: str = "",
        context: str = "",
        severity: int = logging.INFO,
        traceback: bool = False,
    ) -> None:
        """Write *msg* to the error log.

        context: a word to find the line by, such as 'ENGINE' or 'HTTP'.
        severity: a level of `logging`; default INFO.
        traceback: append the exception that is being handled.
        """
        exc_info = sys.exc_info() if traceback and sys.exc_info()[0] is not None else None
        self.error_log.log(severity, "%s %s %s", log_time(), context, msg, exc_info=exc_info)

    def __call__(self, *args: Any, **kwargs: Any) -> None:
        """Write to the error log, see `error`."""
        self.error(*args, **kwargs)

    def access(self) -> None:
        """Write a line about the current request, in Apache's combined format."""
        if _has_listener(self.access_log):
            serving = current()
            try:
                fields = _access_fields(serving.request, serving.response)
                line = self.access_log_format.format_map(fields)
            except Exception:  # noqa: BLE001 - a wrong format must not cost the response
                self.error("The access log cannot be written", traceback=True)
                return
            self.access_log.info("%s", line)

    def time(self) -> str:
        """Return the local time as '[27/Apr/2014:13:04:07]'."""
        return log_time()

    # Handlers, as attributes that configuration can set

    @property
    def screen(self) -> bool:
        """Whether errors go to stderr and accesses to stdout."""
        return any(_builtin(log, "screen") for log in (self.error_log, self.access_log))

    @screen.setter
    def screen(self, on: bool) -> None:
        _switch(self.error_log, "screen", on, lambda: _ScreenHandler("stderr"))
        _switch(self.access_log, "screen", on, lambda: _ScreenHandler("stdout"))

    @property
    def error_file(self) -> str:
        """The file that errors are written to; '' for none."""
        return _file_of(self.error_log)

    @error_file.setter
    def error_file(self, filename: str | os.PathLike[str]) -> None:
        _set_file(self.error_log, filename)

    @property
    def access_file(self) -> str:
        """The file that accesses are written to; '' for none."""
        return _file_of(self.access_log)

    @access_file.setter
    def access_file(self, filename: str | os.PathLike[str]) -> None:
        _set_file(self.access_log, filename)

    @property
    def wsgi(self) -> bool:
        """Whether errors go to the `wsgi.errors` stream of the request."""
        return _builtin(self.error_log, "wsgi") is not None

    @wsgi.setter
    def wsgi(self, on: bool) -> None:
        _switch(self.error_log, "wsgi", on, WSGIErrorHandler)

    def reopen_files(self) -> None:
        """Close each log file and open it again, for a program that has rotated it away."""
        for logger in (self.error_log, self.access_log):
            for handler in logger.handlers:
                if isinstance(handler, logging.FileHandler):
                    _reopen(handler)


def _logger(name: str) -> logging.Logger:
    logger = logging.getLogger(name)
    logger.setLevel(logging.INFO)
    if not logger.handlers:
        # Without a handler of our own, `logging` would print warnings to stderr by itself.
        logger.addHandler(logging.NullHandler())
    return logger


# Access lines


def _has_listener(logger: logging.Logger) -> bool:
    """Whether a record of level INFO would reach a handler that does anything.

    PERF: this walk costs 0.3 µs; formatting a line that nobody sees costs 6.
    """
    at: logging.Logger | None = logger
    while at is not None:
        for handler in at.handlers:
            if type(handler) is not logging.NullHandler:
                return logger.isEnabledFor(logging.INFO)
        at = at.parent if at.propagate else None
    return False


class _AccessFields(dict[str, Any]):
    """The fields of an access line; those that are costly are made when asked for."""

    def __missing__(self, key: str) -> str:
        if key == "i":
            return str(current().request.unique_id)
        raise KeyError(key)


def _access_fields(request: Any, response: Any) -> _AccessFields:
    headers, remote = request.headers, request.remote
    status = response.output_status
    length = response.headers.get("Content-Length") or "-"
    fields = {
        "h": remote.name or remote.ip,
        "l": "-",
        "u": getattr(request, "login", None) or "-",
        "t": clf_time(),
        "r": request.request_line,
        "s": status.decode("latin-1").split(" ", 1)[0] if status else "-",
        "b": length,
        "f": headers.get("Referer", ""),
        "a": headers.get("User-Agent", ""),
        "o": headers.get("Host", "-"),
    }
    return _AccessFields((key, escape(str(value))) for key, value in fields.items())


def _escapes() -> dict[int, str]:
    table = {code: f"\\x{code:02x}" for code in (*range(32), *range(127, 160))}
    table.update({ord("\n"): "\\n", ord("\r"): "\\r", ord("\t"): "\\t"})
    table.update({ord('"'): '\\"', ord("\\"): "\\\\", 0x2028: "\\u2028", 0x2029: "\\u2029"})
    return table


_ESCAPES = _escapes()


def escape(text: str) -> str:
    """Return *text* with quotes, backslashes, control and unencodable characters escaped.

    SECURITY: without it, a request could write lines of its own into the log, or
    control the terminal on which someone reads it.
    """
    if text.isascii() and text.isprintable() and '"' not in text and "\\" not in text:
        return text
    return text.translate(_ESCAPES).encode("utf-8", "backslashreplace").decode("utf-8")


# Handlers


class _ScreenHandler(logging.StreamHandler[Any]):
    """Write to `sys.stdout` or `sys.stderr`, whatever stream that is at the moment.

    A test runner, a daemon or a service may replace these after the log was set up.
    """

    def __init__(self, stream_name: str) -> None:
        self.stream_name = stream_name
        super().__init__(getattr(sys, stream_name))

    @property
    def stream(self) -> Any:
        return getattr(sys, self.stream_name)

    @stream.setter
    def stream(self, stream: Any) -> None:
        """Ignore the stream that the base class wants to keep."""


class WSGIErrorHandler(logging.Handler):
    """Write to the `wsgi.errors` stream of the request that is being served."""

    def emit(self, record: logging.LogRecord) -> None:
        """Write *record*; outside of a WSGI request there is nowhere to write it to."""
        environ = getattr(current().request, "wsgi_environ", None) or {}
        stream = environ.get("wsgi.errors")
        if stream is None:
            return
        try:
            stream.write(self.format(record) + "\n")
            stream.flush()
        except Exception:  # noqa: BLE001 - as every handler of `logging` does
            self.handleError(record)


def _builtin(logger: logging.Logger, kind: str) -> logging.Handler | None:
    for handler in logger.handlers:
        if getattr(handler, _KIND, None) == kind:
            return handler
    return None


def _add_builtin(logger: logging.Logger, kind: str, handler: logging.Handler) -> None:
    handler.setFormatter(logfmt)
    setattr(handler, _KIND, kind)
    logger.addHandler(handler)


def _remove(logger: logging.Logger, handler: logging.Handler) -> None:
    logger.removeHandler(handler)
    handler.close()


def _switch(
    logger: logging.Logger, kind: str, on: bool, make: Callable[[], logging.Handler]
) -> None:
    present = _builtin(logger, kind)
    if on and present is None:
        _add_builtin(logger, kind, make())
    elif present is not None and not on:
        _remove(logger, present)


def _file_of(logger: logging.Logger) -> str:
    handler = _builtin(logger, "file")
    return handler.baseFilename if isinstance(handler, logging.FileHandler) else ""


def _set_file(logger: logging.Logger, filename: str | os.PathLike[str]) -> None:
    present = _builtin(logger, "file")
    if present is not None:
        if filename and os.path.abspath(filename) == _file_of(logger):
            return
        _remove(logger, present)
    if filename:
        handler = logging.FileHandler(filename, encoding="utf-8", errors="backslashreplace")
        _add_builtin(logger, "file", handler)


def _reopen(handler: logging.FileHandler) -> None:
    """Begin the file anew, under the handler's own lock so that no record is lost."""
    handler.acquire()
    try:
        if handler.stream is not None:
            handler.stream.close()
        handler.stream = handler._open()
    finally:
        handler.release()
