"""The default dispatcher: which page answers for a path, and with which arguments."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.core.serving import example, mount, post, serve
from tests.core.trees import BAND, TREE, answer, show

import cherrypy


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        ("/", "index"),
        ("//", "index"),
        ("/index", "index"),
        ("/?a=1&b=2", "index a=1 b=2"),
        ("/page", "page"),
        ("/page?a=1", "page a=1"),
        ("/page/", "page"),
        ("/page/more", "404"),
        ("/nowhere", "404"),
        ("/PAGE", "404"),
        # One segment after another becomes an argument.
        ("/rest", "rest"),
        ("/rest/1/2", "rest 1 2"),
        ("/rest/1//2/", "rest 1 2"),
        ("/rest/1?a=2", "rest 1 a=2"),
        # What is no page.
        ("/hidden", "404"),
        ("/number", "404"),
        ("/nothing", "404"),
        ("/bare/", "404"),
        ("/bare/leaf", "bare leaf"),
        # `default` answers for what has no page, from the deepest node that has one.
        ("/branch/leaf", "leaf"),
        ("/branch/other", "branch default other"),
        ("/branch/deep/leaf", "deep leaf"),
        ("/branch/deep/other", "branch default deep other"),
        ("/branch/deep", "branch default deep"),
        ("/branch/default/x", "branch default x"),
        ("/only_default", "only default"),
        ("/only_default/", "only default"),
        ("/only_default/x/", "only default x"),
        # An index redirects to the directory that it is in, and keeps the query.
        ("/branch/", "branch index"),
        ("/branch", "301 /branch/"),
        ("/branch?a=%C3%A4&b", "301 /branch/?a=%C3%A4&b"),
        ("/branch/index", "branch index"),
        # Objects that are called.
        ("/callable", "callable"),
        ("/callable/", "callable"),
        ("/callable/x?a=1", "callable x a=1"),
        ("/exposed_class/x", "exposed x"),
        ("/exposed_class/child/", "child index"),
        # Punctuation is spelled '_' in the name of an attribute.
        ("/a.b-c", "punctuated"),
        ("/a+b,c", "punctuated"),
        ("/a_b_c", "punctuated"),
        ("/a%3Ab%7Ec", "punctuated"),
        ("/a%20b%20c", "404"),
        ("/rest/a.b-c", "rest a.b-c"),
        # An escaped slash is part of its segment.
        ("/rest/a%2Fb/c", "rest a/b c"),
        ("/rest/a%2fb", "rest a/b"),
        ("/branch%2Fleaf", "404"),
        ("/rest/%E2%82%AC", "rest €"),
    ],
)
def test_a_path_leads_to_its_page(target: str, expected: str) -> None:
    assert answer(TREE, target) == expected


def test_a_root_that_is_a_function_answers_for_every_path() -> None:
    @cherrypy.expose
    def page(*args: str, **params: Any) -> str:
        return show("root", args, params)

    assert answer(page, "/") == "root"
    assert answer(page, "/a/b?c=1") == "root a b c=1"


def test_an_application_without_a_root_has_no_pages() -> None:
    assert answer(None, "/") == "404"
    assert answer(None, "/a") == "404"


def test_the_mount_point_is_redirected_to_its_index() -> None:
    app = mount(TREE, script_name="/app")
    found = serve(app, "/app")
    assert (found.code, found.headers["Location"]) == (301, "http://127.0.0.1/app/")
    found = serve(app, "/app?a=1")
    assert (found.code, found.headers["Location"]) == (301, "http://127.0.0.1/app/?a=1")
    assert serve(app, "/app/").body == "index"
    assert serve(app, "/app/page").body == "page"


def test_a_relative_redirect_from_the_mount_point_stays_below_it() -> None:
    class Root:
        @cherrypy.expose
        def default(self) -> str:
            raise cherrypy.InternalRedirect("page")

        @cherrypy.expose
        def page(self) -> str:
            return "page"

    app = mount(Root(), script_name="/app")
    with pytest.raises(cherrypy.InternalRedirect) as caught:
        serve(app, "/app")
    assert caught.value.path == "/page"


# Trailing slashes


def test_an_extra_slash_is_redirected_where_config_wants_that() -> None:
    app = mount(TREE, {"/": {"tools.trailing_slash.extra": True}})
    found = serve(app, "/page/?a=1")
    assert (found.code, found.headers["Location"]) == (301, "http://127.0.0.1/page?a=1")
    assert serve(app, "/rest/1/").body == "rest 1"
    assert serve(app, "/").body == "index"
    assert serve(app, "/branch/").body == "branch index"


def test_the_slash_rules_can_be_switched_off_and_given_a_status() -> None:
    app = mount(TREE, {"/": {"tools.trailing_slash.on": False}})
    assert serve(app, "/branch").body == "branch index"
    app = mount(TREE, {"/": {"tools.trailing_slash.status": 307}})
    assert serve(app, "/branch").code == 307


# Arguments


def test_keyword_only_arguments_come_from_the_query_and_from_the_body() -> None:
    class Root:
        @cherrypy.expose
        def page(self, first: str, *, name: str, size: str = "1") -> str:
            return f"{first} {name} {size}"

    assert answer(Root(), "/page/a?name=b") == "a b 1"
    assert post(mount(Root()), "/page/a?size=3", "name=b").body == "a b 3"
    assert answer(Root(), "/page/a") == "404"
    assert answer(Root(), "/page/a/b") == "404"


PIECES = (
    *("/", "//", "index", "default", "branch", "rest", "page", "a.b-c", "%2F", "..", ".", "x"),
    *("__class__", "__init__", "_cp_dispatch", "_cp_config", "exposed", "albums", "append", "%00"),
    *("?", "&", "=", "+", "self", "args", "callable", "exposed_class", "name", "%20", "%E2%82%AC"),
)


@settings(deadline=None, max_examples=150)
@given(st.lists(st.sampled_from(PIECES), max_size=9).map("".join))
def test_no_target_makes_an_error_of_the_server(rest: str) -> None:
    for root in (TREE, example(BAND)["Band"]()):
        assert serve(mount(root), f"/{rest}").code in (200, 301, 404)
