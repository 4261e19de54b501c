"""Config files, dicts with namespaces, and the environment that stands for other entries."""

import io
import tempfile
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cherrypy.core.reprconf import (
    Config,
    ConfigError,
    NamespaceSet,
    Parser,
    as_dict,
)

# A busy machine is no reason for a test of a parser to fail.
unhurried = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])

MANUAL = """\
[global]
log.error_file: "/home/fumanchu/myapp.log"
environment = 'production'
server.max_request_body_size: 1200

[/myapp]
tools.trailing_slash.on = False
Mixed.Case = ("POST", 'PUT',
    "PROPPATCH")

[Databases]
driver: "postgres"
port: 5432
"""

PARSED = {
    "global": {
        "log.error_file": "/home/fumanchu/myapp.log",
        "environment": "production",
        "server.max_request_body_size": 1200,
    },
    "/myapp": {"tools.trailing_slash.on": False, "Mixed.Case": ("POST", "PUT", "PROPPATCH")},
    "Databases": {"driver": "postgres", "port": 5432},
}


def parse(text: str) -> dict[str, Any]:
    return as_dict(io.StringIO(text))


def test_the_example_of_the_manual_is_read_from_all_that_a_file_may_be(tmp_path: Path) -> None:
    path = tmp_path / "site.conf"
    path.write_text(MANUAL, encoding="utf-8")
    assert as_dict(str(path)) == PARSED
    assert as_dict(path) == PARSED
    assert as_dict(io.StringIO(MANUAL)) == PARSED
    assert as_dict(io.BytesIO(MANUAL.encode("utf-8"))) == PARSED
    assert as_dict(io.BytesIO(b"\xef\xbb\xbf" + MANUAL.encode("utf-8"))) == PARSED
    with path.open("rb") as file:
        assert Parser().dict_from_file(file) == PARSED
    parser = Parser()
    assert parser.read([path]) == [str(path)]
    assert parser.as_dict() == PARSED


def test_a_dict_is_a_dict_already() -> None:
    assert as_dict(PARSED) is PARSED
    assert as_dict([("a", 1)]) == {"a": 1}


def test_a_file_saved_on_windows_is_read(tmp_path: Path) -> None:
    path = tmp_path / "site.conf"
    path.write_bytes(b"\xef\xbb\xbf[/]\r\na = 'f\xc3\xbcr'\r\n")
    assert as_dict(path) == {"/": {"a": "für"}}


@pytest.mark.parametrize(
    ("line", "value"),
    [
        ("a = 1", 1),
        ("a: 1", 1),
        ("a=1  # one", 1),
        ("a = '%(asctime)s %d 100%'", "%(asctime)s %d 100%"),
        ("a = 'x # y'", "x # y"),
        ("a = 'C:/dir: x = y'", "C:/dir: x = y"),
        ("a =", ""),
        ("a = [1,\n  # a comment\n  2,\n  ]", [1, 2]),
        ("a = 'one '\n    'two'", "one two"),
        ('a = """one\n  two"""', "one\ntwo"),
        ("a =\n  {'k': 1,\n   'l': None}", {"k": 1, "l": None}),
        ("a = dict(\n  b=1,\n  )", {"b": 1}),
    ],
)
def test_a_value_is_a_python_expression(line: str, value: Any) -> None:
    assert parse(f"[/]\n{line}\nlast = 1\n") == {"/": {"a": value, "last": 1}}


def test_variables_are_filled_in_only_if_they_are_given() -> None:
    parser = Parser()
    parser.read_string("[/]\na = '%(here)s/x'\nb = '%(there)s'\n")
    assert parser.as_dict() == {"/": {"a": "%(here)s/x", "b": "%(there)s"}}
    assert parser.as_dict(vars={"here": "/srv"}) == {"/": {"a": "/srv/x", "b": "%(there)s"}}
    assert parser.as_dict(raw=True, vars={"here": "/srv"})["/"]["a"] == "%(here)s/x"


def test_entries_of_the_default_section_count_for_every_section() -> None:
    assert parse("[DEFAULT]\na = 1\n[x]\nb = 2\n[y]\na = 3\n") == {
        "x": {"b": 2, "a": 1},
        "y": {"a": 3},
    }


