"""`expose`, `popargs` and `config`: the marks that the dispatcher finds."""

from typing import Any

import pytest
from tests.core.serving import example, mount, serve

import cherrypy

# The manual, 'Set aliases to page handlers', word for word.
ALIASES = """
    import random
    import string

    import cherrypy

    class StringGenerator(object):
        @cherrypy.expose(['generer', 'generar'])
        def generate(self, length=8):
            return ''.join(random.sample(string.hexdigits, int(length)))

    if __name__ == '__main__':
        cherrypy.quickstart(StringGenerator())
"""

# The manual, 'The popargs decorator', word for word.
POPARGS = """
    import cherrypy

    @cherrypy.popargs('band_name')
    class Band(object):
        def __init__(self):
            self.albums = Album()

        @cherrypy.expose
        def index(self, band_name):
            return 'About %s...' % band_name

    @cherrypy.popargs('album_title')
    class Album(object):
        @cherrypy.expose
        def index(self, band_name, album_title):
            return 'About %s by %s...' % (album_title, band_name)

    if __name__ == '__main__':
        cherrypy.quickstart(Band())
"""

# The same section, its last example, with the page that it leaves out.
SEVERAL_POPARGS = """
    import cherrypy

    @cherrypy.popargs('band_name')
    class Band(object):
        def __init__(self):
            self.albums = Album()

    @cherrypy.popargs('album_title')
    class Album(object):
        def __init__(self):
            self.tracks = Track()

    @cherrypy.popargs('track_num', 'track_title')
    class Track(object):
        @cherrypy.expose
        def index(self, band_name, album_title, track_num, track_title):
            return ', '.join([band_name, album_title, track_num, track_title])
"""


def body(root: Any, target: str) -> str:
    answer = serve(mount(root), target)
    assert answer.code == 200, answer
    return answer.body


# expose


@pytest.mark.parametrize("path", ["/generate", "/generer", "/generar"])
def test_the_aliases_of_the_manual_lead_to_one_handler(path: str) -> None:
    root = example(ALIASES)["StringGenerator"]()
    assert len(body(root, f"{path}?length=5")) == 5


def page(self: object) -> str:
    return "page"


class Forms:
    """Every way to expose a function."""

    @cherrypy.expose
    def bare(self) -> str:
        return "bare"

    @cherrypy.expose()
    def called(self) -> str:
        return "called"

    @cherrypy.expose("one")
    def with_a_string(self) -> str:
        return "string"

    @cherrypy.expose(["two", "three"])
    def with_a_list(self) -> str:
        return "list"

    @cherrypy.expose(("four",))
    def with_a_tuple(self) -> str:
        return "tuple"

    @cherrypy.expose(alias="five")
    def with_alias(self) -> str:
        return "alias"

    @cherrypy.expose(alias=["six", "seven.html"])
    def with_aliases(self) -> str:
        return "aliases"

    def set_by_hand(self) -> str:
        return "hand"

    set_by_hand.exposed = True  # type: ignore[attr-defined]  # as the manual's glossary has it

    plain = cherrypy.expose(page)
    plain_alias = cherrypy.expose(page, "eight")

    @cherrypy.expose
    @staticmethod
    def outside_of_static() -> str:
        return "static"

    @staticmethod
    @cherrypy.expose
    def inside_of_static() -> str:
        return "static"

    @cherrypy.expose
    @classmethod
    def of_class(cls) -> str:
        return cls.__name__


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/bare", "bare"),
        ("/called", "called"),
        ("/with_a_string", "string"),
        ("/one", "string"),
        ("/with_a_list", "list"),
        ("/two", "list"),
        ("/three", "list"),
        ("/four", "tuple"),
        ("/five", "alias"),
        ("/six", "aliases"),
        ("/seven.html", "aliases"),
        ("/set_by_hand", "hand"),
        ("/plain", "page"),
        ("/eight", "page"),
        ("/outside_of_static", "static"),
        ("/inside_of_static", "static"),
        ("/of_class", "Forms"),
    ],
)
def test_every_form_of_expose_makes_a_page(path: str, expected: str) -> None:
    assert body(Forms(), path) == expected


def test_an_exposed_function_stays_the_function_that_it_was() -> None:
    def function() -> None: ...

    assert cherrypy.expose(function) is function
    assert cherrypy.expose("alias")(function) is function


def test_expose_marks_a_class() -> None:
    @cherrypy.expose
    class Resource:
        def __call__(self) -> str:
            return "called"

    assert Resource.exposed  # type: ignore[attr-defined]  # set by the decorator
    root = Forms()
    root.resource = Resource()  # type: ignore[attr-defined]  # a tree grows by assignment
    assert body(root, "/resource") == "called"


def test_what_cannot_be_called_cannot_be_exposed() -> None:
    with pytest.raises(cherrypy.CherryPyException, match="exposed, got 3"):
        cherrypy.expose(3)


