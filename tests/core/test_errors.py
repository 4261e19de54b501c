"""Errors and redirects as a page handler raises them, and what the client gets."""

import urllib.parse
from typing import Any

import pytest
from tests.core.answers import ask, page

import cherrypy
from cherrypy.core import context

# HTTPError


def test_an_http_error_is_answered_with_its_status_and_message() -> None:
    def handler() -> str:
        raise cherrypy.HTTPError(401, "Unauthorized")

    answer = ask(page(handler))
    assert answer.status == "401 Unauthorized"
    assert "<p>Unauthorized</p>" in answer.text
    assert answer["Content-Type"] == "text/html;charset=utf-8"
    assert answer["Content-Length"] == str(len(answer.body))


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (404, "404 Not Found"),
        ("410 Gone fishing", "410 Gone fishing"),
        ("503", "503 Service Unavailable"),
        (599, "599 Server Error"),
    ],
)
def test_the_status_of_an_http_error_has_several_forms(status: Any, expected: str) -> None:
    def handler() -> str:
        raise cherrypy.HTTPError(status)

    assert ask(page(handler)).status == expected


@pytest.mark.parametrize("status", [200, 303, 399, "304 Not Modified"])
def test_a_status_that_is_no_error_is_refused(status: Any) -> None:
    with pytest.raises(ValueError, match="between 400 and 599"):
        cherrypy.HTTPError(status)


@pytest.mark.parametrize("status", ["nonsense", 99, 600, 1000])
def test_a_status_that_is_none_at_all_becomes_a_500(status: Any) -> None:
    with pytest.raises(cherrypy.HTTPError) as caught:
        cherrypy.HTTPError(status)
    assert caught.value.code == 500


def test_an_http_error_shows_what_it_is_made_of() -> None:
    error = cherrypy.HTTPError("410 Gone fishing", "Back on Monday")
    assert (error.code, error.reason, error.status) == (410, "Gone fishing", "410 Gone fishing")
    assert error.args == ("410 Gone fishing", "Back on Monday")


def test_an_http_error_can_stand_for_a_page_handler() -> None:
    app = page(lambda: "never")

    def answer_instead() -> None:
        cherrypy.request.handler = cherrypy.HTTPError(418)

    app.merge({"/": {"hooks.before_handler": answer_instead}})
    assert ask(app).code == 418


def test_an_error_takes_away_the_fields_of_the_page_it_replaces() -> None:
    def handler() -> str:
        headers = cherrypy.response.headers
        headers["ETag"] = '"1"'
        headers["Content-Encoding"] = "gzip"
        headers["Content-Length"] = "5000"
        headers["Content-Range"] = "bytes */10"
        headers["X-Kept"] = "yes"
        raise cherrypy.HTTPError(404)

    answer = ask(page(handler))
    assert answer["ETag"] is None
    assert answer["Content-Encoding"] is None
    assert answer["Content-Range"] is None
    assert answer["X-Kept"] == "yes"
    assert answer["Content-Length"] == str(len(answer.body))


def test_a_416_keeps_the_range_that_tells_the_length() -> None:
    def handler() -> str:
        cherrypy.response.headers["Content-Range"] = "bytes */10"
        raise cherrypy.HTTPError(416)

    assert ask(page(handler))["Content-Range"] == "bytes */10"


# NotFound


def test_not_found_names_the_path_of_the_request() -> None:
    def handler(*path: str) -> str:
        raise cherrypy.NotFound()

    root = type("Root", (), {"default": staticmethod(cherrypy.expose(handler))})()
    answer = ask(cherrypy.Application(root, "/app"), "/app/<x>")
    assert answer.status == "404 Not Found"
    assert "The path '/app/&lt;x&gt;' was not found." in answer.text


def test_not_found_takes_a_path() -> None:
    error = cherrypy.NotFound("/elsewhere")
    assert isinstance(error, cherrypy.HTTPError)
    assert error.args == ("/elsewhere",)
    assert error.code == 404


# HTTPError.handle


