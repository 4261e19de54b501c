"""Programs that run anew in their process, as they were run first."""

from pathlib import Path

from .helper import COUNT, Program, rounds, write_program

RESTART_ONCE = """\
bus.start()
threading.Thread(target=bus.restart if round == 1 else bus.exit).start()
bus.block()
print('done', flush=True)
"""


def test_a_script_runs_anew_with_its_options_and_arguments(tmp_path: Path) -> None:
    write_program(tmp_path, COUNT + "print('x', sys._xoptions)\n" + RESTART_ONCE)
    arguments = ["-X", "probe=1", "program.py", "--name", "a b", 'c"d', ""]
    with Program(*arguments, directory=tmp_path) as program:
        lines = program.rest()
    first, second = rounds(lines)
    assert second == first.replace("round 1", "round 2")
    assert "argv ['--name', 'a b', 'c\"d', '']" in first
    assert lines.count("x {'probe': '1'}") == 2
    assert lines[-1] == "done"
    assert any(line.startswith("Restarting ") for line in lines)
    assert program.process.returncode == 0


def test_a_module_of_a_package_runs_anew_as_a_module(tmp_path: Path) -> None:
    package = tmp_path / "site_of_mine"
    package.mkdir()
    (package / "__init__.py").write_text("")
    (package / "other.py").write_text("name = 'other'\n")
    body = COUNT + "from . import other\nprint(__package__, other.name)\n" + RESTART_ONCE
    write_program(package, body, "__main__.py")
    with Program("-m", "site_of_mine", "one", directory=tmp_path) as program:
        lines = program.rest()
    assert len(rounds(lines)) == 2
    assert lines.count("site_of_mine other") == 2
    assert lines[-1] == "done"


def test_a_relative_script_runs_anew_although_the_directory_was_changed(tmp_path: Path) -> None:
    write_program(tmp_path, COUNT + "os.chdir('/')\n" + RESTART_ONCE)
    with Program("program.py", directory=tmp_path) as program:
        assert len(rounds(program.rest())) == 2


def test_a_command_line_program_finds_its_modules_again(tmp_path: Path) -> None:
    (tmp_path / "below").mkdir()
    (tmp_path / "below" / "neighbour.py").write_text("print('neighbour imported', flush=True)\n")
    path = write_program(tmp_path, COUNT + "os.chdir('below') if round == 1 else None\n")
    code = path.read_text() + "import neighbour\n" + RESTART_ONCE
    with Program("-c", code, directory=tmp_path) as program:
        lines = program.rest()
    assert lines.count("neighbour imported") == 2
    assert len(rounds(lines)) == 2


def test_no_file_but_standard_ones_is_open_after_running_anew(tmp_path: Path) -> None:
    body = """\
if round == 1:
    kept = os.open('program.py', os.O_RDONLY)
    os.set_inheritable(kept, True)
    os.environ['KEPT'] = str(kept)
else:
    try:
        os.fstat(int(os.environ['KEPT']))
    except OSError as error:
        print('closed:', error.strerror)
"""
    write_program(tmp_path, COUNT + body + RESTART_ONCE)
    with Program("program.py", directory=tmp_path) as program:
        assert "closed: Bad file descriptor" in program.rest()
