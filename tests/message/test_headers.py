"""Header maps: one spelling of every key, and bytes at both ends."""

import copy
import pickle
from collections.abc import Callable
from http import HTTPStatus
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cherrypy.message import headers as module
from cherrypy.message.elements import AcceptElement
from cherrypy.message.errors import MalformedElement, MessageError, UnencodableHeader
from cherrypy.message.headers import CaseInsensitiveDict, HeaderMap, title_name

SPELLINGS = ["content-type", "Content-Type", "CONTENT-TYPE", "cOnTeNt-TyPe"]
names = st.text(st.sampled_from("abcXYZ09-_"), min_size=1, max_size=12)


@pytest.mark.parametrize(
    ("raw", "name"),
    [
        (b"content-type", "Content-Type"),
        (b"ETAG", "Etag"),
        (b"www-authenticate", "Www-Authenticate"),
        (b"x_y", "X_Y"),
        (b"", ""),
        (b"x" * 500, "X" + "x" * 499),
    ],
)
def test_a_field_name_becomes_title_case(raw: bytes, name: str) -> None:
    assert title_name(raw) == name
    assert title_name(raw) == name  # from the memo this time


def test_names_that_clients_invent_do_not_fill_the_memory() -> None:
    for number in range(3 * module.MEMO_ENTRIES):
        title_name(b"x-%d" % number)
        HeaderMap().get(f"x-{number}")
        HeaderMap({f"x-{number}": ""}).output()
    for memo in (module._raw_titles, module._titles, module._wire_names):
        assert len(memo) <= module.MEMO_ENTRIES
        assert all(len(key) <= module.MEMO_NAME_LENGTH for key in memo)


@pytest.mark.parametrize("spelling", SPELLINGS)
@pytest.mark.parametrize(
    "look_up",
    [
        lambda fields, key: fields[key],
        lambda fields, key: fields.get(key),
        lambda fields, key: fields.setdefault(key, "other"),
        lambda fields, key: fields.pop(key),
        lambda fields, key: fields.copy()[key],
        lambda fields, key: copy.copy(fields)[key],
        lambda fields, key: copy.deepcopy(fields)[key],
        lambda fields, key: pickle.loads(pickle.dumps(fields))[key],
        lambda fields, key: (fields | {"a": 1})[key],
        lambda fields, key: ({"a": 1} | fields)[key],
    ],
)
def test_a_key_is_found_in_any_spelling(
    spelling: str, look_up: Callable[[CaseInsensitiveDict, str], Any]
) -> None:
    for stored in SPELLINGS:
        assert look_up(CaseInsensitiveDict({stored: "text/html"}), spelling) == "text/html"


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_a_key_is_set_and_removed_in_any_spelling(spelling: str) -> None:
    fields = CaseInsensitiveDict({"content-TYPE": 1, "other": 2})
    assert spelling in fields
    fields[spelling] = 3
    assert list(fields.items()) == [("Content-Type", 3), ("Other", 2)]
    del fields[spelling]
    assert spelling not in fields
    assert fields.pop(spelling, "gone") == "gone"
    assert fields.get(spelling) is None
    with pytest.raises(KeyError, match=spelling):
        fields[spelling]
    with pytest.raises(KeyError):
        del fields[spelling]
    with pytest.raises(KeyError):
        fields.pop(spelling)


@pytest.mark.parametrize(
    "make",
    [
        lambda: CaseInsensitiveDict({"a-b": 1, "C": 2}),
        lambda: CaseInsensitiveDict([("a-b", 1), ("C", 2)]),
        lambda: CaseInsensitiveDict([("a-b", 0)], **{"A-b": 1, "c": 2}),
        lambda: CaseInsensitiveDict.from_titled({"A-B": 1, "C": 2}),
        lambda: CaseInsensitiveDict(CaseInsensitiveDict({"a-b": 1, "C": 2})),
        lambda: CaseInsensitiveDict(a=0) | {"a-b": 1} | {"c": 2} | {},
        lambda: {"c": 1, "a-B": 1} | CaseInsensitiveDict(C=2),
    ],
)
def test_it_is_made_from_whatever_a_dict_is_made_from(
    make: Callable[[], CaseInsensitiveDict],
) -> None:
    made = make()
    made.pop("a", None)
    assert type(made) is CaseInsensitiveDict
    assert made == {"A-B": 1, "C": 2}


def test_it_takes_further_entries_as_a_dict_does() -> None:
    fields = HeaderMap(a=1)
    same = fields
    fields |= [("A", 2), ("b", 3)]
    fields.update({"B": 4}, c=5)
    fields.update()
    assert same is fields
    assert fields == {"A": 2, "B": 4, "C": 5}
    assert type(fields | {}) is HeaderMap
    assert HeaderMap.fromkeys(["x", "Y"], 0) == {"X": 0, "Y": 0}
    assert type(HeaderMap.fromkeys("xy")) is HeaderMap
    with pytest.raises(TypeError):
        fields | 5


def test_a_copy_is_separate_from_what_it_was_copied_from() -> None:
    template = {"Server": "x"}
    fields = HeaderMap.from_titled(template)
    fields["Allow"] = "GET"
    assert template == {"Server": "x"}
    assert "allow" not in HeaderMap.from_titled(template)