def test_handle_translates_an_exception_as_a_context_manager() -> None:
    def handler() -> str:
        with cherrypy.HTTPError.handle(FileNotFoundError, 404):
            raise FileNotFoundError("no such file")

    answer = ask(page(handler))
    assert answer.status == "404 Not Found"
    assert "<p>no such file</p>" in answer.text


def test_handle_translates_an_exception_as_a_decorator_every_time() -> None:
    @cherrypy.HTTPError.handle((KeyError, ValueError), "410 Gone", "It is gone")
    def handler() -> str:
        raise ValueError("hidden")

    app = page(handler)
    for _ in range(2):
        answer = ask(app)
        assert answer.status == "410 Gone"
        assert "<p>It is gone</p>" in answer.text


def test_handle_leaves_other_exceptions_alone() -> None:
    with pytest.raises(KeyError), cherrypy.HTTPError.handle(ValueError, 404):
        raise KeyError


def test_handle_makes_the_class_that_it_was_called_on() -> None:
    class Teapot(cherrypy.HTTPError):
        pass

    with pytest.raises(Teapot), Teapot.handle(ValueError, 418):
        raise ValueError


# HTTPRedirect


@pytest.mark.parametrize("status", [300, 301, 302, 303, 307, 308])
def test_a_redirect_links_to_where_it_leads(status: int) -> None:
    def handler() -> str:
        raise cherrypy.HTTPRedirect("/new?a=1&b=2", status)

    answer = ask(page(handler))
    assert answer.code == status
    assert answer["Location"] == "http://example.com/new?a=1&b=2"
    assert 'href="http://example.com/new?a=1&amp;b=2"' in answer.text
    assert answer["Content-Type"] == "text/html;charset=utf-8"
    assert answer["Content-Length"] == str(len(answer.body))


@pytest.mark.parametrize(
    ("protocol", "status"), [("HTTP/1.1", "303 See Other"), ("HTTP/1.0", "302 Found")]
)
def test_a_redirect_without_a_status_depends_on_the_protocol(protocol: str, status: str) -> None:
    def handler() -> str:
        raise cherrypy.HTTPRedirect("/")

    assert ask(page(handler), protocol=protocol).status == status


def test_a_304_has_validators_and_no_content() -> None:
    def handler() -> str:
        cherrypy.response.headers["ETag"] = '"1"'
        cherrypy.response.headers["Content-Length"] = "17"
        raise cherrypy.HTTPRedirect([], 304)

    answer = ask(page(handler))
    assert answer.status == "304 Not Modified"
    assert answer["ETag"] == '"1"'
    assert answer["Content-Type"] is None
    assert answer["Content-Length"] is None
    assert answer.body == b""


def test_a_305_names_the_proxy_and_has_no_content() -> None:
    def handler() -> str:
        raise cherrypy.HTTPRedirect("http://proxy.example/", 305)

    answer = ask(page(handler))
    assert answer.status == "305 Use Proxy"
    assert answer["Location"] == "http://proxy.example/"
    assert answer.body == b""


@pytest.mark.parametrize("status", [200, 299, 400, 404])
def test_a_redirect_with_another_status_is_refused(status: int) -> None:
    with pytest.raises(ValueError, match="between 300 and 399"):
        cherrypy.HTTPRedirect("/", status)


@pytest.mark.parametrize(
    ("url", "location"),
    [
        ("other", "http://example.com/app/dir/other"),
        ("../up", "http://example.com/app/up"),
        ("?page=2", "http://example.com/app/dir/page?page=2"),
        ("", "http://example.com/app/dir/page"),
        ("/root", "http://example.com/root"),
        ("//elsewhere.example/x", "http://elsewhere.example/x"),
        ("https://elsewhere.example/x", "https://elsewhere.example/x"),
        ("/für", "http://example.com/f%C3%BCr"),
        ("/a b", "http://example.com/a%20b"),
        ("/100%25", "http://example.com/100%25"),
        (b"/f\xc3\xbcr", "http://example.com/f%C3%BCr"),
    ],
)
def test_a_redirect_is_made_absolute(url: Any, location: str) -> None:
    def handler(*path: str) -> str:
        raise cherrypy.HTTPRedirect(url)

    root = type("Root", (), {"default": staticmethod(cherrypy.expose(handler))})()
    answer = ask(cherrypy.Application(root, "/app"), "/app/dir/page")
    assert answer["Location"] == location


