"""Trees of pages for the tests of the dispatchers, and what a client sees of them."""

from typing import Any

from tests.core.serving import mount, serve

import cherrypy

# The manual, 'The special _cp_dispatch method', word for word.
BAND = """
    import cherrypy

    class Band(object):
        def __init__(self):
            self.albums = Album()

        def _cp_dispatch(self, vpath):
            if len(vpath) == 1:
                cherrypy.request.params['name'] = vpath.pop()
                return self

            if len(vpath) == 3:
                cherrypy.request.params['artist'] = vpath.pop(0)  # /band name/
                vpath.pop(0) # /albums/
                cherrypy.request.params['title'] = vpath.pop(0) # /album title/
                return self.albums

            return vpath

        @cherrypy.expose
        def index(self, name):
            return 'About %s...' % name

    class Album(object):
        @cherrypy.expose
        def index(self, artist, title):
            return 'About %s by %s...' % (title, artist)

    if __name__ == '__main__':
        cherrypy.quickstart(Band())
"""


def show(name: str, args: tuple[str, ...], params: dict[str, Any]) -> str:
    """Return how a page was called."""
    return " ".join([name, *args, *(f"{key}={params[key]}" for key in sorted(params))])


def page_named(name: str, *, takes_rest: bool = False) -> Any:
    @cherrypy.expose
    def rest(self: object, *args: str, **params: Any) -> str:
        return show(name, args, params)

    @cherrypy.expose
    def plain(self: object, **params: Any) -> str:
        return show(name, (), params)

    return rest if takes_rest else plain


def node(**attributes: Any) -> Any:
    """Return a new object of a new class with these attributes."""
    return type("Node", (), attributes)()


def answer(root: Any, target: str) -> str:
    """Return the body of a page, the status where there is none, or where a redirect leads."""
    found = serve(mount(root), target)
    if "Location" in found.headers:
        return f"{found.code} {found.headers['Location'].removeprefix('http://127.0.0.1')}"
    return found.body if found.code == 200 else found.status.split()[0]


class Callable:
    """An exposed object that is called itself."""

    exposed = True

    def __call__(self, *args: str, **params: Any) -> str:
        return show("callable", args, params)


@cherrypy.expose
class Exposed:
    """The same by a decorator, with a child."""

    child = node(index=page_named("child index"))

    def __call__(self, *args: str) -> str:
        return show("exposed", args, {})


TREE = node(
    index=page_named("index"),
    page=page_named("page"),
    a_b_c=page_named("punctuated"),
    rest=page_named("rest", takes_rest=True),
    hidden=lambda self: "hidden",
    number=3,
    nothing=None,
    callable=Callable(),
    exposed_class=Exposed(),
    branch=node(
        index=page_named("branch index"),
        leaf=page_named("leaf"),
        default=page_named("branch default", takes_rest=True),
        deep=node(leaf=page_named("deep leaf")),
    ),
    bare=node(leaf=page_named("bare leaf")),
    only_default=node(default=page_named("only default", takes_rest=True)),
)
