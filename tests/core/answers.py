"""Asking an application for a page with no server between, and what it answers."""

import contextlib
from collections.abc import Callable, Iterable, Iterator
from io import BytesIO
from typing import Any, NamedTuple

import cherrypy


class Answer(NamedTuple):
    """A finished response, and the request that it answers."""

    status: str
    fields: list[tuple[str, str]]
    body: bytes
    request: Any

    @property
    def code(self) -> int:
        return int(self.status[:3])

    @property
    def text(self) -> str:
        return self.body.decode()

    def all(self, name: str) -> list[str]:
        """Return the values of every field of that name."""
        return [value for key, value in self.fields if key.lower() == name.lower()]

    def __getitem__(self, name: Any) -> Any:
        values = self.all(name)
        return values[0] if values else None


def page(function: Callable[..., Any], config: Any = None, **config_of_page: Any) -> Any:
    """Return an application whose every page is *function*."""
    root = type("Root", (), {})()
    root.default = cherrypy.expose(function)
    if config_of_page:
        function._cp_config = config_of_page  # type: ignore[attr-defined]  # as the manual does
    return cherrypy.Application(root, "", {"/": config} if config else None)


@contextlib.contextmanager
def served(
    app: Any,
    path: str = "/",
    query: str = "",
    *,
    method: str = "GET",
    headers: Iterable[tuple[str, str]] = (),
    body: bytes | None = None,
    protocol: str = "HTTP/1.1",
    prepare: Callable[[Any], None] = lambda request: None,
) -> Iterator[Any]:
    """Serve one request by *app* and give its finished response, which ends with the block."""
    fields = [("Host", "example.com"), *headers]
    if body is not None and not any(name == "Transfer-Encoding" for name, _ in fields):
        fields.append(("Content-Length", str(len(body))))
    try:
        request, _ = app.get_serving(("127.0.0.1", 80), ("127.0.0.1", 1111), "http", "HTTP/1.1")
        prepare(request)
        rfile = None if body is None else BytesIO(body)
        yield app.run(request, method, path, query, protocol, fields, rfile)
    finally:
        app.release_serving()


def ask(app: Any, path: str = "/", query: str = "", **options: Any) -> Answer:
    """Serve one request by *app*, see `served`, and return what a client gets."""
    with served(app, path, query, **options) as response:
        return Answer(
            response.output_status.decode("latin-1"),
            [(name.decode(), value.decode("latin-1")) for name, value in response.header_list],
            response.collapse_body(),
            cherrypy.serving.request,
        )