def test_a_relative_redirect_starts_from_the_path_as_it_would_be_sent() -> None:
    def handler(*path: str) -> str:
        raise cherrypy.HTTPRedirect("other")

    assert ask(page(handler), "/50%/what?/page")["Location"] == (
        "http://example.com/50%25/what%3F/other"
    )
    assert ask(page(handler), "/a%2Fb/page")["Location"] == "http://example.com/a%2Fb/other"


def test_a_redirect_can_be_encoded_in_another_charset() -> None:
    def handler() -> str:
        raise cherrypy.HTTPRedirect("/für", encoding="iso-8859-1")

    assert ask(page(handler))["Location"] == "http://example.com/f%FCr"


def test_a_redirect_can_offer_several_places() -> None:
    def handler() -> str:
        raise cherrypy.HTTPRedirect(["/a", "/b"], 300)

    answer = ask(page(handler))
    assert answer.all("Location") == ["http://example.com/a"]
    assert answer.text.count("<a href=") == 2


@pytest.mark.parametrize(
    "url",
    [
        "/x\r\nSet-Cookie: a=b",
        "http://elsewhere.example/x\r\n\r\n<p>body",
        "/x\nSet-Cookie: a=b",
        "/x\0y",
    ],
)
def test_a_line_end_in_a_url_never_splits_the_response(url: str) -> None:
    def handler() -> str:
        raise cherrypy.HTTPRedirect(url)

    answer = ask(page(handler))
    assert not set(answer["Location"]) & set("\r\n\0 <")
    assert answer["Set-Cookie"] is None


def test_what_a_redirect_shows_is_escaped() -> None:
    def handler() -> str:
        raise cherrypy.HTTPRedirect('/"><script>')

    answer = ask(page(handler))
    assert "<script>" not in answer.text
    assert answer["Location"] == "http://example.com/%22%3E%3Cscript%3E"


def test_a_redirect_shows_what_it_is_made_of() -> None:
    redirect = cherrypy.HTTPRedirect(["http://a.example/", "http://b.example/"], 301)
    assert redirect.urls == ["http://a.example/", "http://b.example/"]
    assert redirect.status == 301
    with pytest.raises(cherrypy.HTTPRedirect):
        redirect()


# InternalRedirect


class Site:
    """Pages that lead to each other."""

    @cherrypy.expose
    def index(self) -> str:
        return "index"

    @cherrypy.expose
    def to(self, path: str, query: str = "") -> str:
        raise cherrypy.InternalRedirect(path, query)

    @cherrypy.expose
    def shown(self, **params: Any) -> str:
        request = cherrypy.request
        previous = request.prev
        return f"{request.path_info} {sorted(params.items())} from {previous.path_info}"

    @cherrypy.expose
    def round(self) -> str:
        raise cherrypy.InternalRedirect("/round")

    @cherrypy.expose
    def forth(self) -> str:
        raise cherrypy.InternalRedirect("/back")

    @cherrypy.expose
    def back(self) -> str:
        raise cherrypy.InternalRedirect("/forth")

    @cherrypy.expose
    def streamed(self) -> Any:
        yield b"in "
        yield b"pieces"

    streamed._cp_config = {"response.stream": True}


@pytest.fixture
def site() -> Any:
    return cherrypy.Application(Site(), "/app")


