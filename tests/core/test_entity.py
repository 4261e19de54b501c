"""Request bodies: forms in several charsets, processors of one's own, limits, raw bodies."""

from io import BytesIO
from typing import Any
from urllib.parse import quote

import pytest
from tests.core.answers import Answer, ask, page

import cherrypy
from cherrypy import _cpreqbody  # type: ignore[attr-defined]  # an alias
from cherrypy.lib.httputil import HeaderMap
from cherrypy.message.query import MAX_FIELDS

FORM = "application/x-www-form-urlencoded"


def show(**params: Any) -> str:
    return repr(sorted(params.items()))


def post(app: Any, body: bytes, content_type: str | None = FORM, **options: Any) -> Answer:
    headers = [] if content_type is None else [("Content-Type", content_type)]
    headers += options.pop("headers", [])
    options.setdefault("method", "POST")
    return ask(app, headers=headers, body=body, **options)


# Forms


def test_a_request_without_a_body_has_an_empty_file_all_the_same() -> None:
    answer = ask(page(lambda: repr((cherrypy.request.rfile.read(), cherrypy.request.body.read()))))
    assert answer.text == "(b'', b'')"


def test_a_form_becomes_parameters() -> None:
    assert post(page(show), b"a=1&b=two+words&c=f%C3%BCr").text == (
        "[('a', '1'), ('b', 'two words'), ('c', 'für')]"
    )


def test_a_name_that_comes_twice_has_a_list_of_values() -> None:
    assert post(page(show), b"a=1&a=2&a=3").text == "[('a', ['1', '2', '3'])]"


def test_the_parameters_of_a_form_join_those_of_the_query() -> None:
    answer = post(page(show), b"a=3&b=4", query="a=1&a=2&c=5")
    assert answer.text == "[('a', ['1', '2', '3']), ('b', '4'), ('c', '5')]"


def test_the_parameters_of_the_body_can_be_told_apart() -> None:
    def handler(**params: Any) -> str:
        return f"{cherrypy.request.body.params} {cherrypy.request.body_params}"

    assert post(page(handler), b"a=1", query="b=2").text == "{'a': '1'} {'a': '1'}"


@pytest.mark.parametrize("charset", ["utf-8", "ISO-8859-15", "utf-16", "koi8-r", '"utf-8"'])
def test_a_form_may_name_its_charset(charset: str) -> None:
    codec = charset.strip('"')
    text = "привет" if codec == "koi8-r" else "5 €"
    body = b"a=" + quote(text.encode(codec)).encode()
    assert post(page(show), body, f"{FORM}; charset={charset}").text == f"[('a', {text!r})]"


def test_the_charset_that_fits_is_known_afterwards() -> None:
    def handler(**params: Any) -> str:
        return str(cherrypy.request.body.attempt_charsets)

    config = {"request.body.attempt_charsets": ["utf-8", "ISO-8859-1"]}
    assert post(page(handler, config), b"a=%FC").text == "['ISO-8859-1']"


def test_bytes_that_no_charset_fits_are_a_400() -> None:
    answer = post(page(show), b"a=%FC")
    assert answer.status == "400 Bad Request"
    assert "These charsets were tried: utf-8." in answer.text


@pytest.mark.parametrize("charset", ["nonsense", "idna", "punycode", "zlib", "undefined", "hex"])
def test_a_charset_that_is_none_is_passed_over(charset: str) -> None:
    assert post(page(show), b"a=xn--%C3%BC", f"{FORM}; charset={charset}").text == (
        "[('a', 'xn--ü')]"
    )


def test_more_fields_than_anyone_needs_are_a_413() -> None:
    answer = post(page(show), b"&".join([b"a=1"] * (MAX_FIELDS + 1)))
    assert answer.code == 413


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH"])
def test_these_methods_have_bodies(method: str) -> None:
    assert post(page(show), b"a=1", method=method).text == "[('a', '1')]"


@pytest.mark.parametrize("method", ["GET", "DELETE", "OPTIONS"])
def test_the_body_of_another_method_is_left_alone(method: str) -> None:
    assert post(page(show), b"a=1", method=method).text == "[]"


def test_the_methods_with_bodies_can_be_configured() -> None:
    config = {"request.methods_with_bodies": ("POST", "DELETE")}
    assert post(page(show, config), b"a=1", method="DELETE").text == "[('a', '1')]"
    assert post(page(show, config), b"a=1", method="PUT").text == "[]"


def test_a_chunked_form_is_read_too() -> None:
    headers = [("Transfer-Encoding", "chunked")]
    assert post(page(show), b"a=1", headers=headers).text == "[('a', '1')]"


# Raw bodies


def raw(**params: Any) -> bytes:
    body: bytes = cherrypy.request.body.read()
    return body


@pytest.mark.parametrize("content_type", ["text/plain", "application/octet-stream", None])
def test_the_body_of_another_type_is_for_the_handler_to_read(content_type: str | None) -> None:
    assert post(page(raw), b"a=1\xff", content_type).body == b"a=1\xff"


def test_processing_of_bodies_can_be_switched_off() -> None:
    app = page(raw, {"request.process_request_body": False})
    assert post(app, b"a=1").body == b"a=1"


def test_a_switched_off_body_leaves_rfile_alone() -> None:
    def handler(**params: Any) -> bytes:
        data: bytes = cherrypy.request.rfile.read()
        return data

    assert post(page(handler, {"request.process_request_body": False}), b"a=1").body == b"a=1"


