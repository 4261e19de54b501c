"""The command and the environment for running anew."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from cherrypy.process import reexec


def test_the_command_is_the_interpreters_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "orig_argv", ["python", "-m", "site_of_mine", "-c", "x y"])
    monkeypatch.setattr(sys, "argv", ["changed"])
    command = reexec.this_program()
    assert command.executable == sys.executable
    assert command.arguments == [sys.executable, "-m", "site_of_mine", "-c", "x y"]


def test_a_frozen_program_is_its_own_interpreter(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    monkeypatch.setattr(sys, "executable", "/opt/site/site")
    monkeypatch.setattr(sys, "argv", ["site", "--port", "80"])
    command = reexec.this_program()
    assert command == ("/opt/site/site", ["/opt/site/site", "--port", "80"])


@pytest.mark.parametrize(
    ("import_path", "before", "after"),
    [
        (["", "/lib"], None, "/site"),
        (["", "/lib"], "/a", "/site:/a"),
        (["", "/lib"], "/a:/site", "/a:/site"),
        (["/site", "/lib"], "/a", "/a"),
        ([], None, None),
    ],
)
def test_the_current_directory_stays_importable(
    import_path: list[str], before: str | None, after: str | None
) -> None:
    environment = {} if before is None else {"PYTHONPATH": before.replace(":", os.pathsep)}
    result = reexec.environment_for_restart(environment, import_path, "/site")
    assert result.get("PYTHONPATH") == (after and after.replace(":", os.pathsep))


def test_files_are_closed_for_the_next_program_up_to_the_limit(tmp_path: Path) -> None:
    code = f"""if True:
        import os
        from cherrypy.process import reexec
        numbers = [os.open({str(tmp_path)!r}, os.O_RDONLY) for _ in range(3)]
        for number in numbers:
            os.set_inheritable(number, True)
        reexec.close_files_on_exec(numbers[2])
        print([os.get_inheritable(number) for number in (0, 1, 2, *numbers)])
    """
    output = subprocess.check_output([sys.executable, "-c", code], text=True)
    assert output.strip() == "[True, True, True, False, False, True]"
