"""Query strings and urlencoded forms."""

from typing import Any
from urllib.parse import quote_plus, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cherrypy.message.errors import MessageError, TooManyFields
from cherrypy.message.query import parse_query_string, parse_urlencoded_bytes

from .linear import assert_linear

QUERIES: list[tuple[str, dict[str, Any]]] = [
    ("", {}),
    ("a=1", {"a": "1"}),
    ("a=1&b=2", {"a": "1", "b": "2"}),
    ("a=1&a=2&a=3&b=4", {"a": ["1", "2", "3"], "b": "4"}),
    ("a", {"a": ""}),
    ("a=", {"a": ""}),
    ("&&a=1&", {"a": "1"}),
    ("a=1=2", {"a": "1=2"}),
    ("a=1;b=2", {"a": "1;b=2"}),
    ("a=x+y%20z%2B", {"a": "x y z+"}),
    ("%61=%C3%BC", {"a": "ü"}),
    ("a=%zz%4", {"a": "%zz%4"}),
    ("a=\xc3\xbc", {"a": "ü"}),
    ("a=%E2%82%AC&plain=1", {"a": "€", "plain": "1"}),
    ("a=東", {"a": "東"}),
    ("=1", {"": "1"}),
    ("a+b=c", {"a b": "c"}),
]


@pytest.mark.parametrize(("query_string", "params"), QUERIES)
def test_a_query_string_becomes_parameters(query_string: str, params: dict[str, Any]) -> None:
    assert parse_query_string(query_string) == params


@pytest.mark.parametrize(("query_string", "params"), QUERIES)
def test_a_form_body_becomes_the_same_parameters(query_string: str, params: dict[str, Any]) -> None:
    charset = "utf-8" if "東" in query_string else "latin-1"
    assert parse_urlencoded_bytes(query_string.encode(charset)) == params


def test_the_click_on_an_image_map_becomes_two_numbers() -> None:
    assert parse_query_string("12,34") == {"x": 12, "y": 34}
    assert parse_query_string("12,34,5") == {"12,34,5": ""}
    assert parse_query_string("1" * 10 + ",1") == {"1111111111,1": ""}
    assert parse_urlencoded_bytes(b"12,34") == {"12,34": ""}


def test_fields_without_a_value_may_be_left_out() -> None:
    assert parse_query_string("a&b=&c=1", keep_blank_values=False) == {"c": "1"}
    assert parse_urlencoded_bytes(b"a=&c=1", keep_blank_values=False) == {"c": "1"}


def test_bytes_that_are_no_text_in_the_charset_are_an_error() -> None:
    assert parse_query_string("a=%FC", encoding="latin-1") == {"a": "ü"}
    for text in ("a=%FC", "%FC=a", "a=\xfc", "a=%C3"):
        with pytest.raises(UnicodeDecodeError):
            parse_query_string(text)
        with pytest.raises(UnicodeDecodeError):
            parse_urlencoded_bytes(text.encode("latin-1"))


def test_a_form_in_utf_16_is_read() -> None:
    body = b"q=\xff\xfea\x00&" + b"r=%FF%FE%20%20"
    assert parse_urlencoded_bytes(body, "utf-16") == {"q": "a", "r": "\u2020"}


def test_more_fields_than_the_limit_are_refused() -> None:
    assert len(parse_query_string("&".join(f"a{n}=" for n in range(10)), max_fields=10)) == 10
    with pytest.raises(TooManyFields, match="more than 10 ") as caught:
        parse_query_string("&" * 10, max_fields=10)
    assert isinstance(caught.value, MessageError)
    assert caught.value.status == 400
    with pytest.raises(TooManyFields):
        parse_urlencoded_bytes(b"&" * 10_000)


texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)


@given(st.dictionaries(texts, st.lists(texts, min_size=1, max_size=3), max_size=6))
def test_parameters_encoded_and_parsed_are_the_same(params: dict[str, list[str]]) -> None:
    expected = {name: each if len(each) > 1 else each[0] for name, each in params.items()}
    encoded = urlencode(params, doseq=True)
    assert parse_query_string(encoded) == expected
    assert parse_urlencoded_bytes(encoded.encode()) == expected


@given(st.text(st.sampled_from("a%+&=;,1\xff\u20ac"), max_size=40))
def test_any_query_string_is_parsed_or_not_decodable(text: str) -> None:
    try:
        parse_query_string(text)
    except UnicodeDecodeError:
        assert "%" in text or not text.isascii()


@pytest.mark.parametrize("unit", ["&", "=", "%", "%41", "+", "a=1&", "a&", ",", "1"])
def test_hostile_query_strings_take_linear_time(unit: str) -> None:
    assert_linear(lambda size: parse_query_string(unit * size, max_fields=10**9))


def test_quoting_of_the_standard_library_is_undone() -> None:
    every = "".join(map(chr, range(256)))
    assert parse_query_string(f"a={quote_plus(every)}") == {"a": every}
