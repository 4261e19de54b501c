"""What a config value may be, and how what it may not be is refused."""

import datetime
import os.path
import sys
import xml.dom.minidom
from collections import OrderedDict
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cherrypy.core.unrepr import ConfigError, UnreprError, attributes, modules, unrepr

# A busy machine is no reason for a test of a parser to fail.
unhurried = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1", 1),
        (" 1 ", 1),
        ("-1.5e3", -1500.0),
        ("0xff", 255),
        ("'a' \"b\"", "ab"),
        ("b'a'", b"a"),
        ("r'\\d'", "\\d"),
        ("None", None),
        ("True", True),
        ("...", ...),
        ("1, 2", (1, 2)),
        ("()", ()),
        ("[1, *[2, 3]]", [1, 2, 3]),
        ("{1, 2}", {1, 2}),
        ("{}", {}),
        ("{'a': 1, **{'b': 2}}", {"a": 1, "b": 2}),
        ("60 * 60 * 24", 86400),
        ("2 ** 10 // 3 % 7 + 1 - 2", 2**10 // 3 % 7 + 1 - 2),
        ("1 << 4 | 1 & 3 ^ 2", 1 << 4 | 1 & 3 ^ 2),
        ("256 >> 2", 64),
        ("1 / 2", 0.5),
        ("+1, ~1, not 1", (1, -2, False)),
        ("'%s!' % 'a'", "a!"),
        ("[1, 2, 3][1]", 2),
        ("'abcdef'[1:5:2]", "bd"),
        ("'abc'[:]", "abc"),
        ("{'a': {'b': 1}}['a']['b']", 1),
        ("int", int),
        ("str.upper('a')", "A"),
        ("'a,b'.split(',')", ["a", "b"]),
        ("dict(a=1, **{'b': 2})", {"a": 1, "b": 2}),
        ("max(1, *[2, 3])", 3),
        ("os.path.join('a', 'b')", os.path.join("a", "b")),
        ("datetime.timedelta(hours=1)", datetime.timedelta(hours=1)),
        ("collections.OrderedDict([('a', 1)])", OrderedDict(a=1)),
        ("xml.dom.minidom.Document", xml.dom.minidom.Document),
        ("", ""),
        (None, None),
        ("1 # comment", 1),
        ("[1,\n2]", [1, 2]),
        ("1 +\n2", 3),
        ("f(1)".replace("f", "abs"), 1),
    ],
)
def test_a_text_is_evaluated(text: str | None, value: Any) -> None:
    assert unrepr(text) == value


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("lambda: 1", "a lambda is not allowed"),
        ("f'{1}'", "an f-string is not allowed"),
        ("[x for x in [1]]", "a comprehension is not allowed"),
        ("{x for x in [1]}", "a comprehension is not allowed"),
        ("{x: 1 for x in [1]}", "a comprehension is not allowed"),
        ("list(x for x in [1])", "a generator expression is not allowed"),
        ("1 if 2 else 3", "a condition is not allowed"),
        ("1 and 2", "'and' or 'or' is not allowed"),
        ("1 < 2", "a comparison is not allowed"),
        ("(a := 1)", "an assignment is not allowed"),
        ("(yield)", "yield is not allowed"),
        ("a = 1", "not a Python expression"),
        ("import os", "not a Python expression"),
        ("1; 2", "not a Python expression"),
        ("http://localhost", "not a Python expression"),
        ("'open", "not a Python expression"),
        ("(1", "not a Python expression"),
        ("1)\n(2", "not a Python expression"),
        ("'\x00'", "not a Python expression"),
        ("localhost", "'localhost' is neither a builtin nor a module"),
        ("os.nosuch", "has no attribute 'nosuch'"),
        ("xml.nosuch.Thing", "has no attribute 'nosuch'"),
        ("*[1]", "not a Python expression"),
        ("9" * 5000, "not a Python expression"),
    ],
)
def test_what_is_no_value_is_refused_with_its_reason(text: str, said: str) -> None:
    with pytest.raises(UnreprError) as caught:
        unrepr(text)
    assert said in str(caught.value)
    assert isinstance(caught.value, ConfigError)
    assert isinstance(caught.value, ValueError)


@pytest.mark.parametrize("text", ["[" * 5000, "-" * 100_000 + "1", "1" + "+1" * 50_000, "((" * 90])
def test_endless_nesting_is_refused(text: str) -> None:
    with pytest.raises(UnreprError):
        unrepr(text)


def test_what_a_called_object_raises_comes_through() -> None:
    with pytest.raises(ZeroDivisionError):
        unrepr("1 / 0")
    with pytest.raises(AttributeError, match="nosuch"):
        unrepr("'a'.nosuch")
    with pytest.raises(TypeError):
        unrepr("len(1)")


def test_a_module_is_imported_when_it_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = tmp_path / "unrepr_package"
    package.mkdir()
    (package / "__init__.py").write_text("")
    (package / "part.py").write_text("class Thing:\n    class Inner:\n        value = 5\n")
    (package / "broken.py").write_text("import unrepr_absent\n")
    (tmp_path / "unrepr_broken.py").write_text("import unrepr_absent\n")
    monkeypatch.syspath_prepend(tmp_path)
    try:
        assert unrepr("unrepr_package.part.Thing.Inner.value") == 5
        assert attributes("unrepr_package.part.Thing.Inner.value") == 5
        assert modules("unrepr_package.part") is sys.modules["unrepr_package.part"]
        # A module that is there but does not import is not called absent.
        for text in ("unrepr_package.broken.x", "unrepr_broken.x"):
            with pytest.raises(ModuleNotFoundError, match="unrepr_absent"):
                unrepr(text)
            with pytest.raises(ModuleNotFoundError, match="unrepr_absent"):
                attributes(text)
    finally:
        for name in [name for name in sys.modules if name.startswith("unrepr_")]:
            del sys.modules[name]


def test_an_attribute_is_found_by_its_dotted_name() -> None:
    assert attributes("os.path.join") is os.path.join
    assert modules("os.path") is os.path
    with pytest.raises(AttributeError, match="names no attribute"):
        attributes("os")
    with pytest.raises(AttributeError, match="nosuch"):
        attributes("os.nosuch")
    with pytest.raises(ImportError):
        attributes("nosuch_module.thing")
    with pytest.raises(ImportError):
        modules("nosuch_module")


@unhurried
@given(
    st.recursive(
        st.none()
        | st.booleans()
        | st.integers()
        | st.text()
        | st.binary()
        | st.complex_numbers(allow_nan=False, allow_infinity=False),
        lambda inner: st.lists(inner) | st.tuples(inner, inner) | st.dictionaries(st.text(), inner),
    )
)
def test_unrepr_is_the_inverse_of_repr(value: Any) -> None:
    assert unrepr(repr(value)) == value


@unhurried
@given(st.text(st.sampled_from("([{}]),.:'\"\\ \n#1a+-%=lambdfor"), max_size=30))
def test_any_text_has_a_value_or_one_kind_of_error(text: str) -> None:
    try:
        unrepr(text)
    except UnreprError:
        pass
    except (TypeError, AttributeError, ValueError, KeyError, IndexError, ZeroDivisionError):
        pass  # a sound expression whose parts do not fit