def test_a_body_reads_like_a_file() -> None:
    def handler() -> str:
        body = cherrypy.request.body
        return f"{body.read(2)} {body.readline()} {body.readline(1)} {body.readlines(1)} {[*body]}"

    answer = post(page(handler), b"01\n23\n4\n5\n", "text/plain")
    assert answer.text == "b'01' b'\\n' b'2' [b'3\\n'] [b'4\\n', b'5\\n']"


def test_a_body_knows_type_length_and_headers() -> None:
    def handler() -> str:
        body = cherrypy.request.body
        return (
            f"{body.content_type.value} {body.content_type.params} {body.length} "
            f"{body.attempt_charsets} {body.fullvalue()}"
        )

    assert post(page(handler), b"abc", 'text/plain; charset="utf-16"; x=1').text == (
        "text/plain {'charset': 'utf-16', 'x': '1'} 3 ['utf-16', 'utf-8', 'ISO-8859-1'] b'abc'"
    )


def test_a_chunked_body_has_no_length() -> None:
    headers = [("Transfer-Encoding", "chunked"), ("Content-Length", "3")]
    answer = post(page(lambda: str(cherrypy.request.body.length)), b"abc", None, headers=headers)
    assert answer.text == "None"


def test_a_request_without_a_body_has_an_empty_one() -> None:
    assert ask(page(raw), method="POST").body == b""
    assert ask(page(raw)).body == b""


def test_text_is_decoded_by_the_charsets_in_turn() -> None:
    def handler() -> str:
        body = cherrypy.request.body
        return str(body.decode_entity(body.read()))

    assert post(page(handler), b"f\xfcr", "text/plain").text == "für"
    assert post(page(handler), b"f\xfcr", "application/x-any").code == 400


# Processors


def test_processors_can_be_cleared() -> None:
    def handler(**params: Any) -> bytes:
        assert not params
        body: bytes = cherrypy.request.body.read()
        return body

    def clear() -> None:
        cherrypy.request.body.processors.clear()

    app = page(handler, {"hooks.before_request_body": clear})
    assert post(app, b"a=1").body == b"a=1"
    assert post(page(show), b"a=1").text == "[('a', '1')]"


@pytest.mark.parametrize("media_type", ["application/x-mine", "application"])
def test_processors_can_be_added_by_type_and_by_its_first_part(media_type: str) -> None:
    def process(entity: Any) -> None:
        entity.params["mine"] = entity.read().decode()

    def add() -> None:
        cherrypy.request.body.processors[media_type] = process

    app = page(show, {"hooks.before_request_body": add})
    assert post(app, b"abc", "application/x-mine").text == "[('mine', 'abc')]"


def test_processors_can_be_configured() -> None:
    def process(entity: Any) -> None:
        entity.params["mine"] = "yes"

    app = page(show, {"request.body.processors": {FORM: process}})
    assert post(app, b"a=1").text == "[('mine', 'yes')]"


def test_the_default_processor_can_be_replaced() -> None:
    def default() -> None:
        cherrypy.request.params["kept"] = cherrypy.request.body.read().decode()

    def replace() -> None:
        cherrypy.request.body.default_proc = default

    app = page(show, {"hooks.before_request_body": replace})
    assert post(app, b"abc", "application/x-any").text == "[('kept', 'abc')]"


def test_the_default_processor_can_be_overridden(monkeypatch: pytest.MonkeyPatch) -> None:
    def default(self: Any) -> None:
        self.params["kept"] = self.read().decode()

    monkeypatch.setattr(_cpreqbody.Entity, "default_proc", default)
    assert post(page(show), b"abc", "application/x-any").text == "[('kept', 'abc')]"


def test_a_processor_may_refuse_a_body() -> None:
    def refuse(entity: Any) -> None:
        raise cherrypy.HTTPError(415)

    def add() -> None:
        cherrypy.request.body.processors[FORM] = refuse

    assert post(page(show, {"hooks.before_request_body": add}), b"a=1").code == 415


def test_an_entity_can_be_processed_by_itself() -> None:
    headers = HeaderMap({"Content-Type": FORM})
    entity = _cpreqbody.Entity(BytesIO(b"a=1"), headers)
    entity.process()
    assert entity.params == {"a": "1"}


# Limits


@pytest.mark.parametrize("headers", [[], [("Transfer-Encoding", "chunked")]])
@pytest.mark.parametrize(("body", "code"), [(b"a=1", 200), (b"a=12", 413)])
def test_a_body_can_be_limited(headers: list[tuple[str, str]], body: bytes, code: int) -> None:
    app = page(show, {"request.body.maxbytes": 3})
    assert post(app, body, headers=headers).code == code


@pytest.mark.parametrize(
    "read",
    [
        lambda body: body.read(),
        lambda body: [body.read(2), body.read(2)],
        lambda body: [body.readline(), body.readline()],
        lambda body: body.readlines(),
        lambda body: [*body],
    ],
)
def test_the_limit_holds_for_the_handler_too(read: Any) -> None:
    headers = [("Transfer-Encoding", "chunked")]
    app = page(lambda: str(read(cherrypy.request.body)), {"request.body.maxbytes": 3})
    assert post(app, b"a\nbc", "text/plain", headers=headers).code == 413
    assert post(app, b"a\nb", "text/plain", headers=headers).code == 200
