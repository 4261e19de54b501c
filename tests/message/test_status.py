"""Statuses in all the forms an application may name them in."""

from http import HTTPStatus
from typing import Any

import pytest

from cherrypy.message.errors import IllegalStatus
from cherrypy.message.status import response_codes, status_line, valid_status


@pytest.mark.parametrize(
    ("status", "code", "reason"),
    [
        (None, 200, "OK"),
        ("", 200, "OK"),
        (404, 404, "Not Found"),
        ("404", 404, "Not Found"),
        (" 404 ", 404, "Not Found"),
        ("404 Nobody home", 404, "Nobody home"),
        (b"404 Not Found", 404, "Not Found"),
        (HTTPStatus.IM_A_TEAPOT, 418, "I'm a Teapot"),
        (HTTPStatus(204), 204, "No Content"),
        (299, 299, "Success"),
        ("499", 499, "Client Error"),
        ("599 Odd", 599, "Odd"),
    ],
)
def test_a_status_is_a_code_a_reason_and_a_message(status: Any, code: int, reason: str) -> None:
    found_code, found_reason, message = valid_status(status)
    assert (found_code, found_reason) == (code, reason)
    assert type(found_code) is int
    assert message


@pytest.mark.parametrize(
    ("status", "what"),
    [
        ("hello", "non-numeric"),
        ("Not Found", "non-numeric"),
        ("-1", "non-numeric"),
        ("4\u06604", "non-numeric"),
        (404.0, "non-numeric"),
        ([], "non-numeric"),
        ("9" * 5000, "non-numeric"),
        (0, "out of range"),
        (99, "out of range"),
        (600, "out of range"),
        ("1000 Many", "out of range"),
        (True, "out of range"),
    ],
)
def test_what_is_no_status_is_refused_with_its_value(status: Any, what: str) -> None:
    with pytest.raises(IllegalStatus, match="Illegal response status from server") as caught:
        valid_status(status)
    assert what in str(caught.value)
    assert isinstance(caught.value, ValueError)
    assert caught.value.value == status


def test_every_status_of_the_standard_library_has_a_text_of_its_own() -> None:
    assert {int(each) for each in HTTPStatus} <= response_codes.keys()
    for code, (reason, message) in response_codes.items():
        assert 100 <= code <= 599
        assert reason
        assert message.endswith(".")


def test_a_status_line_has_code_and_reason() -> None:
    assert status_line(200, "OK") == "200 OK"
