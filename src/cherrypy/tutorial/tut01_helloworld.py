"""Tutorial 1: the smallest application that works.

An application is an object, and each of its exposed methods a page. `index` is the page of
the object's own address. Run it with

    python -m cherrypy.tutorial.tut01_helloworld

and point a browser at http://127.0.0.1:8080.
"""

from pathlib import Path

import cherrypy

# Where the server listens, and how many threads it has.
CONFIGURATION = Path(__file__).with_name("tutorial.conf")


class HelloWorld:
    """A site of one page."""

    @cherrypy.expose
    def index(self) -> str:
        """Return what the browser shows."""
        return "Hello world!"


if __name__ == "__main__":
    cherrypy.quickstart(HelloWorld(), config=str(CONFIGURATION))
