"""Requests without a socket: an application is called as its server would call it.

`serve` takes an application and a target and returns what a client would see;
`example` runs an example of the manual and returns its names. `restored` puts
back whatever of the site a test has changed.
"""

import contextlib
import textwrap
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from io import BytesIO
from typing import Any

import cherrypy
from cherrypy.lib.httputil import Host
from cherrypy.message.urls import unquote_path

LOCAL = Host("127.0.0.1", 80)
REMOTE = Host("127.0.0.1", 1111)

Fields = Iterable[tuple[str, str]]


@dataclass(frozen=True)
class Answer:
    """A response as a client sees it."""

    status: str
    headers: dict[str, str]
    body: str

    @property
    def code(self) -> int:
        """The status code."""
        return int(self.status.split()[0])


def mount(root: Any, config: Any = None, script_name: str = "") -> cherrypy.Application:
    """Return an application with *root* that is in no tree."""
    return cherrypy.Application(root, script_name, config)


def serve(
    app: cherrypy.Application,
    target: str = "/",
    method: str = "GET",
    fields: Fields = (),
    body: bytes | None = None,
    protocol: str = "HTTP/1.1",
) -> Answer:
    """Serve one request; an internal redirect is raised."""
    path, query = split(target)
    request, response = app.get_serving(LOCAL, REMOTE, "http", "HTTP/1.1")
    try:
        request.run(method, path, query, protocol, with_host(fields, body), reader(body))
        return seen(response)
    finally:
        app.release_serving()


def follow(app: cherrypy.Application, target: str = "/") -> Answer:
    """Serve one GET request, and what it leads to by internal redirects."""
    path, query = split(target)
    request, _ = app.get_serving(LOCAL, REMOTE, "http", "HTTP/1.1")
    try:
        fields = with_host((), None)
        return seen(app.run(request, "GET", path, query, "HTTP/1.1", fields, None))
    finally:
        app.release_serving()


def post(app: cherrypy.Application, target: str, form: str, method: str = "POST") -> Answer:
    """Serve one request with an urlencoded *form*."""
    fields = [("Content-Type", "application/x-www-form-urlencoded")]
    return serve(app, target, method, fields, form.encode("ascii"))


def split(target: str) -> tuple[str, str]:
    """Return the decoded path and the query string of a target."""
    path, _, query = target.partition("?")
    return unquote_path(path), query


def with_host(fields: Fields, body: bytes | None) -> list[tuple[str, str]]:
    """Return *fields* with those that every client sends."""
    length = [] if body is None else [("Content-Length", str(len(body)))]
    return [("Host", "127.0.0.1"), *length, *fields]


def reader(body: bytes | None) -> BytesIO | None:
    """Return a file to read the body from."""
    return None if body is None else BytesIO(body)


def seen(response: Any) -> Answer:
    """Return what a client sees of a finished response."""
    headers = {name.decode(): value.decode("latin-1") for name, value in response.header_list}
    body = response.collapse_body().decode("utf-8")
    return Answer(response.output_status.decode(), headers, body)


def example(source: str) -> dict[str, Any]:
    """Run an example of the manual, whose main block is left out, and return its names."""
    names: dict[str, Any] = {"__name__": "example"}
    exec(textwrap.dedent(source), names)
    return names


@contextlib.contextmanager
def borrowed() -> Iterator[None]:
    """Let the engine forget this thread at the end, as who makes threads for requests does."""
    try:
        yield
    finally:
        cherrypy.engine.publish("release_thread")


@contextlib.contextmanager
def restored() -> Iterator[None]:
    """Put the site back as it was: its config, namespaces, tools and toolboxes."""
    entries = dict(cherrypy.config)
    tools = dict(vars(cherrypy.tools))
    kept: list[tuple[dict[str, Any], dict[str, Any]]] = [
        (registry, dict(registry))
        for registry in (
            cherrypy.config.namespaces,
            cherrypy.Application.request_class.namespaces,
            cherrypy.Application.toolboxes,
            cherrypy.tree.apps,
            cherrypy.servers,
            cherrypy.config.environments,
        )
    ]
    try:
        yield
    finally:
        for registry, before in kept:
            registry.clear()
            registry.update(before)
        for name in vars(cherrypy.tools).keys() - tools.keys():
            delattr(cherrypy.tools, name)
        for name, tool in tools.items():
            if vars(cherrypy.tools)[name] is not tool:
                setattr(cherrypy.tools, name, tool)
        dict.clear(cherrypy.config)
        cherrypy.config.update(entries)
