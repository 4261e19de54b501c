"""Entity tags and the conditions made with them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cherrypy.message.etags import (
    EntityTag,
    if_match_holds,
    if_none_match_holds,
    match_strongly,
    match_weakly,
    parse_etag,
    parse_etag_list,
)

from .linear import assert_linear


@pytest.mark.parametrize(
    ("text", "tag"),
    [
        ('"a"', EntityTag("a")),
        (' W/"a" ', EntityTag("a", is_weak=True)),
        ('""', EntityTag("")),
        ('"a,b c"', EntityTag("a,b c")),
        ('"\xe9\\"', EntityTag("\xe9\\")),
        ('w/"a"', None),
        ("a", None),
        ('"a', None),
        ('"a"b"', None),
        ('"a\n"', None),
        ("", None),
        (None, None),
    ],
)
def test_an_entity_tag_is_read(text: str | None, tag: EntityTag | None) -> None:
    assert parse_etag(text) == tag


@pytest.mark.parametrize(
    ("text", "tags"),
    [
        ('"a", W/"b" ,, "c,d"', ['"a"', 'W/"b"', '"c,d"']),
        ('"a" "b"', ['"a"', '"b"']),
        (' , "a"', ['"a"']),
        ('"a", b, "c"', ['"a"']),
        ("", []),
        ("*", []),
    ],
)
def test_a_list_of_entity_tags_is_read_up_to_the_first_that_is_none(
    text: str, tags: list[str]
) -> None:
    assert [str(tag) for tag in parse_etag_list(text)] == tags


@pytest.mark.parametrize(
    ("one", "other", "strongly", "weakly"),
    [
        # The table of RFC 9110 8.8.3.2.
        ('W/"1"', 'W/"1"', False, True),
        ('W/"1"', 'W/"2"', False, False),
        ('W/"1"', '"1"', False, True),
        ('"1"', '"1"', True, True),
    ],
)
def test_tags_compare_strongly_and_weakly(
    one: str, other: str, strongly: bool, weakly: bool
) -> None:
    first, second = parse_etag(one), parse_etag(other)
    assert first is not None
    assert second is not None
    assert match_strongly(first, second) is match_strongly(second, first) is strongly
    assert match_weakly(first, second) is match_weakly(second, first) is weakly


@pytest.mark.parametrize(
    ("header", "current", "if_match", "if_none_match"),
    [
        ('"a"', '"a"', True, False),
        ('"b", "a"', '"a"', True, False),
        ('"b"', '"a"', False, True),
        ('W/"a"', '"a"', False, False),
        ('"a"', 'W/"a"', False, False),
        ("*", '"a"', True, False),
        (" * ", None, False, True),
        ('"a"', None, False, True),
        ("garbage", '"a"', False, True),
        ("", '"a"', False, True),
    ],
)
def test_conditions_hold_or_not(
    header: str, current: str | None, if_match: bool, if_none_match: bool
) -> None:
    assert if_match_holds(header, current) is if_match
    assert if_none_match_holds(header, current) is if_none_match


opaques = st.text(st.characters(codec="latin-1", exclude_categories=["Cc"], exclude_characters='"'))


@given(st.lists(st.builds(EntityTag, opaques, st.booleans())))
def test_tags_written_and_read_again_are_the_same(tags: list[EntityTag]) -> None:
    assert parse_etag_list(", ".join(map(str, tags))) == tags


@pytest.mark.parametrize("unit", ['"', ",", '"",', 'W/"', " ", "W/", '"" '])
def test_hostile_lists_take_linear_time(unit: str) -> None:
    assert_linear(lambda size: if_none_match_holds(unit * size, '"x"'))
