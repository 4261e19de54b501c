"""The question at the terminal when an assertion about a page fails: look, go on or give up.

Never asked under pytest or where nobody sits; see `webtest`.
"""

import sys
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .webtest import WebCase

QUESTION = "  Show: [B]ody [H]eaders [S]tatus [U]RL; or [I]gnore, [R]aise, e[X]it >> "


def ask_what_to_do(case: "WebCase", message: str) -> None:
    """Ask until the answer is to ignore the failure, to raise it or to leave.

    Raises the case's failure exception, or SystemExit.
    """
    shown: dict[str, Callable[[], str]] = {
        "b": lambda: (case.body or b"").decode(case.encoding, "replace"),
        "h": lambda: "\n".join(f"{name}: {value}" for name, value in case.headers or ()),
        "s": lambda: str(case.status),
        "u": lambda: str(case.url),
    }
    print(f"\n    ERROR: {message}")
    while True:
        answer = input(QUESTION).strip().lower()[:1]
        if answer in shown:
            _print_by_screens(shown[answer](), case.console_height)
        elif answer == "i":
            return
        elif answer == "r":
            raise case.failureException(message)
        elif answer == "x":
            sys.exit()


def _print_by_screens(text: str, height: int) -> None:
    """Print the text, waiting for the return key after each screen."""
    lines = text.splitlines()
    for start in range(0, len(lines), height):
        print("\n".join(lines[start : start + height]))
        if start + height < len(lines):
            input("  more >> ")
