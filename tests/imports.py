"""The imports of a source tree, read with `ast` and resolved to absolute names.

Nothing is imported to find them, so that what is reported holds on every platform and for
imports inside functions too. What the imports should be is not known here.
"""

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple


class Import(NamedTuple):
    """One import: the module it stands in, what it names, and when it runs."""

    importer: str
    target: str
    line: int
    for_types_only: bool
    at_module_level: bool

    def __str__(self) -> str:
        return f"{self.importer}, line {self.line}: imports {self.target}"


class Sources:
    """Every module under a directory: its file, its syntax tree, and the imports of all."""

    def __init__(self, directory: Path) -> None:
        self.files = {
            _module_name(path.relative_to(directory)): path
            for path in sorted(directory.rglob("*.py"))
        }
        self.trees = {
            module: ast.parse(path.read_text(encoding="utf-8"), str(path))
            for module, path in self.files.items()
        }
        self.imports = [found for module in self.files for found in self._imports_of(module)]

    def _imports_of(self, module: str) -> Iterator[Import]:
        is_package = self.files[module].name == "__init__.py"
        package = module if is_package else module.rpartition(".")[0]
        for statement, for_types_only, at_module_level in _import_statements(self.trees[module]):
            for target in self._targets(statement, package):
                yield Import(module, target, statement.lineno, for_types_only, at_module_level)

    def _targets(self, statement: ast.Import | ast.ImportFrom, package: str) -> Iterator[str]:
        if isinstance(statement, ast.Import):
            yield from (alias.name for alias in statement.names)
            return
        base = _absolute(statement, package)
        for alias in statement.names:
            submodule = f"{base}.{alias.name}"
            yield submodule if submodule in self.files else base


def _module_name(path: Path) -> str:
    parts = path.with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def _import_statements(
    node: ast.AST, for_types_only: bool = False, at_module_level: bool = True
) -> Iterator[tuple[ast.Import | ast.ImportFrom, bool, bool]]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Import | ast.ImportFrom):
            yield child, for_types_only, at_module_level
            continue
        in_function = isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
        yield from _import_statements(
            child,
            for_types_only or _is_type_checking_block(child),
            at_module_level and not in_function,
        )


def _is_type_checking_block(node: ast.AST) -> bool:
    return isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)


def _absolute(statement: ast.ImportFrom, package: str) -> str:
    if not statement.level:
        return statement.module or ""
    parents = package.split(".")
    kept = parents[: len(parents) - statement.level + 1]
    return ".".join([*kept, *([statement.module] if statement.module else [])])