def test_an_option_without_a_value_is_none_where_that_is_allowed() -> None:
    parser = Parser(allow_no_value=True)
    parser.read_string("[/]\na\n")
    assert parser.as_dict() == {"/": {"a": None}}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[/]\na = b c\n", ["section '/'", "option 'a'", "value 'b c'", "not a Python expression"]),
        ("[/x]\nhost = localhost\n", ["section '/x'", "option 'host'", "'localhost'", "quotes"]),
        ("[/]\na = os.nosuch\n", ["option 'a'", "'os'", "nosuch"]),
        ("[/]\na = [x for x in y]\n", ["option 'a'", "a comprehension is not allowed"]),
        ("[/]\na = 1/0\n", ["option 'a'", "ZeroDivisionError: division by zero"]),
        ("[/]\na = int('x')\n", ["option 'a'", "ValueError: invalid literal"]),
        ("a = 1\n", ["line 1", "'a = 1'", "before any section"]),
        ("[x]\nb = 1\n[/y]\n\nnonsense\n", ["line 5", "section '/y'", "'nonsense' has no value"]),
        ("[/]\na = 1\na = 2\n", ["section '/'", "option 'a'", "already exists"]),
        ("[/]\n[/]\n", ["section '/'", "already exists"]),
    ],
)
def test_a_mistake_in_a_file_names_the_place_and_what_is_wrong(
    tmp_path: Path, text: str, said: list[str]
) -> None:
    path = tmp_path / "site.conf"
    path.write_text(text)
    with pytest.raises(ConfigError) as caught:
        Config(str(path))
    assert isinstance(caught.value, ValueError)
    for each in [str(path), *said]:
        assert each in str(caught.value)


def test_a_file_that_is_no_utf_8_is_a_config_error(tmp_path: Path) -> None:
    path = tmp_path / "site.conf"
    path.write_bytes(b"[/]\na = '\xff'\n")
    with pytest.raises(ConfigError, match=r"site\.conf"):
        as_dict(path)


def test_a_file_that_cannot_be_read_is_an_error(tmp_path: Path) -> None:
    for source in (tmp_path / "absent.conf", tmp_path):
        with pytest.raises(OSError, match=tmp_path.name):
            as_dict(source)
    with pytest.raises(FileNotFoundError):
        Parser().read([tmp_path / "absent.conf"])


@unhurried
@given(st.text(st.sampled_from("[]/=:#;a1'\"% \n\t\\(,"), max_size=60))
def test_any_file_is_read_or_a_config_error(text: str) -> None:
    try:
        parse(text)
    except ConfigError:
        pass


plain = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"]))
    | st.binary(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text("ab%#;"), inner) | st.tuples(inner),
    max_leaves=8,
)


@unhurried
@given(st.dictionaries(st.from_regex(r"[A-Za-z_.]{1,10}", fullmatch=True), plain, min_size=1))
def test_values_written_by_repr_are_read_as_they_were(entries: dict[str, Any]) -> None:
    lines = "".join(f"{key} = {value!r}\n" for key, value in entries.items())
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory, "c.conf")
        path.write_text(f"[/]\n{lines}", encoding="utf-8")
        assert as_dict(path) == {"/": entries}


# -- Config ---------------------------------------------------------------------------------------


class SiteConfig(Config):
    defaults = {"tools.x.on": True, "a": 1}
    environments = {"production": {"log.screen": False, "checker.on": False}}
    namespaces = NamespaceSet()


def test_a_config_is_made_of_defaults_a_source_and_keywords() -> None:
    assert SiteConfig() == {"tools.x.on": True, "a": 1}
    assert SiteConfig({"a": 2}, b=3) == {"tools.x.on": True, "a": 2, "b": 3}
    assert Config(io.StringIO("[x]\na = 1\n")) == {"x": {"a": 1}}
    assert Config() == {}
    assert SiteConfig.defaults == {"tools.x.on": True, "a": 1}


def test_reset_forgets_all_but_the_defaults() -> None:
    config = SiteConfig({"a": 2, "b": 3})
    config.reset()
    assert config == SiteConfig.defaults


CHANGES: dict[str, Callable[[Config], object]] = {
    "__setitem__": lambda config: config.__setitem__("a", 1),
    "__delitem__": lambda config: config.__delitem__("a"),
    "__ior__": lambda config: config.__ior__({"b": 1}),
    "setdefault": lambda config: config.setdefault("new", 1),
    "pop": lambda config: config.pop("a"),
    "popitem": lambda config: config.popitem(),
    "clear": lambda config: config.clear(),
    "update": lambda config: config.update({"b": 1}),
    "update by keywords": lambda config: config.update(b=1),
    "update by pairs": lambda config: config.update([("b", 1)]),
    "update from a file": lambda config: config.update(io.StringIO("[x]\n")),
    "reset": lambda config: config.reset(),
    "_apply": lambda config: config._apply({}),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES.keys())
def test_every_change_gives_a_version_that_was_never_there(
    change: Callable[[Config], object],
) -> None:
    config = SiteConfig()
    seen = {SiteConfig().version, config.version}
    change(config)
    assert config.version not in seen


def test_no_way_of_changing_a_dict_goes_unwatched() -> None:
    reading = {"copy", "fromkeys", "get", "items", "keys", "values"}
    reading |= {"__contains__", "__getitem__", "__iter__", "__len__", "__or__", "__repr__"}
    reading |= {"__reversed__", "__ror__", "__class_getitem__", "__new__", "__getattribute__"}
    reading |= {f"__{name}__" for name in ("eq", "ne", "lt", "le", "gt", "ge", "hash", "sizeof")}
    changing = vars(dict).keys() - reading - {"__doc__", "__init__"}
    assert changing <= CHANGES.keys()
    assert changing <= vars(Config).keys()


