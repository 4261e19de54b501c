"""Configuration: files with Python values, and dicts that hand their entries on as they come in.

Three nouns, each usable without the others. A `Parser` reads an INI file whose values are
Python expressions; `unrepr` (in `unrepr.py`) says what such an expression may be. A
`NamespaceSet` gives each entry to the handler of its namespace, the part of the key before the
first dot. A `Config` is a dict that takes entries from files and dicts, knows the key
'environment' which stands for a set of other entries, and calls its namespaces.

    ConfigError(ValueError)     a config file or entry that cannot be understood
    └── UnreprError             a value that is no expression we evaluate (see unrepr.py)
"""

import configparser
import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager
from itertools import count
from typing import Any, ClassVar, Self, TypeGuard

from .unrepr import ConfigError, UnreprError, attributes, modules, unrepr

__all__ = [
    "Config",
    "ConfigError",
    "NamespaceSet",
    "Parser",
    "UnreprError",
    "as_dict",
    "attributes",
    "modules",
    "unrepr",
]

# One counter for all configs: a number is never used twice, not even by two threads at once.
_versions = count(1)

_VARIABLE = re.compile(r"%\(([^()%]+)\)s")


class Config(dict[str, Any]):
    """A dict of configuration data, with defaults and namespaces.

    `file` is a file name, an open file, or a dict; keyword arguments are further entries. The
    class attributes `defaults`, `environments` and `namespaces` are meant to be replaced by
    subclasses. `version` is another number after every change, and never the same twice.
    Manual: `cherrypy.lib.reprconf.Config`.
    """

    defaults: ClassVar[dict[str, Any]] = {}
    environments: ClassVar[dict[str, dict[str, Any]]] = {}
    namespaces: "NamespaceSet"  # set below, once the class exists

    version = 0

    def __init__(self, file: Any = None, **kwargs: Any) -> None:
        super().__init__()
        self.reset()
        if file is not None:
            self.update(file)
        if kwargs:
            self.update(kwargs)

    def reset(self) -> None:
        """Forget all entries but the defaults. No namespace handler is called."""
        dict.clear(self)
        dict.update(self, self.defaults)
        self._changed()

    def update(self, *args: Any, **kwargs: Any) -> None:
        """Take the entries of a dict, a file name or an open file, and hand them on.

        Raises ConfigError for a file with a mistake in it, naming the place, and OSError for a
        file that cannot be read.
        """
        if len(args) > 1:
            raise TypeError(f"update expected at most 1 argument, got {len(args)}")
        config = dict(as_dict(args[0])) if args else {}
        config.update(kwargs)
        self._apply(config)

    def _apply(self, config: dict[str, Any]) -> None:
        """Store the entries of `config` (which is ours to change) and call the namespaces."""
        environment = config.get("environment")
        if environment:
            # What the same update says for itself wins over what its environment says.
            for key, value in self._environment(environment).items():
                config.setdefault(key, value)
        dict.update(self, config)
        self._changed()
        self.namespaces(config)

    def _environment(self, name: str) -> dict[str, Any]:
        try:
            return self.environments[name]
        except (KeyError, TypeError):
            known = ", ".join(repr(each) for each in sorted(self.environments)) or "none"
            raise ConfigError(
                f"Unknown config environment {name!r}: expected one of {known}."
            ) from None

    def __setitem__(self, key: str, value: Any) -> None:
        dict.__setitem__(self, key, value)
        self._changed()
        self.namespaces({key: value})

    def __delitem__(self, key: str) -> None:
        dict.__delitem__(self, key)
        self._changed()

    def __ior__(self, other: Any) -> Self:  # type: ignore[override,misc]  # wider than dict's
        self.update(other)
        return self

    def setdefault(self, key: str, default: Any = None) -> Any:
        """Return the value of `key`; where there is none, set it and hand it on first."""
        if key not in self:
            self[key] = default
        return self[key]

    def pop(self, key: str, *default: Any) -> Any:
        """Remove `key` and return its value, or `default` if given; else raise KeyError."""
        value = dict.pop(self, key, *default)
        self._changed()
        return value

    def popitem(self) -> tuple[str, Any]:
        """Remove and return the entry that was added last."""
        item = dict.popitem(self)
        self._changed()
        return item

    def clear(self) -> None:
        """Remove all entries, the defaults too."""
        dict.clear(self)
        self._changed()

    def _changed(self) -> None:
        # Always after the change: whoever saw the old entries has also seen the old version.
        self.version = next(_versions)


class NamespaceSet(dict[str, Any]):
    """A dict of namespace names and their handlers.

    A handler is called as `handler(name, value)` for each entry of its namespace, with the
    namespace taken off the key. It may also be a context manager: then it is entered for each
    set of entries that has one of its own, and what `__enter__` returns is called. Manual:
    `cherrypy.lib.reprconf.NamespaceSet`.
    """

    def __call__(self, config: Mapping[str, Any]) -> None:
        """Give each entry of a flat dict to the handler of its namespace, if there is one."""
        entries_by_namespace: dict[str, list[tuple[str, Any]]] = {}
        for key, value in config.items():
            namespace, dot, name = key.partition(".")
            if dot:
                entries_by_namespace.setdefault(namespace, []).append((name, value))
        # In the order of the handlers, which their owner decides, not of the entries.
        for namespace, handler in list(self.items()):
            entries = entries_by_namespace.get(namespace)
            if entries:
                _hand_over(handler, entries)

    def __repr__(self) -> str:
        return f"{type(self).__module__}.{type(self).__name__}({super().__repr__()})"

    def __copy__(self) -> Self:
        return self.copy()

    def copy(self) -> Self:
        """Return a new set with the same handlers."""
        return type(self)(self)


