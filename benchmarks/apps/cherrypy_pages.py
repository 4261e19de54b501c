"""The two pages, for this project and for the CherryPy of PyPI alike: python FILE PORT."""

import sys

import cherrypy


class Sub:
    """A nested object, so that a path of two segments is walked."""

    @cherrypy.expose
    def hello(self, name: str, n: str) -> str:
        """Greet with both parameters of the query string."""
        return f"Hello {name}, {n} times!"


class Root:
    """The site: one constant page, and one object below."""

    sub = Sub()

    @cherrypy.expose
    def index(self) -> str:
        """Return the constant."""
        return "Hello World!"


if __name__ == "__main__":
    cherrypy.config.update(
        {
            "environment": "production",
            "log.screen": False,
            "server.socket_host": "127.0.0.1",
            "server.socket_port": int(sys.argv[1]),
        }
    )
    cherrypy.quickstart(Root())