def test_a_change_is_there_before_its_version_is() -> None:
    seen: list[tuple[int, Any]] = []

    def look() -> None:
        seen.append((config.version, dict(config)))

    class Watched(Config):
        namespaces = NamespaceSet(a=lambda key, value: look())

    config: Config = Watched()
    before = config.version
    config["a.b"] = 1
    config.update({"a.b": 2})
    (first, one), (second, two) = seen
    assert before < first < second
    assert (one, two) == ({"a.b": 1}, {"a.b": 2})


def test_a_handler_that_raises_leaves_the_entry_and_a_new_version() -> None:
    class Strict(Config):
        namespaces = NamespaceSet(a=lambda key, value: 1 / value)

    config = Strict()
    before = config.version
    with pytest.raises(ZeroDivisionError):
        config.update({"a.b": 0})
    assert config == {"a.b": 0}
    assert config.version != before


def test_reading_changes_no_version() -> None:
    config = SiteConfig(a=1)
    version = config.version
    config.get("a"), config["a"], "a" in config, dict(config), config.copy(), config | {"b": 1}
    config.setdefault("a", 5)
    assert config.version == version


def test_an_environment_stands_for_its_entries() -> None:
    config = SiteConfig()
    config.update({"environment": "production"})
    assert config["log.screen"] is False
    assert config["checker.on"] is False
    assert config["environment"] == "production"


def test_what_the_same_update_says_wins_over_its_environment() -> None:
    update = {"environment": "production", "log.screen": True}
    config = SiteConfig({"log.screen": "before", "checker.on": "before"})
    config.update(update)
    assert config["log.screen"] is True
    assert config["checker.on"] is False
    assert update == {"environment": "production", "log.screen": True}
    assert SiteConfig.environments["production"] == {"log.screen": False, "checker.on": False}


def test_an_unknown_environment_is_refused_and_the_known_are_named() -> None:
    config = SiteConfig()
    for name in ("prodution", ["production"]):
        with pytest.raises(ConfigError, match=r"Unknown config environment .*'production'"):
            config.update({"environment": name, "a": 5})
    assert config == SiteConfig.defaults
    with pytest.raises(ConfigError, match="expected one of none"):
        Config(environment="production")


def test_update_takes_what_the_update_of_a_dict_takes() -> None:
    config = Config()
    config.update()
    config.update({"a": 1}, b=2)
    assert config == {"a": 1, "b": 2}
    with pytest.raises(TypeError):
        config.update({}, {})


# -- NamespaceSet ---------------------------------------------------------------------------------


class Collector:
    """A namespace handler that is a context manager, and writes down what happens to it."""

    def __init__(self) -> None:
        self.events: list[Any] = []

    def __enter__(self) -> Callable[[str, Any], None]:
        self.events.append("enter")
        return lambda key, value: self.events.append((key, value))

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.events.append("exit" if error is None else repr(error))


def test_each_entry_goes_to_the_handler_of_its_namespace() -> None:
    calls: list[Any] = []
    namespaces = NamespaceSet()
    namespaces["db"] = lambda key, value: calls.append(("db", key, value))
    namespaces["tools"] = lambda key, value: calls.append(("tools", key, value))
    namespaces({"tools.gzip.on": 1, "plain": 2, "db.a": 3, "other.b": 4, "db.c": 5, "db": 6})
    assert calls == [("db", "a", 3), ("db", "c", 5), ("tools", "gzip.on", 1)]


def test_a_context_manager_is_entered_once_for_all_of_its_entries() -> None:
    collector = Collector()
    config = type("C", (Config,), {"namespaces": NamespaceSet(x=collector)})()
    config.update({"x.a": 1, "y.b": 2, "x.c.d": 3})
    config.update({"y.b": 2})
    config["x.e"] = 4
    assert collector.events == [
        "enter", ("a", 1), ("c.d", 3), "exit",
        "enter", ("e", 4), "exit",
    ]  # fmt: skip


def test_a_context_manager_hears_of_an_exception() -> None:
    def refuse(key: str, value: Any) -> None:
        raise ValueError(f"{key} is bad")

    class Failing(Collector):
        def __enter__(self) -> Callable[[str, Any], None]:
            return refuse

    failing = Failing()
    with pytest.raises(ValueError, match="a is bad"):
        NamespaceSet(x=failing)({"x.a": -1})
    assert failing.events == ["ValueError('a is bad')"]


def test_a_handler_may_change_the_set_it_is_called_from() -> None:
    namespaces = NamespaceSet()
    namespaces["a"] = lambda key, value: namespaces.update(b=lambda key, value: None)
    namespaces({"a.x": 1, "b.x": 2})
    assert list(namespaces) == ["a", "b"]


def test_a_copy_of_a_set_is_a_set_of_its_own() -> None:
    original = NamespaceSet(a=print)
    copied = original.copy()
    copied["b"] = print
    assert type(copied) is NamespaceSet
    assert list(original) == ["a"]
    assert repr(original).endswith("NamespaceSet({'a': <built-in function print>})")
