"""Cookies in, where no stranger hides the others, and out, where none breaks out."""

from http.cookies import CookieError, SimpleCookie

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cherrypy.message.cookies import cookie_header_values, parse_cookies
from cherrypy.message.errors import IllegalCookie

from .linear import assert_linear


@pytest.mark.parametrize(
    ("header", "cookies"),
    [
        ("", {}),
        ("a=1", {"a": "1"}),
        ("a=1; b=2;c=3 ;", {"a": "1", "b": "2", "c": "3"}),
        ("a=", {"a": ""}),
        ("a=b=c==", {"a": "b=c=="}),
        ('a="b c"', {"a": "b c"}),
        (r'a="q\"\\\101\073"', {"a": 'q"\\A;'}),
        ('a="open', {"a": '"open'}),
        ('a="', {"a": '"'}),
        # Strangers are skipped; the others stay.
        ("junk; a=1", {"a": "1"}),
        ("=x; a=1", {"a": "1"}),
        ("bad name=x; a=1", {"a": "1"}),
        ("a=1; b=\x01; c\x00=1", {"a": "1"}),
        ("a=1;;; ;b=2", {"a": "1", "b": "2"}),
        # Names that the standard library refuses.
        ("path=/x; expires=never; a=1", {"path": "/x", "expires": "never", "a": "1"}),
        ("a[b]=1; c:d=2; e/f=3; \xfc=4", {"a[b]": "1", "c:d": "2", "e/f": "3", "\xfc": "4"}),
        ('json={"a":1,"b":2}; x=1', {"json": '{"a":1,"b":2}', "x": "1"}),
        ("a=\xfc\xe9; b=1, c=2", {"a": "\xfc\xe9", "b": "1, c=2"}),
        # The first of a name has the longest path.
        ("a=deep; a=shallow", {"a": "deep"}),
        ("a=1; A=2", {"a": "1", "A": "2"}),
    ],
)
def test_cookies_are_read_pair_by_pair(header: str, cookies: dict[str, str]) -> None:
    parsed = parse_cookies(header)
    assert isinstance(parsed, SimpleCookie)
    assert {name: morsel.value for name, morsel in parsed.items()} == cookies
    assert all(morsel.key == name for name, morsel in parsed.items())


def test_a_value_is_also_there_as_it_came() -> None:
    assert parse_cookies('a="b c"')["a"].coded_value == '"b c"'


def test_an_escaped_line_break_neither_fails_nor_leaves_again() -> None:
    cookies = parse_cookies(r'b="x\012Set-Cookie: c=1"; a=1')
    assert cookies["a"].value == "1"
    assert all("\n" not in value for value in cookie_header_values(cookies))


def test_parsed_cookies_can_be_changed_as_any_others() -> None:
    cookies = parse_cookies("path=/x; session_id=1")
    cookies["session_id"] = "2"
    cookies["session_id"]["path"] = "/"
    cookies["new"] = "3"
    assert cookies["session_id"].value == "2"
    assert cookies["new"].value == "3"
    assert "path=/x" in cookies.output(header="")


def test_each_cookie_of_a_response_is_one_header_value() -> None:
    cookie: SimpleCookie = SimpleCookie()
    cookie["cookieName"] = "cookieValue"
    cookie["cookieName"]["path"] = "/"
    cookie["cookieName"]["max-age"] = 3600
    cookie["cookieName"]["version"] = 1
    cookie["b"] = 'quoted "; value'
    cookie["b"]["httponly"] = True
    assert cookie_header_values(cookie) == [
        "cookieName=cookieValue; Max-Age=3600; Path=/; Version=1",
        r'b="quoted \"\073 value"; HttpOnly',
    ]


def test_an_expiry_of_zero_seconds_is_now() -> None:
    cookie: SimpleCookie = SimpleCookie()
    cookie["a"] = ""
    cookie["a"]["expires"] = 0
    (value,) = cookie_header_values(cookie)
    assert value.startswith('a=""; expires=')
    assert value.endswith(" GMT")


@pytest.mark.parametrize("attribute", ["path", "domain", "expires", "samesite"])
@pytest.mark.parametrize("control", ["\r", "\n", "\x00", "\x7f"])
def test_no_attribute_starts_a_header_of_its_own(attribute: str, control: str) -> None:
    cookie: SimpleCookie = SimpleCookie()
    cookie["a"] = "1"
    try:
        cookie["a"][attribute] = f"/{control}Set-Cookie: b=2"
    except CookieError:
        return  # newer versions of the standard library refuse it already here
    with pytest.raises(IllegalCookie, match="'a' cannot be sent") as caught:
        cookie_header_values(cookie)
    assert caught.value.status == 500


names = st.text(st.sampled_from("abcXYZ019_-.!"), min_size=1, max_size=8)
values = st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=20)


@given(st.dictionaries(names, values, max_size=5))
def test_cookies_sent_and_received_are_the_same(cookies: dict[str, str]) -> None:
    cookies = {n: v for n, v in cookies.items() if n.lower() not in ("path", "domain")}
    sent: SimpleCookie = SimpleCookie(cookies)
    received = parse_cookies("; ".join(cookie_header_values(sent)))
    assert {name: morsel.value for name, morsel in received.items()} == cookies


@given(st.text(st.sampled_from('ab=;," \\\x00\r\n01$'), max_size=60))
def test_any_header_gives_cookies_that_can_be_sent(header: str) -> None:
    for value in cookie_header_values(parse_cookies(header)):
        assert value.isprintable() or "\t" in value


@pytest.mark.parametrize("unit", [";", "=", '"', "\\", "a=1;", '"\\', "; ", "a", " "])
def test_hostile_headers_take_linear_time(unit: str) -> None:
    assert_linear(lambda size: parse_cookies('a="' + unit * (size // 4) + '"'))