def _hand_over(handler: Any, entries: Iterable[tuple[str, Any]]) -> None:
    if _is_context_manager(handler):
        with handler as entered:
            for name, value in entries:
                entered(name, value)
        return
    for name, value in entries:
        handler(name, value)


def _is_context_manager(
    handler: object,
) -> TypeGuard[AbstractContextManager[Callable[[str, Any], object]]]:
    return hasattr(type(handler), "__enter__") and hasattr(type(handler), "__exit__")


Config.namespaces = NamespaceSet()


class Parser(configparser.ConfigParser):
    """A ConfigParser that keeps the case of options and raises if a file cannot be read.

    '%' in a value means nothing special. Manual: `cherrypy.lib.reprconf.Parser`.
    """

    def __init__(
        self,
        defaults: Mapping[str, str] | None = None,
        dict_type: type[dict[str, Any]] = dict,
        allow_no_value: bool = False,
        **kwargs: Any,
    ) -> None:
        # NOTE: interpolation would make people double the % in every log format.
        kwargs.setdefault("interpolation", None)
        super().__init__(defaults, dict_type, allow_no_value, **kwargs)
        self._source = "<config>"

    def optionxform(self, optionstr: str) -> str:
        """Return the name of an option as it was written."""
        return optionstr

    def read(  # type: ignore[override]  # always names as text, also for bytes and paths
        self, filenames: Any, encoding: str | None = None
    ) -> list[str]:
        """Read one file or several, in UTF-8 unless told otherwise; return their names.

        Raises OSError if one cannot be read and ConfigError if one has a mistake in its form.
        """
        names = [filenames] if isinstance(filenames, (str, bytes, os.PathLike)) else filenames
        read: list[str] = []
        for name in names:
            # utf-8-sig: editors on Windows begin a file with a byte order mark.
            with open(name, encoding=encoding or "utf-8-sig") as file:
                self.read_file(file, os.fsdecode(name))
            read.append(os.fsdecode(name))
        return read

    def read_file(self, f: Iterable[Any], source: str | None = None) -> None:
        """Read an open file, in text or binary mode. Raises ConfigError for a mistake in it."""
        self._source = str(source or getattr(f, "name", "<config>"))
        lines: list[str] = []
        try:
            lines.extend(_text_lines(f))
            super().read_file(lines, self._source)
        except configparser.ParsingError as error:
            raise ConfigError(self._parsing_text(error, lines)) from error
        except (configparser.Error, UnicodeDecodeError) as error:
            raise ConfigError(f"Config error in {self._source}: {error}") from error

    def _parsing_text(self, error: configparser.ParsingError, lines: list[str]) -> str:
        if isinstance(error, configparser.MissingSectionHeaderError):
            return (
                f"Config error in {self._source}, line {error.lineno}: {error.line.strip()!r} "
                "stands before any section; expected one such as '[global]' first."
            )
        number = error.errors[0][0] if error.errors else 1
        headers = (self.SECTCRE.match(line) for line in lines[: number - 1])
        sections = [header["header"] for header in headers if header]
        return (
            f"Config error in {self._source}, line {number}, section {(sections or [''])[-1]!r}: "
            f"{lines[number - 1].strip()!r} has no value; expected 'key = value'."
        )

    def as_dict(
        self, raw: bool = False, vars: Mapping[str, Any] | None = None
    ) -> dict[str, dict[str, Any]]:
        """Return {section: {option: value}}, each value evaluated by `unrepr`.

        `vars` gives texts to put in place of %(name)s before a value is evaluated; with `raw`
        that is not done. Raises ConfigError naming file, section, option and what is wrong.
        """
        variables = {} if raw or vars is None else vars
        return {
            section: {
                option: self._evaluate(section, option, variables)
                for option in self.options(section)
            }
            for section in self.sections()
        }

    def _evaluate(self, section: str, option: str, variables: Mapping[str, Any]) -> Any:
        text = self.get(section, option)
        if text and variables:
            text = _VARIABLE.sub(lambda name: str(variables.get(name[1], name[0])), text)
        try:
            return unrepr(text)
        except Exception as error:
            # Whatever the named object raises is a mistake in this line as well.
            reason = str(error) if isinstance(error, UnreprError) else _describe(error)
            raise ConfigError(
                f"Config error in {self._source}, section {section!r}, option {option!r}, "
                f"value {text!r}: {reason}"
            ) from error

    def dict_from_file(self, file: Any) -> dict[str, dict[str, Any]]:
        """Return `as_dict()` of a file name or an open file. Raises as `read` and `as_dict`."""
        if hasattr(file, "read"):
            self.read_file(file)
        else:
            self.read(file)
        return self.as_dict()


def _describe(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"


def _text_lines(lines: Iterable[str | bytes]) -> Iterator[str]:
    for line in lines:
        yield line.decode("utf-8-sig") if isinstance(line, bytes) else line


def as_dict(config: Any) -> dict[str, Any]:
    """Return a dict from a dict, a file name or an open file.

    Of a file, it has a dict for each section. Raises as `Parser.dict_from_file`.
    """
    if isinstance(config, (str, bytes, os.PathLike)) or hasattr(config, "read"):
        return Parser().dict_from_file(config)
    if isinstance(config, dict):
        return config
    return dict(config)
