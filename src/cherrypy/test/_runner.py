"""unittest's loader and runner, reloading and terse, as `cherrypy.test.webtest` has them."""

import importlib
import sys
import unittest
from types import ModuleType
from typing import Any


class TerseTestResult(unittest.TextTestResult):
    """A result that prints nothing at the end unless something failed."""

    def printErrors(self) -> None:
        """Print the errors and failures, if there are any."""
        if self.errors or self.failures:
            super().printErrors()


class TerseTestRunner(unittest.TextTestRunner):
    """A test runner that displays results in textual form, and keeps quiet about success."""

    def run(self, test: unittest.TestSuite | unittest.TestCase) -> Any:
        """Run the test or suite, and return its result."""
        result = TerseTestResult(self.stream, self.descriptions, self.verbosity)
        test(result)
        result.printErrors()
        if not result.wasSuccessful():
            counts = {"failures": len(result.failures), "errors": len(result.errors)}
            shown = ", ".join(f"{name}={count}" for name, count in counts.items() if count)
            self.stream.write(f"FAILED ({shown})\n")
        return result


class ReloadingTestLoader(unittest.TestLoader):
    """A loader that reads a test module anew each time it is named."""

    def loadTestsFromName(self, name: str, module: ModuleType | None = None) -> unittest.TestSuite:
        """Return a suite of all test cases that the dotted name stands for.

        The name may be that of a module, a test case class, a test method within such a
        class, or a callable that returns a test case or a suite. It is looked up in `module`
        if that is given.
        """
        if module is None:
            _reload_module_of(name)
        else:
            importlib.reload(module)
        return super().loadTestsFromName(name, module)


def _reload_module_of(name: str) -> None:
    """Reload the module that the longest beginning of a dotted name stands for."""
    parts = name.split(".")
    for length in range(len(parts), 0, -1):
        loaded = sys.modules.get(".".join(parts[:length]))
        if loaded is not None:
            importlib.reload(loaded)
            return
