"""The encode tool: text becomes bytes in a charset that the client accepts."""

from collections.abc import Iterator
from typing import Any

import pytest
from tests.core.answers import ask, page, served

import cherrypy

PRICE = "5 € für zwei"


def accept(charsets: str) -> list[tuple[str, str]]:
    return [("Accept-Charset", charsets)]


def encoding(**config: Any) -> dict[str, Any]:
    return {f"tools.encode.{name}": value for name, value in config.items()}


def test_text_is_utf_8_unless_somebody_says_otherwise() -> None:
    answer = ask(page(lambda: PRICE))
    assert answer["Content-Type"] == "text/html;charset=utf-8"
    assert answer.body == PRICE.encode()


@pytest.mark.parametrize(
    ("accepted", "charset"),
    [
        ("iso-8859-15", "iso-8859-15"),
        ("iso-8859-15;q=0.5, utf-16", "utf-16"),
        ("*", "utf-8"),
        ("iso-8859-1, utf-8;q=0.5", "utf-8"),  # the first has no euro sign
        ("iso-8859-1, *;q=0.1", "utf-8"),
        ("nonsense, utf-8;q=0.1", "utf-8"),
        ("", "utf-8"),
    ],
)
def test_the_client_chooses_the_charset(accepted: str, charset: str) -> None:
    answer = ask(page(lambda: PRICE), headers=accept(accepted))
    assert answer["Content-Type"] == f"text/html;charset={charset}"
    assert answer.body.decode(charset) == PRICE


@pytest.mark.parametrize("accepted", ["iso-8859-1", "us-ascii, iso-8859-1", "utf-8;q=0", "hex"])
def test_a_client_that_accepts_no_charset_that_fits_gets_a_406(accepted: str) -> None:
    answer = ask(page(lambda: PRICE), headers=accept(accepted))
    assert answer.status == "406 Not Acceptable"
    assert f"Your client sent this Accept-Charset header: {accepted}." in answer.text
    assert "We tried these charsets: " in answer.text


@pytest.mark.parametrize("accepted", ["hex", "idna", "zlib", "utf-7", "unicode_escape"])
def test_a_codec_that_is_no_charset_is_not_used(accepted: str) -> None:
    assert ask(page(lambda: "abc"), headers=accept(accepted)).code == 406


def test_a_preference_that_cannot_be_read_is_a_400() -> None:
    assert ask(page(lambda: PRICE), headers=accept("utf-8;q=high")).code == 400


def test_a_charset_can_be_prescribed() -> None:
    answer = ask(page(lambda: "für", encoding(encoding="iso-8859-1")))
    assert answer["Content-Type"] == "text/html;charset=iso-8859-1"
    assert answer.body == b"f\xfcr"


@pytest.mark.parametrize(
    ("accepted", "code"),
    [
        ("latin1", 200),
        ("ISO-8859-1;q=0.1", 200),
        ("*", 200),
        ("utf-8", 406),
        ("iso8859-1;q=0", 406),
    ],
)
def test_a_prescribed_charset_must_be_acceptable(accepted: str, code: int) -> None:
    app = page(lambda: "für", encoding(encoding="iso-8859-1"))
    assert ask(app, headers=accept(accepted)).code == code


def test_text_that_does_not_fit_a_prescribed_charset_is_a_500() -> None:
    answer = ask(page(lambda: PRICE, encoding(encoding="iso-8859-1")))
    assert answer.code == 500
    assert "Response body could not be encoded with 'iso-8859-1'." in answer.text


def test_errors_say_what_happens_to_text_that_does_not_fit() -> None:
    config = encoding(encoding="us-ascii", errors="xmlcharrefreplace")
    assert ask(page(lambda: PRICE, config)).body == b"5 &#8364; f&#252;r zwei"


def test_the_default_charset_can_be_changed() -> None:
    answer = ask(page(lambda: "für", encoding(default_encoding="utf-16-le")))
    assert answer.body == "für".encode("utf-16-le")
    assert answer["Content-Type"] == "text/html;charset=utf-16-le"


def test_naming_the_charset_can_be_switched_off() -> None:
    app = page(lambda: "x", encoding(add_charset=False))
    assert ask(app)["Content-Type"] == "text/html"
    assert ask(app, headers=accept("utf-8"))["Content-Type"] == "text/html"


def typed(content_type: str | None, body: Any) -> Any:
    def handler() -> Any:
        if content_type is None:
            del cherrypy.response.headers["Content-Type"]
        else:
            cherrypy.response.headers["Content-Type"] = content_type
        return body

    return handler


@pytest.mark.parametrize("body", ["{ü}", ["{", "ü}"], iter(["{", "ü", b"}"])])
def test_text_of_another_type_is_utf_8_and_names_no_charset(body: Any) -> None:
    answer = ask(page(typed("application/json", body)), headers=accept("iso-8859-1"))
    assert answer["Content-Type"] == "application/json"
    assert answer.body == "{ü}".encode()


def test_text_only_off_negotiates_for_every_type() -> None:
    app = page(typed("application/xml", "ü"), encoding(text_only=False))
    answer = ask(app, headers=accept("iso-8859-1"))
    assert answer["Content-Type"] == "application/xml;charset=iso-8859-1"
    assert answer.body == b"\xfc"


def test_text_without_a_content_type_is_utf_8() -> None:
    answer = ask(page(typed(None, "ü")))
    assert answer["Content-Type"] is None
    assert answer.body == "ü".encode()


def test_parameters_of_the_content_type_are_kept() -> None:
    answer = ask(page(typed("text/plain; format=flowed", "ü")))
    assert answer["Content-Type"] == "text/plain;format=flowed;charset=utf-8"


def test_bytes_are_left_as_they_are() -> None:
    assert ask(page(lambda: b"\xff"), headers=accept("utf-8")).body == b"\xff"


def test_a_stream_takes_the_charset_the_client_likes_best() -> None:
    def handler() -> Iterator[str]:
        yield "f"
        yield "ür"

    app = page(handler, {"response.stream": True})
    answer = ask(app, headers=accept("nonsense, iso-8859-1;q=0.9, utf-8;q=0.5"))
    assert answer["Content-Type"] == "text/html;charset=iso-8859-1"
    assert answer.body == b"f\xfcr"


def test_a_stream_that_is_given_up_closes_its_page() -> None:
    closed: list[bool] = []

    def handler() -> Iterator[str]:
        try:
            yield "a"
            yield "b"
        finally:
            closed.append(True)

    app = page(handler, {"response.stream": True})
    with served(app) as response:
        assert next(iter(response.body)) == b"a"
        response.close()
    assert closed == [True]


def test_the_tool_can_be_switched_off() -> None:
    answer = ask(page(lambda: b"x", {"tools.encode.on": False}))
    assert answer["Content-Type"] == "text/html"
