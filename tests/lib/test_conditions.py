"""Conditions on pages that are no files: by `validate_since`, and for other methods than GET."""

from typing import Any

import pytest
from tests.core.serving import mount, serve

import cherrypy
from cherrypy.core.context import current
from cherrypy.lib.conditions import check_preconditions
from cherrypy.lib.cptools import validate_since

DATE = "Sun, 06 Nov 1994 08:49:37 GMT"
EARLIER = "Sun, 06 Nov 1994 08:49:36 GMT"
LATER = "Sun, 06 Nov 1994 08:49:38 GMT"


class Root:
    """Pages with a version."""

    @cherrypy.expose
    def dated(self) -> str:
        """Answer with a date alone."""
        cherrypy.response.headers["Last-Modified"] = DATE
        validate_since()
        return "page"

    @cherrypy.expose
    def undated(self) -> str:
        """Answer without a date."""
        validate_since()
        return "page"

    @cherrypy.expose
    def tagged(self, status: str = "200") -> Any:
        """Answer with a tag and a date."""
        cherrypy.response.headers.update({"Last-Modified": DATE, "ETag": '"1"'})
        cherrypy.response.status = int(status)
        serving = current()
        check_preconditions(serving.request, serving.response)
        return "page"


@pytest.mark.parametrize(
    ("method", "target", "name", "value", "code"),
    [
        ("GET", "/dated", "If-Modified-Since", DATE, 304),
        ("HEAD", "/dated", "If-Modified-Since", LATER, 304),
        ("GET", "/dated", "If-Modified-Since", EARLIER, 200),
        ("POST", "/dated", "If-Modified-Since", DATE, 200),
        ("GET", "/dated", "If-Unmodified-Since", EARLIER, 412),
        ("POST", "/dated", "If-Unmodified-Since", EARLIER, 412),
        ("POST", "/dated", "If-Unmodified-Since", DATE, 200),
        ("GET", "/undated", "If-Modified-Since", DATE, 200),
        ("GET", "/undated", "If-Unmodified-Since", EARLIER, 200),
        ("POST", "/tagged", "If-None-Match", '"1"', 412),
        ("GET", "/tagged", "If-None-Match", '"1"', 304),
        ("POST", "/tagged", "If-Match", '"2"', 412),
        # RFC 9110, 13.2.1: a response that is no 2xx heeds no condition
        ("GET", "/tagged?status=404", "If-None-Match", '"1"', 404),
        ("GET", "/tagged?status=202", "If-None-Match", '"1"', 304),
    ],
)
def test_a_condition_decides_whether_there_is_a_page(
    method: str, target: str, name: str, value: str, code: int
) -> None:
    fields = [(name, value)]
    body = b"" if method == "POST" else None
    assert serve(mount(Root()), target, method, fields, body).code == code