def test_keys_that_are_not_text_are_known_by_their_text() -> None:
    fields = CaseInsensitiveDict()
    fields[1] = "one"
    fields[True] = "yes"
    fields[HTTPStatus.OK] = "ok"
    assert fields == {"1": "one", "True": "yes", "200": "ok"}
    assert fields.get(1) == "one"
    assert fields.get(True) == "yes"


def test_no_key_changes_when_it_enters_a_second_time() -> None:
    # A lookup by the exact stored key skips the change. A field name can only be ISO-8859-1.
    for code in range(256):
        once = f"a{chr(code)}b".title()
        assert once.title() == once


@given(st.lists(st.tuples(names, st.integers())))
def test_it_behaves_as_a_dict_of_title_cased_keys(entries: list[tuple[str, int]]) -> None:
    ours, model = CaseInsensitiveDict(), dict[str, int]()
    for name, value in entries:
        if value % 5 == 0:
            assert ours.pop(name, None) == model.pop(name.title(), None)
        else:
            ours[name] = value
            model[name.title()] = value
    assert ours == model
    assert list(ours) == list(model)
    assert all(ours[name.swapcase()] == value for name, value in model.items())


def test_raw_fields_become_text_and_repeated_ones_are_joined() -> None:
    fields = HeaderMap.from_raw(
        [
            (b"accept", b"a/b"),
            (b"Cookie", b"a=1"),
            (b"ACCEPT", b"c/d"),
            (b"cookie", b"b=2"),
            (b"Content-Type", b"text/html"),
            (b"content-type", b"text/plain"),
            (b"X-Name", b"J\xfcrgen"),
        ]
    )
    assert type(fields) is HeaderMap
    assert fields == {
        "Accept": "a/b, c/d",
        "Cookie": "a=1; b=2",
        "Content-Type": "text/html, text/plain",
        "X-Name": "Jürgen",
    }


def test_encoded_words_are_decoded_except_in_fields_that_are_no_text() -> None:
    word = b"=?utf-8?q?f=C3=BCr?="
    fields = HeaderMap.from_raw([(b"subject", word), (b"host", word), (b"cookie", word)])
    assert fields == {"Subject": "für", "Host": word.decode(), "Cookie": word.decode()}


def test_a_decoded_value_never_gains_a_line_break() -> None:
    sneaky = b"=?utf-8?q?a=0D=0ASet-Cookie:_b?="
    assert HeaderMap.from_raw([(b"X", sneaky)])["X"] == sneaky.decode()


def test_elements_and_values_are_the_most_preferred_first() -> None:
    fields = HeaderMap({"accept": "text/html;q=0.5, text/plain"})
    elements = fields.elements("ACCEPT")
    assert [type(each) for each in elements] == [AcceptElement, AcceptElement]
    assert [str(each) for each in elements] == ["text/plain", "text/html;q=0.5"]
    assert fields.values("Accept") == ["text/plain", "text/html"]
    assert fields.values("absent") == []
    assert fields.elements("absent") == []
    assert list(fields.values()) == ["text/html;q=0.5, text/plain"]
    with pytest.raises(MalformedElement):
        HeaderMap({"Accept": "a;q=b"}).elements("Accept")


def test_fields_leave_as_bytes_in_their_order() -> None:
    fields = HeaderMap({"content-length": 12, "X": b"\xff\xfe", "Name": "Jürgen", "y": "€"})
    assert fields.output() == [
        (b"Content-Length", b"12"),
        (b"X", b"\xff\xfe"),
        (b"Name", b"J\xfcrgen"),
        (b"Y", b"=?utf-8?b?4oKs?="),
    ]
    assert list(HeaderMap.encode_header_items([("a", "€"), (b"b", 1)])) == [
        (b"a", b"=?utf-8?b?4oKs?="),
        (b"b", b"1"),
    ]


def test_what_leaves_as_an_encoded_word_comes_back_the_same() -> None:
    text = "Grüße aus 東京, 100 % €"
    sent = HeaderMap({"X": text}).output()
    assert HeaderMap.from_raw(sent) == {"X": text}


@pytest.mark.parametrize(
    "setting", [{"protocol": (1, 0)}, {"use_rfc_2047": False}], ids=["HTTP/1.0", "switched off"]
)
def test_text_that_fits_no_charset_is_refused_where_no_encoded_word_is_allowed(
    setting: dict[str, Any],
) -> None:
    class Strict(HeaderMap):
        pass

    for name, value in setting.items():
        setattr(Strict, name, value)
    with pytest.raises(UnencodableHeader, match=r"Name: .*'€'"):
        Strict({"name": "€"}).output()
    with pytest.raises(UnencodableHeader):
        Strict.encode("€")
    fields = HeaderMap({"name": "€"})
    for name, value in setting.items():
        setattr(fields, name, value)
    with pytest.raises(UnencodableHeader):
        fields.output()


def test_other_charsets_may_be_configured() -> None:
    class Cyrillic(HeaderMap):
        encodings = ["iso-8859-5", "utf-8"]

    assert Cyrillic({"A": "Ж", "B": "東", "C": 1}).output() == [
        (b"A", b"\xb6"),
        (b"B", "東".encode()),
        (b"C", b"1"),
    ]


@pytest.mark.parametrize("fields", [{"Naïve€": "x"}, {"X": "\ud800"}])
def test_what_cannot_be_sent_raises_one_kind_of_error(fields: dict[str, str]) -> None:
    with pytest.raises(MessageError) as caught:
        HeaderMap(fields).output()
    assert caught.value.status == 500