@pytest.mark.parametrize(
    ("path", "query", "expected"),
    [
        ("/shown", "", "/shown [] from /to"),
        ("shown", "", "/shown [] from /to"),
        ("/shown?a=1", "", "/shown [('a', '1')] from /to"),
        ("/shown", "a=1&b=2", "/shown [('a', '1'), ('b', '2')] from /to"),
    ],
)
def test_an_internal_redirect_serves_another_path(
    site: Any, path: str, query: str, expected: str
) -> None:
    asked = urllib.parse.urlencode({"path": path, "query": query})
    answer = ask(site, "/app/to", asked)
    assert answer.status == "200 OK"
    assert answer.text == expected


@pytest.mark.parametrize("path", ["/app/round", "/app/forth"])
def test_a_loop_of_internal_redirects_is_an_error(
    site: Any, path: str, caplog: pytest.LogCaptureFixture
) -> None:
    answer = ask(site, path)
    assert answer.code == 500
    assert "where this request has been before" in caplog.text


def test_a_loop_of_internal_redirects_is_in_the_access_log(
    site: Any, caplog: pytest.LogCaptureFixture
) -> None:
    ask(site, "/app/round")
    lines = [record.message for record in caplog.records if "access" in record.name]
    assert len(lines) == 1
    assert " 500 " in lines[0]


def test_an_internal_redirect_can_lead_to_a_stream(site: Any) -> None:
    answer = ask(site, "/app/to", "path=/streamed")
    assert answer.body == b"in pieces"
    assert answer["Content-Length"] is None


def test_an_internal_redirect_of_a_head_request_has_no_content(site: Any) -> None:
    answer = ask(site, "/app/to", "path=/shown", method="HEAD")
    assert answer.body == b""
    assert answer["Content-Length"] == str(len("/shown [] from /to"))


def test_each_request_of_an_internal_redirect_ends() -> None:
    ended: list[str] = []

    def note() -> None:
        ended.append(cherrypy.request.path_info)

    app = cherrypy.Application(Site(), "", {"/": {"hooks.on_end_request": note}})
    ask(app, "/to", "path=/shown")
    assert ended == ["/to", "/shown"]
    assert context.current() is context.idle


def test_an_internal_redirect_from_a_tool_is_followed(site: Any) -> None:
    def leave() -> None:
        if cherrypy.request.path_info == "/":
            raise cherrypy.InternalRedirect("/shown")

    site.merge({"/": {"hooks.before_handler": leave}})
    assert ask(site, "/app/").text == "/shown [] from /"


def test_an_internal_redirect_shows_what_it_is_made_of(site: Any) -> None:
    seen: list[Any] = []

    def handler() -> str:
        seen.append(cherrypy.InternalRedirect("x?a=1"))
        return ""

    ask(page(handler), "/dir/page")
    ask(page(lambda *path: handler()), "/dir/page")
    assert (seen[0].path, seen[0].query_string) == ("/dir/x", "a=1")
    assert seen[0].request.path_info == "/dir/page"


# TimeoutError


def test_check_timeout_sets_timed_out_once_the_time_is_over() -> None:
    def handler() -> str:
        response = cherrypy.response
        response.check_timeout()
        before = response.timed_out
        response.timeout = -1
        response.check_timeout()
        return f"{before} {response.timed_out}"

    assert cherrypy.response.timeout == 300
    app = page(handler)
    answer = ask(app)
    assert answer.code == 500  # it was not before the handler returned that it was too late


def test_a_response_that_timed_out_is_a_500_whose_handler_is_not_called(
    caplog: pytest.LogCaptureFixture,
) -> None:
    called: list[bool] = []

    def handler() -> str:
        called.append(True)
        return ""

    def too_late() -> None:
        cherrypy.response.timed_out = True

    app = page(handler, {"hooks.before_handler": too_late})
    assert ask(app).code == 500
    assert not called
    assert "TimeoutError" in caplog.text


def test_the_timeout_can_be_configured() -> None:
    app = page(lambda: str(cherrypy.response.timeout), {"response.timeout": 12})
    assert ask(app).text == "12"


def test_timeout_error_is_one_of_the_framework() -> None:
    assert issubclass(cherrypy.TimeoutError, cherrypy.CherryPyException)
