"""The request: what the client asked, as the application sees it, and what was found for it.

`Request` is a record with lazily read parts: header fields, cookies, addresses
and the body are only looked at when something asks for them. What follows from
the route (`config`, `hooks`, `toolmaps`, `error_page`) comes from its compiled
`RoutePlan` and is copied here once something wants to see or change it. The way
through a request is not told here but in `lifecycle`.
"""

import uuid
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from http.cookies import SimpleCookie
from typing import TYPE_CHECKING, Any, ClassVar

from ..message.cookies import parse_cookies
from ..message.headers import HeaderMap
from ..message.urls import Host, http_from_protocol, protocol_from_http
from . import lifecycle
from .config import request_namespaces
from .entity import RequestBody, empty_file
from .errors import HTTPError
from .hooks import HOOK_POINTS, HookMap
from .lazy import lazy
from .plan import EMPTY_PLAN, RoutePlan

if TYPE_CHECKING:
    from .application import Application
    from .response import Response

HeaderList = Iterable[tuple[Any, Any]]


class Request:
    """One HTTP request.

    local, remote: a `Host` for either end of the connection.
    scheme: 'http' or 'https'. server_protocol: the version the server speaks, 'HTTP/1.1'.
    """

    #: The request that an internal redirect came from, or None.
    prev: "Request | None" = None
    #: Handlers of the config namespaces that apply per request.
    namespaces = request_namespaces
    #: The names of the documented hook points.
    hookpoints = HOOK_POINTS

    # What the client sent
    method = "GET"
    query_string = ""
    #: With which a query string is decoded; one that does not fit is a URL that is not there (404).
    query_string_encoding = "utf8"
    #: With which the path is decoded.
    uri_encoding = "utf-8"
    #: The version of both client and server: the lower, as a tuple.
    protocol = (1, 1)
    _fields: Sequence[tuple[bytes, bytes]] = ()

    # What configuration may set
    process_request_body = True
    #: Whether other threads, or processes, of this server run the application too.
    multithread = True
    multiprocess = False
    #: Where the request came from: a WSGI environ, or an exchange of our own server.
    source: Any = None
    #: Makes a WSGI environ of a request whose source is no environ; set where there are such.
    make_environ: ClassVar[Callable[["Request"], dict[str, Any]] | None] = None
    methods_with_bodies: Iterable[str] = ("POST", "PUT", "PATCH")
    #: Maps a path to `handler` and `config`; None for the default dispatcher.
    dispatch: Callable[[str], Any] | None = None
    show_tracebacks = True
    show_mismatched_params = True
    #: Raise instead of answering with an error page (for tests).
    throw_errors = False
    #: Exceptions that are never turned into an error page.
    throws: tuple[type[BaseException], ...] = lifecycle.THROWS

    # What was found for it
    script_name = ""
    path_info = "/"
    #: The user name, once an authentication tool has checked it.
    login: str | None = None
    app: "Application | None" = None
    handler: Callable[..., Any] | None = None
    is_index: bool | None = None
    #: 'request_line', a hook point's name, or 'handler': where the request is.
    stage: str | None = None
    closed = False
    plan: RoutePlan = EMPTY_PLAN
    # Copies of what the plan says, once made; see the properties.
    _config: dict[str, Any] | None = None
    _toolmaps: dict[str, dict[str, dict[str, Any]]] | None = None
    _error_page: dict[Any, Any] | None = None
    _has_headers = False

    def __init__(
        self,
        local_host: Host | tuple[str, int],
        remote_host: Host | tuple[str, int],
        scheme: str = "http",
        server_protocol: str = "HTTP/1.1",
    ) -> None:
        self._local = local_host
        self._remote = remote_host
        self.scheme = scheme
        self.server_protocol = server_protocol
        self.params: dict[str, Any] = {}

    # Read when asked for

    @lazy
    def local(self) -> Host:
        """The server's end of the connection."""
        return _as_host(self._local)

    @lazy
    def remote(self) -> Host:
        """The client's end of the connection."""
        return _as_host(self._remote)

    @lazy
    def request_line(self) -> str:
        """The first line of the request, as well as it can be told."""
        target = self.script_name + self.path_info
        if self.query_string:
            target = f"{target}?{self.query_string}"
        return f"{self.method} {target} {http_from_protocol(self.protocol)}"

    @lazy
    def header_list(self) -> list[tuple[str, str]]:
        """The header fields as they came: pairs of name and value, in order."""
        return [(name.decode("latin-1"), value.decode("latin-1")) for name, value in self._fields]

    @lazy
    def headers(self) -> HeaderMap:
        """The header fields, names in title case; a field sent twice is joined by commas."""
        self._has_headers = True
        return HeaderMap.from_raw(self._fields)

    def has_field(self, name: bytes) -> bool:
        """Whether the client sent the header field *name*, given in lower case.

        PERF: for what is looked up for each page, 0.1 µs a field less than to make `headers`.
        """
        if self._has_headers:
            return name.decode("latin-1") in self.headers
        size = len(name)
        for raw, _ in self._fields:  # noqa: SIM110 - a generator costs 0.3 µs more
            if len(raw) == size and raw.lower() == name:
                return True
        return False

    @lazy
    def cookie(self) -> "SimpleCookie":
        """The cookies that the client sent; a malformed one is left out."""
        return parse_cookies(self.headers.get("Cookie", ""))

    @lazy
    def base(self) -> str:
        """Scheme and host that the client used, 'http://www.example.com', without a path."""
        host = self.headers.get("Host") or _host_of(self.local)
        return f"{self.scheme}://{host}"

    @lazy
    def rfile(self) -> Any:
        """A file with the request body as it comes; an empty one if there is no body."""
        return empty_file()

    @lazy
    def body(self) -> RequestBody:
        """The request entity."""
        return RequestBody(self.rfile, self.headers)

    @lazy
    def wsgi_environ(self) -> dict[str, Any]:
        """The WSGI environ of this request (PEP 3333), made when first asked for."""
        make_environ = type(self).make_environ
        if isinstance(self.source, dict):
            environ = self.source
        elif self.source is None or make_environ is None:
            return {}
        else:
            environ = make_environ(self)
        return environ if self.prev is None else self._redirected_environ(environ)

    def _redirected_environ(self, environ: dict[str, Any]) -> dict[str, Any]:
        path_info = self.path_info.encode("utf-8").decode("latin-1")
        return {
            **environ,
            "REQUEST_METHOD": self.method,
            "PATH_INFO": path_info,
            "QUERY_STRING": self.query_string,
            "CONTENT_LENGTH": "0",
            "wsgi.input": empty_file(),
        }

    @property
    def body_params(self) -> dict[str, Any]:
        """The parameters found in the body."""
        return self.body.params

    @lazy
    def unique_id(self) -> str:
        """A random UUID for this request."""
        return str(uuid.uuid4())

    # What the plan says, copied when asked for

    @property
    def config(self) -> dict[str, Any]:
        """Every config entry that applies to this request, merged."""
        if self._config is None:
            self._config = dict(self.plan.config)
        return self._config

    @config.setter
    def config(self, config: dict[str, Any]) -> None:
        self._config = config

    @property
    def toolmaps(self) -> dict[str, dict[str, dict[str, Any]]]:
        """The configuration of tools: {toolbox: {tool: {argument: value}}}."""
        if self._toolmaps is None:
            self._toolmaps = self.plan.copy_toolmaps()
        return self._toolmaps

    @toolmaps.setter
    def toolmaps(self, toolmaps: dict[str, dict[str, dict[str, Any]]]) -> None:
        self._toolmaps = toolmaps

    @property
    def error_page(self) -> dict[Any, Any]:
        """The configured error pages: {code or 'default': file or function}."""
        if self._error_page is None:
            self._error_page = dict(self.plan.error_page)
        return self._error_page

    @error_page.setter
    def error_page(self, pages: dict[Any, Any]) -> None:
        self._error_page = pages

    @property
    def hooks(self) -> HookMap:
        """The hooks of this request, a list per hook point; they can be changed while it runs.

        NOTE: a plan is shared by all requests of its route. One whose hooks are looked at
        gets a copy of them, and a plan of its own that has it.
        """
        hooks = self.plan.hooks
        if not isinstance(hooks, HookMap):
            self.hooks = hooks = self.plan.copy_hooks()
        return hooks

    @hooks.setter
    def hooks(self, hooks: HookMap) -> None:
        self.plan = replace(self.plan, hooks=hooks)

    def adopt(self, plan: RoutePlan) -> None:
        """Take *plan*; what was put on the request on the way to it stands beside what it says."""
        early, self.plan = self.plan, plan
        # Whatever has read these on the way has seen nothing yet.
        self._config = self._toolmaps = None
        if self._error_page is not None:
            self._error_page = {**plan.error_page, **self._error_page}
        if early is not EMPTY_PLAN and isinstance(early.hooks, HookMap):
            for point, planned in plan.hooks.items():
                early.hooks[point].extend([hook.copy() for hook in planned])
            self.hooks = early.hooks

    # Doing

    def run(
        self,
        method: str,
        path: str,
        query_string: str,
        req_protocol: str,
        headers: HeaderList,
        rfile: Any,
    ) -> "Response":
        """Serve this request and return the finished response.

        method: 'GET' and so on.
        path: the decoded path, script name included.
        query_string: the part after '?', not decoded.
        req_protocol: the version the client speaks, 'HTTP/1.1'.
        headers: pairs of name and value, str or bytes.
        rfile: a file with the body, or None.

        An unexpected exception becomes an error page unless `throw_errors` is
        set; those in `throws` are raised.
        """
        self.method = method
        self.query_string = query_string
        if req_protocol != "HTTP/1.1" or self.server_protocol != "HTTP/1.1":
            self.protocol = min(
                protocol_from_http(req_protocol), protocol_from_http(self.server_protocol)
            )
        self._fields = _as_bytes(headers)
        if rfile is not None:
            self.rfile = rfile
        if self.app is not None:
            self.script_name = script_name = self.app.script_name
            path = path[len(script_name) :]
        # NOTE: '' at the mount point itself, which the trailing_slash tool redirects to its index.
        self.path_info = path or ("" if self.script_name else "/")
        return lifecycle.run(self)

    def run_after(self, previous: "Request", path_info: str, query_string: str) -> "Response":
        """Serve *path_info* as what *previous* is redirected to internally.

        The client's side of the request stays; the body has been the first
        handler's to read.
        """
        self.prev = previous
        self.source = previous.source
        self.base = previous.base
        self.login = previous.login
        self.multithread, self.multiprocess = previous.multithread, previous.multiprocess
        method = "HEAD" if previous.method == "HEAD" else "GET"
        protocol = http_from_protocol(previous.protocol)
        path = previous.script_name + path_info
        return self.run(method, path, query_string, protocol, previous._fields, None)

    def error_response(self) -> None:
        """Set the response for an unexpected exception; `request.error_response` may replace it."""
        HTTPError(500).set_response()

    def get_resource(self, path: str) -> None:
        """Find the handler for *path* and what configuration says for it."""
        lifecycle.get_resource(self, path)

    def handle_error(self) -> None:
        """Answer the exception that is being handled with an error page."""
        lifecycle.handle_error(self)

    def close(self) -> None:
        """Run the `on_end_request` hooks, once: the conversation is over."""
        if not self.closed:
            self.closed = True
            if "on_end_request" in self.plan.hooks:
                lifecycle.run_point(self, "on_end_request")


def _as_host(end: Host | tuple[Any, ...]) -> Host:
    return end if isinstance(end, Host) else Host(end[0], end[1])


def _host_of(local: Host) -> str:
    name = local.name or local.ip
    return name if local.port in (80, 443) else f"{name}:{local.port}"


def _as_bytes(fields: HeaderList) -> Sequence[tuple[bytes, bytes]]:
    """Return the header fields as pairs of bytes, which is how our own server gives them."""
    if type(fields) is list and (not fields or type(fields[0][0]) is bytes):
        return fields
    return [(_encoded(name), _encoded(value)) for name, value in fields]


def _encoded(text: Any) -> bytes:
    return text if isinstance(text, bytes) else str(text).encode("latin-1", "replace")
