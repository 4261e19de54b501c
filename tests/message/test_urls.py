"""Joining and decoding paths, the protocol version, addresses."""

from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cherrypy.message.errors import MessageError
from cherrypy.message.urls import (
    Host,
    http_from_protocol,
    protocol_from_http,
    split_path,
    unquote_path,
    urljoin,
    urljoin_bytes,
)

from .linear import assert_linear


@pytest.mark.parametrize(
    ("atoms", "joined"),
    [
        (("/sn/", "/pi/"), "/sn/pi/"),
        (("/sn", "/pi"), "/sn/pi"),
        (("/sn", "pi"), "/sn/pi"),
        (("/sn", "/"), "/sn/"),
        (("/sn", ""), "/sn"),
        (("/sn/", ""), "/sn/"),
        (("/", "/pi"), "/pi"),
        (("/", "/"), "/"),
        (("/", ""), "/"),
        (("", "/pi/"), "/pi/"),
        (("", "/"), "/"),
        (("", ""), "/"),
        ((), "/"),
        (("", "//evil.example/x"), "/evil.example/x"),
        (("/a", "", "b", "/c"), "/a/b/c"),
    ],
)
def test_path_atoms_are_joined_by_single_slashes(atoms: tuple[str, ...], joined: str) -> None:
    assert urljoin(*atoms) == joined
    assert urljoin_bytes(*(atom.encode() for atom in atoms)) == joined.encode()


@given(st.lists(st.text(st.sampled_from("/ab"), max_size=6), max_size=5))
def test_a_joined_path_never_names_another_host(atoms: list[str]) -> None:
    joined = urljoin(*atoms)
    assert joined
    assert "//" not in joined
    assert split_path(joined) == [part for atom in atoms for part in split_path(atom)]


def test_a_protocol_is_a_pair_of_numbers() -> None:
    assert protocol_from_http("HTTP/1.1") == (1, 1)
    assert protocol_from_http("HTTP/1.0") == (1, 0)
    assert http_from_protocol((1, 1)) == "HTTP/1.1"


@pytest.mark.parametrize(
    "text", ["", "HTTP/1", "HTTP/11", "http/1.1", "HTTP/1.1 ", "HTTP/1.10", "HTTP/\u0661.1", "x"]
)
def test_what_is_no_protocol_is_refused(text: str) -> None:
    with pytest.raises(MessageError, match=r"expected one like 'HTTP/1\.1'"):
        protocol_from_http(text)


@pytest.mark.parametrize(
    ("raw", "path"),
    [
        ("/plain/path", "/plain/path"),
        ("/a%20b", "/a b"),
        ("/a+b", "/a+b"),
        ("/%C3%BC", "/ü"),
        ("/\xc3\xbc", "/ü"),
        ("/東", "/東"),
        ("/a%2Fb%2fc", "/a%2Fb%2Fc"),
        ("/%252F", "/%2F"),
        ("/100%", "/100%"),
        ("/%zz", "/%zz"),
        ("", ""),
    ],
)
def test_a_path_is_decoded_except_for_its_quoted_slashes(raw: str, path: str) -> None:
    assert unquote_path(raw) == path


def test_a_path_that_is_no_text_in_the_charset_is_an_error() -> None:
    assert unquote_path("/%FC", "latin-1") == "/ü"
    for raw in ("/%FC", "/\xfc", "/%C3%2F%BC"):
        with pytest.raises(UnicodeDecodeError):
            unquote_path(raw)


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_a_path_quoted_and_decoded_is_the_same(path: str) -> None:
    assert unquote_path(quote(path)) == path


@pytest.mark.parametrize("unit", ["%", "%2F", "%41", "/", "%2"])
def test_hostile_paths_take_linear_time(unit: str) -> None:
    assert_linear(lambda size: (unquote_path(unit * size), urljoin(unit * size, unit * size)))


def test_a_path_is_split_into_its_segments() -> None:
    assert split_path("/a//b/c/") == ["a", "b", "c"]
    assert split_path("/") == []


def test_a_host_without_a_name_is_named_by_its_address() -> None:
    host = Host("127.0.0.1", 80)
    assert (host.ip, host.port, host.name) == ("127.0.0.1", 80, "127.0.0.1")
    named = Host("::1", 8080, "localhost")
    assert named.name == "localhost"
    assert repr(named) == "httputil.Host('::1', 8080, 'localhost')"
    assert (Host.ip, Host.port, Host.name) == ("0.0.0.0", 80, "unknown.tld")