def test_what_is_not_exposed_is_not_found() -> None:
    class Root:
        data = "secret"

        def page(self) -> str:
            return "secret"

    for target in ("/", "/page", "/data", "/__init__", "/page/__func__", "/data/upper"):
        assert serve(mount(Root()), target).code == 404, target


# popargs


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        ("/nirvana/", "About nirvana..."),
        ("/nirvana/albums/nevermind/", "About nevermind by nirvana..."),
    ],
)
def test_the_popargs_example_of_the_manual_answers_both_urls(target: str, expected: str) -> None:
    assert body(example(POPARGS)["Band"](), target) == expected


def test_the_whole_stack_of_segments_reaches_the_deepest_page_of_the_manual() -> None:
    root = example(SEVERAL_POPARGS)["Band"]()
    assert body(root, "/nirvana/albums/nevermind/tracks/06/polly/") == (
        "nirvana, nevermind, 06, polly"
    )


class Pages:
    """Pages that show what they were called with."""

    @cherrypy.expose
    def index(self, **params: str) -> str:
        return f"index {sorted(params.items())}"

    @cherrypy.expose
    def edit(self, **params: str) -> str:
        return f"edit {sorted(params.items())}"


def test_fewer_segments_than_names_set_only_the_first() -> None:
    root = cherrypy.popargs("year", "month")(type("Blog", (Pages,), {}))()
    assert body(root, "/2009/") == "index [('year', '2009')]"
    assert body(root, "/2009/12/") == "index [('month', '12'), ('year', '2009')]"
    assert body(root, "/2009/12/edit") == "edit [('month', '12'), ('year', '2009')]"
    assert serve(mount(root), "/2009/12/nothing").code == 404


def test_a_name_in_the_tree_is_no_argument() -> None:
    root = cherrypy.popargs("year")(type("Blog", (Pages,), {}))()
    assert body(root, "/edit") == "edit []"


def test_popargs_works_as_a_dispatch_method() -> None:
    class Blog(Pages):
        _cp_dispatch = cherrypy.popargs("year")

    assert body(Blog(), "/2009/edit") == "edit [('year', '2009')]"


def test_popargs_may_stand_on_one_class_twice() -> None:
    inner = cherrypy.popargs("inner")(type("Blog", (Pages,), {}))
    root = cherrypy.popargs("outer")(inner)()
    assert body(root, "/a/b/") == "index [('inner', 'b'), ('outer', 'a')]"


def test_popargs_goes_on_at_an_object() -> None:
    class Root:
        _cp_dispatch = cherrypy.popargs("user", handler=Pages())

    assert body(Root(), "/bob/") == "index [('user', 'bob')]"
    assert body(Root(), "/bob/edit") == "edit [('user', 'bob')]"


def test_popargs_makes_an_object_of_the_segments_by_a_class_or_function() -> None:
    class User:
        def __init__(self, user: str) -> None:
            self.user = user

        @cherrypy.expose
        def index(self) -> str:
            return f"I am {self.user}"

    class Root:
        pass

    assert body(cherrypy.popargs("user", handler=User)(Root)(), "/bob/") == "I am bob"

    class Other:
        _cp_dispatch = cherrypy.popargs("user", handler=lambda user: User(user.upper()))

    assert body(Other(), "/bob/") == "I am BOB"


def test_popargs_goes_on_at_an_exposed_function() -> None:
    @cherrypy.expose
    def show(*segments: str, **params: str) -> str:
        return f"{segments} {params}"

    class Root:
        _cp_dispatch = cherrypy.popargs("user", handler=show)

    assert body(Root(), "/bob") == "() {'user': 'bob'}"
    assert body(Root(), "/bob/a/b") == "('a', 'b') {'user': 'bob'}"


def test_no_segment_leads_from_popargs_into_the_interpreter() -> None:
    exposed = cherrypy.expose(cherrypy.popargs("user")(type("Users", (Pages,), {})))
    assert serve(mount(exposed()), "/bob/__class__").code == 404
    assert serve(mount(exposed()), "/__class__/").code == 200  # it is a user like any other


def test_popargs_refuses_other_keywords() -> None:
    with pytest.raises(TypeError, match="colour"):
        cherrypy.popargs("a", colour="red")


# config


def test_the_config_decorator_adds_to_a_function_and_to_a_class() -> None:
    @cherrypy.config(**{"response.stream": True})
    @cherrypy.config(**{"tools.gzip.on": True})
    def page() -> None: ...

    assert page._cp_config == {"response.stream": True, "tools.gzip.on": True}

    class Base:
        _cp_config = {"a.b": 1}

    class Derived(Base):
        pass

    decorated = cherrypy.config(**{"a.c": 2})(Derived)
    assert decorated is Derived
    assert Derived._cp_config == {"a.b": 1, "a.c": 2}
    assert Base._cp_config == {"a.b": 1}
