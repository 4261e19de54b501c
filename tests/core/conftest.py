"""Each test finds the site as it is after the import, and quiet."""

from collections.abc import Iterator

import pytest
from tests.core.serving import restored

import cherrypy


@pytest.fixture(autouse=True)
def unchanged_site() -> Iterator[None]:
    """Undo what a test changes of the site, and keep its log off the screen."""
    screen = cherrypy.log.screen
    cherrypy.log.screen = False
    try:
        with restored():
            yield
    finally:
        cherrypy.log.screen = screen
