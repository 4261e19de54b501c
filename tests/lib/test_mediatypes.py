"""The media type of a file, by its name."""

import mimetypes

import pytest

from cherrypy.lib.mediatypes import media_type


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/a/b.png", "image/png"),
        ("/a/B.PNG", "image/png"),
        ("page.html", "text/html"),
        ("a.tar.gz", "application/gzip"),
        ("a.css.br", "application/x-brotli"),
        ("font.woff2", "font/woff2"),
        ("a.unheard-of", "application/octet-stream"),
        ("README", "application/octet-stream"),
        (".html", "application/octet-stream"),
        ("a.html/b", "application/octet-stream"),
    ],
)
def test_the_extension_tells_the_type(path: str, expected: str) -> None:
    assert media_type(path) == expected


@pytest.mark.parametrize("key", ["CSV", "csv", ".csv", ".CSV"])
def test_types_of_ones_own_come_first(key: str) -> None:
    assert media_type("a.CSV", {"gif": "x/y", key: "text/x-own"}) == "text/x-own"


def test_the_example_of_the_manual_holds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(mimetypes.types_map, ".csv", "text/x-commas")
    assert media_type("table.csv") == "text/x-commas"
