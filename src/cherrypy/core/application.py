"""An application: a tree of handlers, mounted somewhere, with its own config and log.

It is a WSGI callable for any server; our own server hands it requests natively,
through `get_serving` and `Request.run`. What it knows of the site comes in a
`Site`, which the composition root binds.
"""

from collections.abc import Callable, Iterable
from threading import get_ident
from typing import Any, ClassVar

from ..message.urls import Host, split_path
from . import config as configuration
from . import lifecycle
from .context import Serving, current, enter, idle, leave
from .dispatch import Dispatcher, Section
from .errors import InternalRedirect
from .logs import LogManager
from .plan import PlanCache
from .reprconf import NamespaceSet
from .request import HeaderList, Request
from .response import Response
from .site import Site
from .tools import Toolbox
from .wsgi import CPWSGIApp, decode_path


class Application:
    """A CherryPy application.

    root: the object whose attributes are the pages.
    script_name: where it is mounted, '' or '/path'; no slash at the end. None
        takes it from the WSGI environ of each request.
    config: a dict of sections, a file name or an open file; see `merge`.
    """

    #: The surroundings; the composition root sets it.
    site: ClassVar[Site]
    #: Toolboxes by the namespace they answer to in config.
    toolboxes: ClassVar[dict[str, Toolbox]] = {}
    #: What `cherrypy.url` makes by default: False absolute, True relative, 'server' without host.
    relative_urls: bool | str = False

    request_class: type[Request] = Request
    response_class: type[Response] = Response
    #: Finds the handler where `request.dispatch` is not configured.
    #: PERF: the bound method; CPython takes 0.1 µs longer to call an object that has `__call__`.
    dispatcher: Callable[[str], Any] = Dispatcher().__call__

    def __init__(self, root: Any = None, script_name: str | None = "", config: Any = None) -> None:
        self.root = root
        self._script_name = self._checked(script_name)
        self.log = LogManager(id(self), self.site.log.logger_root)
        self.wsgiapp = CPWSGIApp(self)
        self.namespaces = NamespaceSet(log=self._set_log, wsgi=self.wsgiapp.namespace_handler)
        self.config: dict[str, dict[str, Any]] = {}
        self.plans = PlanCache(self, self.site.config)
        if config:
            self.merge(config)

    def __repr__(self) -> str:
        return (
            f"{type(self).__module__}.{type(self).__name__}({self.root!r}, {self._script_name!r})"
        )

    def _set_log(self, name: str, value: Any) -> None:
        setattr(self.log, name, value)

    # Where it is

    @staticmethod
    def _checked(script_name: str | None) -> str | None:
        if script_name is None:
            return None
        script_name = script_name.rstrip("/")
        if script_name and not script_name.startswith("/"):
            raise ValueError(
                f"A script_name is '' or begins with a slash, got {script_name!r}; "
                f"expected '/{script_name}'"
            )
        return script_name

    @property
    def is_placed_by_server(self) -> bool:
        """Whether the script name is that of each WSGI environ, for want of one of its own."""
        return self._script_name is None

    @property
    def script_name(self) -> str:
        """The path at which this application is mounted, without a slash at the end."""
        if self._script_name is not None:
            return self._script_name
        request = current().request
        raw_name = str(request.wsgi_environ.get("SCRIPT_NAME", ""))
        return decode_path(raw_name, request.uri_encoding).rstrip("/")

    @script_name.setter
    def script_name(self, value: str | None) -> None:
        self._script_name = self._checked(value)

    # Configuration

    def merge(self, config: Any) -> None:
        """Merge *config*, a dict of sections, a file name or an open file, and apply it.

        Entries of the section '/' in the namespaces `log` and `wsgi` take effect at once.
        """
        configuration.merge(self.config, config)
        self.namespaces(self.config.get("/", {}))

    def sections(self, names: list[str]) -> list[Section]:
        """Return the sections of the config on the way along *names*, from the root on."""
        config = self.config
        found: list[Section] = []
        root = config.get("/") or config.get("")
        if root:
            found.append((0, "/", root))
        if len(config) > len(found):
            path = ""
            for depth, name in enumerate(names, 1):
                path = f"{path}/{name}"
                entries = config.get(path)
                if entries:
                    found.append((depth, path, entries))
        return found

    def find_config(self, path: str, key: str, default: Any = None) -> Any:
        """Return the value of *key* that holds for *path*: the deepest section's, or *default*."""
        for _, _, entries in reversed(self.sections(split_path(path))):
            if key in entries:
                return entries[key]
        return default

    # Serving

    def get_serving(
        self, local: Host | Any, remote: Host | Any, scheme: str, sproto: str
    ) -> tuple[Request, Response]:
        """Begin to serve a request in this thread; return it and its response.

        local, remote: a `Host`, or (ip, port), for either end of the connection.
        scheme: 'http' or 'https'. sproto: the server's protocol, 'HTTP/1.1'.

        Every call is matched by one of `release_serving`.
        """
        site = self.site
        thread = get_ident()
        if thread not in site.threads:
            site.publish("acquire_thread")
        if site.listeners.get("before_request"):
            site.publish("before_request")
        request = self.request_class(local, remote, scheme, sproto)
        request.app = self
        response = self.response_class()
        site.active[thread] = response
        enter(Serving(request, response))
        return request, response

    def run(
        self,
        request: Request,
        method: str,
        path: str,
        query_string: str,
        protocol: str,
        headers: HeaderList,
        rfile: Any,
    ) -> Response:
        """Run *request*, see `Request.run`, and whatever it is redirected to internally.

        Returns the finished response of the last of them, which is the one that
        `release_serving` ends.
        """
        try:
            return request.run(method, path, query_string, protocol, headers, rfile)
        except InternalRedirect as redirect:
            return self._follow(redirect)

    def _follow(self, redirect: InternalRedirect) -> Response:
        """Serve the path that the current request is redirected to, as a request of its own."""
        visited = set()
        while True:
            serving = current()
            previous: Request = serving.request
            visited.add((previous.path_info, previous.query_string))
            serving.response.close()
            target = (redirect.path, redirect.query_string)
            if target in visited:
                return lifecycle.refuse_redirect(previous, serving.response, *target)
            self.release_serving()
            request, _ = self.get_serving(
                previous.local, previous.remote, previous.scheme, previous.server_protocol
            )
            try:
                return request.run_after(previous, *target)
            except InternalRedirect as again:
                redirect = again

    def release_serving(self) -> None:
        """End the request of this thread: it has been answered, whatever came of it."""
        serving = current()
        if serving is idle:
            return
        try:
            serving.request.close()
        except Exception:  # noqa: BLE001 - the answer is out; nobody is left to tell
            self.log("A hook at on_end_request failed", traceback=True)
        finally:
            try:
                if self.site.listeners.get("after_request"):
                    self.site.publish("after_request")
            finally:
                self.site.active.pop(get_ident(), None)
                leave()

    def __call__(
        self, environ: dict[str, Any], start_response: Callable[..., Any]
    ) -> Iterable[bytes]:
        """Serve a WSGI request (PEP 3333)."""
        return self.wsgiapp(environ, start_response)
