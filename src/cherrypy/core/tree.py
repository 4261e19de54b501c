"""The tree of applications: which one answers for a path.

`cherrypy.tree` maps script names to applications and grafted WSGI callables;
the longest script name that a path begins with wins. The tree itself is a WSGI
callable too, for other servers.
"""

from collections.abc import Callable, Iterable
from typing import Any

from .application import Application
from .context import current
from .errorpages import get_error_page
from .wsgi import Environ, StartResponse, decode_path

WSGIApplication = Callable[[Environ, StartResponse], Iterable[bytes]]


class Tree:
    """The applications of a site, by script name.

    apps: the dict that `mount` and `graft` fill; it may be changed directly.
    application_class: what `mount` makes of a plain root object.
    favicon: a page handler given to the root of the site if it has none.
    """

    def __init__(
        self,
        application_class: type[Application] = Application,
        favicon: Callable[..., Any] | None = None,
    ) -> None:
        self.apps: dict[str, Any] = {}
        self.application_class = application_class
        self.favicon = favicon

    def mount(self, root: Any, script_name: str | None = "", config: Any = None) -> Application:
        """Mount *root* at *script_name* and return its application.

        root: an object with page handlers, or an `Application`.
        script_name: '' or '/path', where it is mounted; no slash at the end. An
            `Application` has its own, which '' stands for.
        config: the application's config, see `Application.merge`.

        Raises TypeError for a script name of None, and ValueError for one that
        differs from that of a given application.
        """
        if script_name is None or _is_placed_by_server(root):
            raise TypeError(
                "The 'script_name' of a mounted application is a string, got None. An Application "
                "with None takes it from the WSGI environ: give it to a WSGI server instead."
            )
        app = self._as_application(root, script_name.rstrip("/"))
        if config:
            app.merge(config)
        self.apps[app.script_name] = app
        return app

    def _as_application(self, root: Any, script_name: str) -> Application:
        if isinstance(root, Application):
            if script_name and root.script_name != script_name:
                raise ValueError(
                    f"The application has the script_name {root.script_name!r}; "
                    f"it cannot be mounted at {script_name!r}"
                )
            return root
        app = self.application_class(root, script_name)
        if script_name == "" and root is not None and self.favicon is not None:
            self._add_favicon(root)
        return app

    def _add_favicon(self, root: Any) -> None:
        if not hasattr(root, "favicon_ico"):
            try:
                root.favicon_ico = self.favicon
            except AttributeError:
                pass  # an object with slots, or a module's function: it goes without

    def graft(self, wsgi_callable: WSGIApplication, script_name: str = "") -> None:
        """Mount a foreign WSGI application at *script_name*."""
        self.apps[script_name.rstrip("/")] = wsgi_callable

    def script_name(self, path: str | None = None) -> str | None:
        """Return the script name of the application that answers for *path*, or None.

        path: default: the path of the current request.
        """
        if path is None:
            request = current().request
            path = request.script_name + request.path_info
        apps = self.apps
        path = path.rstrip("/")
        while path not in apps:
            if not path:
                return None
            path = path[: path.rfind("/")] if "/" in path else ""
        return path

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        """Serve a WSGI request (PEP 3333) by the application that its path leads to."""
        path = environ.get("SCRIPT_NAME", "") + environ.get("PATH_INFO", "")
        decoded = decode_path(path, "utf-8")
        script_name = self.script_name(decoded or "/")
        if script_name is None:
            body = get_error_page(404, message=f"The path {decoded!r} was not found.")
            headers = [
                ("Content-Type", "text/html;charset=utf-8"),
                ("Content-Length", str(len(body))),
            ]
            start_response("404 Not Found", headers)
            return [] if environ["REQUEST_METHOD"] == "HEAD" else [body]
        environ = environ.copy()
        raw_name = script_name.encode("utf-8").decode("latin-1") if path != decoded else script_name
        environ["SCRIPT_NAME"] = raw_name
        environ["PATH_INFO"] = path[len(raw_name) :]
        app: WSGIApplication = self.apps[script_name]
        return app(environ, start_response)


def _is_placed_by_server(root: object) -> bool:
    """Whether *root* is an application that takes its place from each WSGI environ."""
    return isinstance(root, Application) and root.is_placed_by_server
