"""The values of config files: Python expressions, evaluated node by node.

An expression may name, call, index and calculate, but it may not contain code of its own: no
lambda, comprehension, f-string, condition or assignment. A name is a builtin or a module, and
modules are imported when an expression needs them.

SECURITY: this is for readable errors, not for protection. A config file can call any function
of any module, so whoever can write it can run code.
"""

import ast
import builtins
import importlib
import operator
from collections.abc import Callable
from types import ModuleType
from typing import Any


class ConfigError(ValueError):
    """A config file or entry cannot be understood; the text says where and why."""


class UnreprError(ConfigError):
    """A text is not a Python expression of the kind that config values may be."""


def unrepr(s: str | None) -> Any:
    """Return the value that a Python expression such as '("a", 1)' stands for.

    An empty text is returned as it is. Raises UnreprError (a ValueError) if it is no
    expression, one with code of its own, or names something that cannot be found; and whatever
    a called object raises.
    """
    if not s:
        return s
    try:
        return _evaluate(_parse(s))
    except RecursionError:
        raise UnreprError("the value is nested too deeply") from None


def modules(modulePath: str) -> ModuleType:  # noqa: N803 - the manual's name
    """Return the module of that dotted name, imported if need be. Raises ImportError."""
    return importlib.import_module(modulePath)


def attributes(full_attribute_name: str) -> Any:
    """Return an attribute of a module from its dotted name: 'os.path.join' -> the function.

    Modules are imported as needed. Raises AttributeError or ImportError.
    """
    module_name, dot, name = full_attribute_name.rpartition(".")
    if not dot:
        raise AttributeError(f"{full_attribute_name!r} names no attribute: expected a dotted name.")
    try:
        owner: Any = modules(module_name)
    except ModuleNotFoundError as error:
        if not _is_part_of(error.name, module_name) or "." not in module_name:
            raise
        owner = attributes(module_name)  # a class inside of a module, say
    return getattr(owner, name)


def _parse(text: str) -> ast.expr:
    # A value continued over several lines needs no backslashes: the brackets join them.
    source = f"({text}\n)" if "\n" in text.strip() else text.strip()
    try:
        return ast.parse(source, "<config value>", "eval").body
    except SyntaxError as error:
        raise UnreprError(f"not a Python expression ({error.msg}); strings need quotes") from None
    except (ValueError, MemoryError) as error:
        raise UnreprError(f"not a Python expression ({error})") from None


def _evaluate(node: ast.expr) -> Any:
    evaluator = _EVALUATORS.get(type(node))
    if evaluator is None:
        kind = _REFUSED.get(type(node), type(node).__name__)
        raise UnreprError(f"{kind} is not allowed in a config value")
    return evaluator(node)


def _constant(node: ast.Constant) -> Any:
    return node.value


def _name(node: ast.Name) -> Any:
    if hasattr(builtins, node.id):
        return getattr(builtins, node.id)
    try:
        return modules(node.id)
    except ModuleNotFoundError as error:
        if error.name != node.id:
            raise
        raise UnreprError(
            f"{node.id!r} is neither a builtin nor a module; a string needs quotes"
        ) from None


def _attribute(node: ast.Attribute) -> Any:
    owner = _evaluate(node.value)
    try:
        return getattr(owner, node.attr)
    except AttributeError as error:
        if not isinstance(owner, ModuleType):
            raise
        return _submodule(f"{owner.__name__}.{node.attr}", error)


def _submodule(full_name: str, missing: AttributeError) -> Any:
    try:
        return modules(full_name)
    except ModuleNotFoundError as error:
        if not _is_part_of(error.name, full_name):
            raise  # the submodule is there, and something that it imports is not
        raise UnreprError(str(missing)) from None


def _is_part_of(missing: str | None, full_name: str) -> bool:
    return missing is not None and f"{full_name}.".startswith(f"{missing}.")


def _call(node: ast.Call) -> Any:
    function = _evaluate(node.func)
    keywords: dict[str, Any] = {}
    for keyword in node.keywords:
        value = _evaluate(keyword.value)
        keywords.update(value if keyword.arg is None else {keyword.arg: value})
    return function(*_items(node.args), **keywords)


def _items(nodes: list[ast.expr]) -> list[Any]:
    items: list[Any] = []
    for node in nodes:
        if isinstance(node, ast.Starred):
            items.extend(_evaluate(node.value))
        else:
            items.append(_evaluate(node))
    return items


def _tuple(node: ast.Tuple) -> Any:
    return tuple(_items(node.elts))


def _list(node: ast.List) -> Any:
    return _items(node.elts)


def _set(node: ast.Set) -> Any:
    return set(_items(node.elts))


def _dict(node: ast.Dict) -> Any:
    entries: dict[Any, Any] = {}
    for key, value in zip(node.keys, node.values, strict=True):
        if key is None:
            entries.update(_evaluate(value))
        else:
            entries[_evaluate(key)] = _evaluate(value)
    return entries


def _subscript(node: ast.Subscript) -> Any:
    return _evaluate(node.value)[_evaluate(node.slice)]


def _slice(node: ast.Slice) -> Any:
    return slice(*(part and _evaluate(part) for part in (node.lower, node.upper, node.step)))


def _unary(node: ast.UnaryOp) -> Any:
    return _UNARY_OPERATORS[type(node.op)](_evaluate(node.operand))


def _binary(node: ast.BinOp) -> Any:
    return _BINARY_OPERATORS[type(node.op)](_evaluate(node.left), _evaluate(node.right))


_UNARY_OPERATORS: dict[type[ast.unaryop], Callable[[Any], Any]] = {
    ast.UAdd: operator.pos,
    ast.USub: operator.neg,
    ast.Invert: operator.invert,
    ast.Not: operator.not_,
}

_BINARY_OPERATORS: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.MatMult: operator.matmul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
    ast.Pow: operator.pow,
    ast.LShift: operator.lshift,
    ast.RShift: operator.rshift,
    ast.BitOr: operator.or_,
    ast.BitXor: operator.xor,
    ast.BitAnd: operator.and_,
}

_EVALUATORS: dict[type[ast.expr], Callable[[Any], Any]] = {
    ast.Constant: _constant,
    ast.Name: _name,
    ast.Attribute: _attribute,
    ast.Call: _call,
    ast.Tuple: _tuple,
    ast.List: _list,
    ast.Set: _set,
    ast.Dict: _dict,
    ast.Subscript: _subscript,
    ast.Slice: _slice,
    ast.UnaryOp: _unary,
    ast.BinOp: _binary,
}

_REFUSED: dict[type[ast.expr], str] = {
    ast.Lambda: "a lambda",
    ast.JoinedStr: "an f-string",
    ast.ListComp: "a comprehension",
    ast.SetComp: "a comprehension",
    ast.DictComp: "a comprehension",
    ast.GeneratorExp: "a generator expression",
    ast.IfExp: "a condition",
    ast.BoolOp: "'and' or 'or'",
    ast.Compare: "a comparison",
    ast.NamedExpr: "an assignment",
    ast.Await: "await",
    ast.Yield: "yield",
    ast.YieldFrom: "yield",
}
