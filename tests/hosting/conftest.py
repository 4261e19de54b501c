"""Each test has a site of its own, and keeps its log off the screen."""

from collections.abc import Iterator

import pytest
from tests.hosting.site import Site, running_site

import cherrypy


@pytest.fixture(autouse=True)
def quiet(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cherrypy.log, "screen", False)


@pytest.fixture
def site(monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    with running_site(monkeypatch) as site:
        yield site
