"""The site as a tree of objects: what each address shows.

How a page looks is in `layout`. The guest book lives in memory, so that the site leaves
nothing behind when it ends.
"""

import platform
from collections import deque
from collections.abc import Iterator
from html import escape
from pathlib import Path
from typing import NamedTuple, NoReturn

import cherrypy

from .layout import definitions, page

STATIC = Path(__file__).parent / "static"
KEPT_ENTRIES = 50
LONGEST_NAME = 40  # characters
LONGEST_MESSAGE = 500


def configuration() -> dict[str, dict[str, object]]:
    """Return the configuration of the application."""
    everywhere: dict[str, object] = {"error_page.404": not_found}
    if counts_visits():
        everywhere["tools.sessions.on"] = True
    static: dict[str, object] = {"tools.staticdir.on": True, "tools.staticdir.dir": str(STATIC)}
    return {"/": everywhere, "/static": static}


def counts_visits() -> bool:
    """Tell whether there are sessions to count a visitor's pages in."""
    return hasattr(cherrypy.tools, "sessions")


def not_found(status: str, message: str, traceback: str, version: str) -> str:
    """Return the page that stands in for one that is not there."""
    text = f'<p>{escape(message)}</p><p><a href="{cherrypy.url("/")}">Back to the start</a></p>'
    return page(status, text)


class Entry(NamedTuple):
    """What one visitor wrote into the guest book."""

    name: str
    message: str

    def holds(self, words: str) -> bool:
        """Tell whether the words are in the name or the message, in any case."""
        return words.casefold() in f"{self.name}\n{self.message}".casefold()


class GuestBook:
    """A form that is sent by POST, and a search that is sent by GET."""

    def __init__(self) -> None:
        self._entries = deque(
            [Entry("The authors", "Welcome. Write something!")], maxlen=KEPT_ENTRIES
        )

    @cherrypy.expose
    def index(self, search: str = "") -> str:
        """Show the entries that hold the words searched for, the newest first."""
        # NOTE: copied first, since another thread may add an entry meanwhile.
        found = [entry for entry in list(self._entries) if entry.holds(search)]
        shown = "".join(map(_entry, found)) or "<p>Nobody wrote that.</p>"
        return page("Guest book", f"{WRITE_FORM}{_search_form(search)}<section>{shown}</section>")

    @cherrypy.expose
    def write(self, name: str, message: str) -> NoReturn:
        """Add an entry and show the book, so that reloading the page does not write again."""
        if cherrypy.request.method != "POST":
            cherrypy.response.headers["Allow"] = "POST"
            raise cherrypy.HTTPError(405, "An entry is written by POST.")
        entry = Entry(name.strip(), message.strip())
        if not 0 < len(entry.name) <= LONGEST_NAME or not 0 < len(entry.message) <= LONGEST_MESSAGE:
            raise cherrypy.HTTPError(400, "An entry needs a name and a message, neither too long.")
        self._entries.appendleft(entry)
        raise cherrypy.HTTPRedirect("/guests/", 303)


WRITE_FORM = f"""
<form method="post" action="/guests/write">
  <label>Name <input name="name" required maxlength="{LONGEST_NAME}" autocomplete="name"></label>
  <label>Message
    <textarea name="message" required maxlength="{LONGEST_MESSAGE}" rows="3"></textarea></label>
  <button>Write</button>
</form>"""


def _search_form(search: str) -> str:
    return f"""
<form method="get" action="/guests/" class="row">
  <label>Find <input type="search" name="search" value="{escape(search)}"></label>
  <button>Search</button>
</form>"""


def _entry(entry: Entry) -> str:
    return f"<article><p>{escape(entry.message)}</p><footer>{escape(entry.name)}</footer></article>"


class Errors:
    """What a visitor sees when something goes wrong."""

    @cherrypy.expose
    def index(self) -> str:
        """Link to one page for each way of failing."""
        return page(
            "Errors",
            """
<ul>
  <li><a href="/errors/nowhere">A page that is not there</a>: 404, with a page of this site</li>
  <li><a href="/errors/teapot">A handler that refuses</a>: 418, by HTTPError</li>
  <li><a href="/errors/broken">A handler that fails</a>: 500, logged with its traceback</li>
  <li><a href="/errors/greet">A missing parameter</a>: 404, since it is part of the address</li>
</ul>""",
        )

    @cherrypy.expose
    def teapot(self) -> NoReturn:
        """Refuse to brew coffee."""
        raise cherrypy.HTTPError("418 I'm a teapot", "Coffee is brewed elsewhere.")

    @cherrypy.expose
    def broken(self) -> str:
        """Fail as a handler with a mistake does."""
        return str(1 // 0)

    @cherrypy.expose
    def greet(self, name: str) -> str:
        """Greet, if there is a name."""
        return page("Greeting", f"<p>Hello {escape(name)}!</p>")


class Site:
    """The root: each attribute that is exposed, or holds something exposed, is an address."""

    def __init__(self) -> None:
        self.guests = GuestBook()
        self.errors = Errors()

    @cherrypy.expose
    def index(self) -> str:
        """Show what there is to see."""
        return page(
            "Welcome",
            f"""
<img src="/static/mark.svg" alt="" width="96" height="96">
<p class="lead">This site is a tree of Python objects. Each exposed method is a page.</p>
<ul>
  <li><a href="/guests/">The guest book</a> takes a form and finds what was written.</li>
  <li><a href="/request?colour=green&amp;colour=blue">The request page</a> shows what your
    browser sent.</li>
  <li><a href="/count">The count</a> is a body that is made while it is sent.</li>
  <li><a href="/errors/">The errors</a> show what happens when something goes wrong.</li>
  <li><a href="/static/style.css">The style sheet</a> is a file, as is the mark above.</li>
</ul>
{_visits()}""",
        )

    @cherrypy.expose
    def request(self, **parameters: str | list[str]) -> str:
        """Show what the browser sent."""
        request = cherrypy.request
        about = {
            "Request": request.request_line,
            "From": request.remote.ip,
            "Base": request.base,
            "Server": f"CherryPy {cherrypy.__version__}, Python {platform.python_version()}",
        }
        return page(
            "Your request",
            definitions("", about)
            + definitions("Parameters", parameters)
            + definitions("Headers", dict(request.headers)),
        )

    @cherrypy.expose
    @cherrypy.config(**{"response.stream": True})
    def count(self) -> Iterator[str]:
        """Count to a hundred, one piece of the body at a time."""
        before, _, after = page("Counting", "<p>NUMBERS</p>").partition("NUMBERS")
        yield before
        for number in range(1, 101):
            yield f"{number} "
        yield after


def _visits() -> str:
    """Count this visitor's pages in the session, if there are sessions."""
    if not counts_visits():
        return ""
    seen = int(cherrypy.session.get("seen", 0)) + 1
    cherrypy.session["seen"] = seen
    return f"<p>You have been here {seen} time{'s' if seen > 1 else ''}.</p>"
