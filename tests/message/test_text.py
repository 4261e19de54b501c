"""Text in disguise: encoded words and file names; and which charsets count as such."""

from base64 import b64encode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cherrypy.message.charsets import known_charset
from cherrypy.message.elements import HeaderElement
from cherrypy.message.text import (
    content_disposition,
    decode_extended,
    decode_TEXT,
    encode_extended,
    quote_string,
)

from .linear import assert_linear


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("=?utf-8?q?f=C3=BCr?=", "für"),
        ("=?UTF-8?B?ZsO8cg==?=", "für"),
        ("=?utf-8?b?ZsO8cg?=", "für"),
        ("=?iso-8859-1?Q?a_b=20c?=", "a b c"),
        ("=?utf-8*de?q?f=C3=BCr?=", "für"),
        ("before =?utf-8?q?x?= after", "before x after"),
        ("=?utf-8?q?a?= =?utf-8?q?b?=", "ab"),
        ("=?utf-8?q?a?= and =?utf-8?q?b?=", "a and b"),
        ("plain", "plain"),
        ("", ""),
        # What does not decode cleanly stays.
        ("=?nonsense?q?x?=", "=?nonsense?q?x?="),
        ("=?utf-8?q?=FF?=", "=?utf-8?q?=FF?="),
        ("=?utf-8?b?!!?=", "=?utf-8?b?!!?="),
        ("=?utf-8?x?abc?=", "=?utf-8?x?abc?="),
        ("=?utf-8?q?\u20ac?=", "=?utf-8?q?\u20ac?="),
        ("=?utf-8?q?open", "=?utf-8?q?open"),
        ("=?zlib?b?eJwDAAAAAAE=?=", "=?zlib?b?eJwDAAAAAAE=?="),
        ("=?utf-8?q?a=0D=0AX:_y?=", "=?utf-8?q?a=0D=0AX:_y?="),
        ("=?utf-8?q?=00?= =?utf-8?q?b?=", "=?utf-8?q?=00?= b"),
        ("=?utf-16?b?CgANAA==?=", "=?utf-16?b?CgANAA==?="),
    ],
)
def test_encoded_words_are_decoded_if_they_are_sound(value: str, text: str) -> None:
    assert decode_TEXT(value) == text


printable = st.text(st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp"]), max_size=30)


@given(printable)
def test_an_encoded_word_is_decoded_to_what_it_was(text: str) -> None:
    assert decode_TEXT(f"=?utf-8?b?{b64encode(text.encode()).decode()}?=") == text
    escaped = "".join(f"={byte:02X}" for byte in text.encode())
    assert decode_TEXT(f"=?utf-8?q?{escaped}?=") == text


@given(st.text(st.sampled_from("=?utf8-qQbB_ 0AD\u20ac"), max_size=60))
def test_any_value_decodes_without_gaining_control_characters(value: str) -> None:
    assert decode_TEXT(value).isprintable()


@pytest.mark.parametrize("unit", ["=?", "?=", "=?a", "=?a?q?", "=?utf-8?q?a?= ", "=", " ", "?"])
def test_hostile_values_take_linear_time(unit: str) -> None:
    assert_linear(lambda size: decode_TEXT(unit * (size // len(unit))))


@pytest.mark.parametrize(
    ("name", "header"),
    [
        (None, "attachment"),
        ("a.txt", 'attachment; filename="a.txt"'),
        ('a"b\\c;.txt', 'attachment; filename="a\\"b\\\\c;.txt"'),
        ("a\r\nSet-Cookie: b.txt", 'attachment; filename="aSet-Cookie: b.txt"'),
        (
            "für €.txt",
            "attachment; filename=\"f_r _.txt\"; filename*=UTF-8''f%C3%BCr%20%E2%82%AC.txt",
        ),
        ("100%.txt", "attachment; filename=\"100_.txt\"; filename*=UTF-8''100%25.txt"),
        ("a'b.€", "attachment; filename=\"a'b._\"; filename*=UTF-8''a%27b.%E2%82%AC"),
    ],
)
def test_a_file_name_is_quoted_for_old_and_new_clients(name: str | None, header: str) -> None:
    assert content_disposition("attachment", name) == header


@given(st.text(max_size=30))
def test_any_file_name_can_be_sent_and_read_back(name: str) -> None:
    header = content_disposition("inline", name)
    assert header.isascii()
    assert header.isprintable()
    element = HeaderElement.from_str(header)
    assert element.value == "inline"
    assert element.params.keys() <= {"filename", "filename*"}
    extended = element.params.get("filename*")
    if extended is not None:
        assert decode_extended(extended) is not None


@given(printable)
def test_an_extended_parameter_is_decoded_to_what_it_was(text: str) -> None:
    assert decode_extended(f"UTF-8''{encode_extended(text)}") == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("UTF-8'en'%e2%82%ac%20rates", "€ rates"),
        ("iso-8859-1''%A3", "£"),
        ("UTF-8''%FF", None),
        ("UTF-8''a%0Ab", None),
        ("nonsense''x", None),
        ("UTF-8'x", None),
        ("''x", None),
        ("x", None),
    ],
)
def test_an_extended_parameter_is_decoded_or_none(value: str, text: str | None) -> None:
    assert decode_extended(value) == text


def test_a_quoted_string_has_no_control_characters() -> None:
    assert quote_string('a\r\n"b\\') == '"a\\"b\\\\"'


@pytest.mark.parametrize(
    ("name", "codec"),
    [
        ("utf-8", "utf_8"),
        (" UTF8 ", "utf_8"),
        ("ISO-8859-1", "latin_1"),
        ("latin1", "latin_1"),
        ("windows-1252", "cp1252"),
        ("Shift_JIS", "shift_jis"),
        ("KOI8-U", "koi8_u"),
        ("us-ascii", "ascii"),
        ("utf-16le", "utf_16_le"),
        ("zlib", None),
        ("base64", None),
        ("hex", None),
        ("rot13", None),
        ("punycode", None),
        ("idna", None),
        ("unicode_escape", None),
        ("utf-7", None),
        ("../../etc/passwd", None),
        ("", None),
    ],
)
def test_a_message_may_name_charsets_and_nothing_else(name: str, codec: str | None) -> None:
    assert known_charset(name) == codec
    if codec is not None:
        assert b"".decode(codec) == ""
