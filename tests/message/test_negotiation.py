"""Which offer suits the client best."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cherrypy.message.errors import MalformedElement
from cherrypy.message.negotiation import best_charset, best_coding, best_media_type

from .linear import assert_linear

HTML, PLAIN, JSON = "text/html", "text/plain", "application/json"


@pytest.mark.parametrize(
    ("accept", "offers", "best"),
    [
        (None, [HTML, PLAIN], HTML),
        ("", [HTML], HTML),
        (None, [], None),
        ("*/*", [HTML, PLAIN], HTML),
        ("*", [HTML], HTML),
        ("text/plain", [HTML, PLAIN], PLAIN),
        ("TEXT/Plain", [HTML, PLAIN], PLAIN),
        ("text/*", [JSON, PLAIN], PLAIN),
        ("application/json", [HTML, PLAIN], None),
        ("text/html;q=0.5, text/plain", [HTML, PLAIN], PLAIN),
        ("text/html;q=0, */*", [HTML, PLAIN], PLAIN),
        ("text/html;q=0", [HTML], None),
        # RFC 9110 12.5.1: the most specific range decides, wherever it stands.
        ("text/*;q=0.3, text/html;q=0.7, */*;q=0.5", [PLAIN, HTML, JSON], HTML),
        ("text/*;q=0.3, */*;q=0.5", [PLAIN, JSON], JSON),
        ("text/html;level=1, text/html;q=0.4", [HTML, "text/html;level=1"], "text/html;level=1"),
        ("text/html;level=2", [HTML], None),
        ("text/html", ["text/html;charset=utf-8"], "text/html;charset=utf-8"),
        ("text/plain", ["text/*"], "text/*"),
        ("textual/plain", ["text/*"], None),
    ],
)
def test_the_media_type_with_the_highest_quality_is_chosen(
    accept: str | None, offers: Sequence[str], best: str | None
) -> None:
    assert best_media_type(accept, offers) == best


@pytest.mark.parametrize(
    ("accept", "best"),
    [
        (None, "utf-8"),
        ("", "utf-8"),
        ("iso-8859-1", "iso-8859-1"),
        ("ISO-8859-1;q=0.5, UTF-8;q=0.4", "iso-8859-1"),
        ("*", "utf-8"),
        ("utf-8;q=0, *;q=0.1", "iso-8859-1"),
        ("koi8-r", None),
    ],
)
def test_the_charset_with_the_highest_quality_is_chosen(
    accept: str | None, best: str | None
) -> None:
    assert best_charset(accept, ["utf-8", "iso-8859-1"]) == best


@pytest.mark.parametrize(
    ("accept", "best"),
    [
        (None, "identity"),
        ("", "identity"),
        ("gzip", "gzip"),
        ("x-gzip", "gzip"),
        ("GZIP, br", "br"),
        ("br;q=0.1, gzip;q=0.2", "gzip"),
        ("gzip;q=0", "identity"),
        ("*", "br"),
        ("identity", "identity"),
        ("identity;q=0.5, gzip;q=0.3", "identity"),
        ("deflate", "identity"),
        ("identity;q=0", None),
        ("*;q=0", None),
        ("*;q=0, gzip", "gzip"),
        ("*;q=0, identity", "identity"),
    ],
)
def test_the_content_coding_with_the_highest_quality_is_chosen(
    accept: str | None, best: str | None
) -> None:
    assert best_coding(accept, ["br", "gzip"]) == best


@given(st.text(st.sampled_from("ab/*;q=01.,"), max_size=40))
def test_any_header_gives_an_offer_or_one_kind_of_error(accept: str) -> None:
    offers = ["a/b", "b/a"]
    try:
        assert best_media_type(accept, offers) in [*offers, None]
    except MalformedElement:
        pass


def test_hostile_headers_take_linear_time() -> None:
    assert_linear(lambda size: best_media_type("a/b;q=0.1," * (size // 20), [HTML, PLAIN]))
    assert_linear(lambda size: best_coding("gzip," * (size // 10), ["gzip"]))
