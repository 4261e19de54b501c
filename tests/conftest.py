"""What every test needs of pytest: reports that can travel between its processes."""

from collections.abc import Generator

import pytest


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Escape lone surrogates in what a test has logged or printed.

    Our logs write them escaped, but pytest keeps the record as it came, and pytest-xdist ends
    the whole run over a report that UTF-8 cannot carry.
    """
    report = yield
    report.sections = [
        (title, text.encode("utf-8", "backslashreplace").decode("utf-8"))
        for title, text in report.sections
    ]
    return report
