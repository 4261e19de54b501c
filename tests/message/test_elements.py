"""Elements of comma-separated fields: one grammar, read leniently, in linear time."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cherrypy.message.elements import (
    AcceptElement,
    HeaderElement,
    header_elements,
    unquote_string,
)
from cherrypy.message.errors import MalformedElement

from .linear import assert_linear

ELEMENTS = [
    ("text/html", "text/html", {}),
    ("  text/html ; level = 1 ", "text/html", {"level": "1"}),
    ("a;b;c=d", "a", {"b": "", "c": "d"}),
    (
        'form-data; name="a;b"; filename="x\\"y.txt"',
        "form-data",
        {"name": "a;b", "filename": 'x"y.txt'},
    ),
    ('a;b="open', "a", {"b": "open"}),
    ('a;b="open\\', "a", {"b": "open\\"}),
    ('a;b=""', "a", {"b": ""}),
    ("a;b=1;b=2", "a", {"b": "1"}),
    (";b=1", "", {"b": "1"}),
    (';b="1"', "", {"b": "1"}),
    ("a;;b=1;=2;", "a", {"b": "1"}),
    ('"a;b";c=1', '"a;b"', {"c": "1"}),
    ("a;Level=One;LEVEL=2", "a", {"level": "One"}),
    ("", "", {}),
]


@pytest.mark.parametrize(("text", "value", "params"), ELEMENTS)
def test_an_element_is_a_value_and_its_parameters(
    text: str, value: str, params: dict[str, str]
) -> None:
    assert HeaderElement.parse(text) == (value, params)
    element = HeaderElement.from_str(text)
    assert (element.value, element.params) == (value, params)


@pytest.mark.parametrize(
    ("field", "values"),
    [
        ("a, b,c", ["a", "b", "c"]),
        (",, a ,,b,", ["a", "b"]),
        ('"a,b", c', ['"a,b"', "c"]),
        ('W/"1,2", "3"', ['W/"1,2"', '"3"']),
        ('a;x="1,2", b', ["a", "b"]),
        ('a, "open, b', ["a", '"open, b']),
        ("", []),
        (None, []),
        (" , ,", []),
    ],
)
def test_a_list_is_split_at_the_commas_outside_of_quotes(
    field: str | None, values: list[str]
) -> None:
    assert [each.value for each in header_elements("If-Match", field)] == values


@pytest.mark.parametrize(
    ("field", "expected"),
    [
        ("a;q=0.1, b;q=0.3, c;q=0.2", ["b", "c", "a"]),
        ("a, b, c", ["a", "b", "c"]),
        ("*/*, text/*, text/html", ["text/html", "text/*", "*/*"]),
        ("*/*;q=1, text/html;q=0.9", ["*/*", "text/html"]),
        ("*; q=.2, text/html; q=1.000, a/b;Q=0", ["text/html", "*", "a/b"]),
    ],
)
def test_preferences_are_sorted_the_most_preferred_first(field: str, expected: list[str]) -> None:
    assert [each.value for each in header_elements("Accept", field)] == expected


def test_a_type_with_parameters_is_preferred_to_the_bare_type() -> None:
    elements = header_elements("Accept", "text/html, text/html;level=1;q=1")
    assert [str(each) for each in elements] == ["text/html;level=1;q=1", "text/html"]


def test_fields_that_are_no_preferences_keep_their_order() -> None:
    elements = header_elements("Content-Encoding", "gzip, br, deflate;q=x")
    assert [each.value for each in elements] == ["gzip", "br", "deflate"]
    assert not isinstance(elements[0], AcceptElement)


@pytest.mark.parametrize("name", ["Accept", "accept-charset", "Accept-Encoding", "TE"])
def test_the_accept_family_has_qualities(name: str) -> None:
    (element,) = header_elements(name, "x;q=0.25")
    assert isinstance(element, AcceptElement)
    assert element.qvalue == 0.25


@pytest.mark.parametrize(
    "quality", ["high", "", "1.1", "2", "-1", "0,5 ", "1e0", "nan", "inf", "\u0660", "0.1.2", "+1"]
)
def test_a_quality_that_is_no_number_from_0_to_1_is_refused(quality: str) -> None:
    element = AcceptElement("text/html", {"q": quality})
    with pytest.raises(MalformedElement, match="expected a number from 0 to 1") as caught:
        assert element.qvalue
    assert caught.value.status == 400
    with pytest.raises(MalformedElement):
        header_elements("Accept", f'text/html;q="{quality}"')


def test_the_more_preferred_is_less_than_the_less_preferred() -> None:
    best, worst = AcceptElement("a"), AcceptElement("b", {"q": "0.5"})
    assert best < worst
    assert best <= worst
    assert worst > best
    assert worst >= best
    assert best <= AcceptElement("c")
    assert not best < AcceptElement("c")


def test_elements_compare_by_what_they_say() -> None:
    one, same = HeaderElement("a", {"b": "c"}), HeaderElement.from_str("a; b=c")
    assert one == same
    assert hash(one) == hash(same)
    assert one != HeaderElement("a")
    assert one != "a;b=c"
    assert HeaderElement("a") < HeaderElement("b")
    assert repr(one) == "HeaderElement('a', {'b': 'c'})"
    assert bytes(HeaderElement("ü€")) == b"\xfc?"


def test_a_quoted_string_is_unquoted_and_other_text_is_not() -> None:
    assert unquote_string('"a\\"b"') == 'a"b'
    assert unquote_string("token") == "token"


tokens = st.text(st.sampled_from("abcXYZ019!#$%&'*+-.^_`|~"), min_size=1, max_size=8)
quotable = st.text(st.characters(codec="latin-1", exclude_categories=["Cc"]), max_size=12)


@given(tokens, st.dictionaries(tokens.map(str.lower), quotable, max_size=4))
def test_an_element_written_and_read_again_is_the_same(value: str, params: dict[str, str]) -> None:
    element = HeaderElement(value, params)
    assert HeaderElement.from_str(str(element)) == element
    assert header_elements("X", f"{element}, {element}") == [element, element]


@given(st.text(st.sampled_from('ab,;="\\ q.01*/'), max_size=60), st.sampled_from(["Accept", "X"]))
def test_any_text_gives_elements_or_one_kind_of_error(text: str, name: str) -> None:
    try:
        header_elements(name, text)
    except MalformedElement:
        pass


@pytest.mark.parametrize(
    "unit",
    [",", ";", '"', '\\"', '",', 'a;b="', "=", "a;q=0.5,", '"\\', " \t", '";"'],
)
def test_hostile_lists_take_linear_time(unit: str) -> None:
    assert_linear(
        lambda size: header_elements(
            "Accept-X", "x;y=" + unit.replace("q", "r") * (size // len(unit))
        )
    )
