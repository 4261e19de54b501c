"""The autoreloader: one look at a time, and in whole programs."""

import os
import re
import signal
import sys
import sysconfig
import threading
import types
from pathlib import Path

import pytest

from cherrypy.process import autoreload, plugins
from cherrypy.process.wspbus import Bus

from .helper import EXITED, WAITED, Program, RecordingBus, write_program


class RestartCounter(RecordingBus):
    """A bus that counts restarts and goes on."""

    restarts = 0

    def restart(self) -> None:
        self.restarts += 1


def write_at(path: Path, text: str, second: int) -> None:
    """Write a file at a known time: two writes within one tick of the disk look like one."""
    path.write_text(text)
    os.utime(path, (second, second))


def prepared_reloader(bus: Bus) -> plugins.Autoreloader:
    """Return an autoreloader that has noted all files and runs only when told to."""
    reloader = plugins.Autoreloader(bus, frequency=3600, match="tests")
    reloader.start()
    reloader.stop()
    return reloader


def test_the_autoreloader_monitors_the_modules_whose_names_match() -> None:
    reloader = plugins.Autoreloader(Bus())
    assert (reloader.frequency, reloader.match, reloader.files) == (1, ".*", set())
    assert {threading.__file__, __file__, re.__file__} <= reloader.sysfiles()
    reloader.match = r"^(?!cherrypy).+"
    files = reloader.sysfiles()
    assert __file__ in files
    assert plugins.__file__ not in files


def test_a_changed_a_deleted_and_a_new_file_each_restart_once(tmp_path: Path) -> None:
    bus = RestartCounter()
    template = tmp_path / "page.html"
    template.write_text("one")
    reloader = plugins.Autoreloader(bus, frequency=3600, match="tests")
    reloader.files.add(str(template))
    reloader.start()
    reloader.stop()
    reloader.run()
    assert bus.restarts == 0
    for restarts, text in enumerate(["two", None, "three"], 1):
        if text is None:
            template.unlink()
        else:
            write_at(template, text, restarts)
        reloader.run()
        reloader.run()
        assert bus.restarts == restarts
    assert bus.lines.count(f"Restarting because {template} changed.") == 3


def test_a_change_while_the_monitor_was_stopped_restarts_when_it_runs_again(
    tmp_path: Path,
) -> None:
    bus = RestartCounter()
    file = tmp_path / "site.conf"
    file.write_text("a")
    reloader = plugins.Autoreloader(bus, frequency=3600, match="tests")
    reloader.files.add(str(file))
    reloader.start()
    reloader.stop()
    write_at(file, "b", 1)
    reloader.graceful()
    reloader.stop()
    reloader.run()
    assert bus.restarts == 1


def test_a_file_added_later_counts_from_when_it_is_first_seen(tmp_path: Path) -> None:
    bus = RestartCounter()
    reloader = prepared_reloader(bus)
    late = tmp_path / "late.conf"
    late.write_text("a")
    reloader.files.add(str(late))
    reloader.run()
    assert bus.restarts == 0
    write_at(late, "b", 1)
    reloader.run()
    assert bus.restarts == 1


def test_an_edited_library_is_seen_within_eight_looks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    libraries = [tmp_path / f"library_under_test{number}.py" for number in range(3)]
    for library in libraries:
        library.write_text("value = 1\n")
    monkeypatch.setattr(
        "cherrypy.process.autoreload._installed_directories", lambda: (str(tmp_path),)
    )
    for library in libraries:
        module = types.ModuleType(library.stem)
        module.__file__ = str(library)
        monkeypatch.setitem(sys.modules, library.stem, module)
    bus = RestartCounter()
    reloader = plugins.Autoreloader(bus, frequency=3600, match="library_under_test")
    reloader.start()
    reloader.stop()
    for restarts, library in enumerate(libraries, 1):
        write_at(library, "value = 2\n", 1)
        for _ in range(8):
            reloader.run()
        assert bus.restarts == restarts


AUTORELOAD = """\
import edited
print('value', edited.value, flush=True)
plugins.SignalHandler(bus).subscribe()
plugins.Autoreloader(bus, frequency=0.05, match='edited').subscribe()
bus.start()
bus.block()
"""


def test_an_edited_module_runs_the_program_anew(tmp_path: Path) -> None:
    module = tmp_path / "edited.py"
    module.write_text("value = 1\n")
    write_program(tmp_path, AUTORELOAD)
    with Program("program.py", directory=tmp_path) as program:
        program.expect("value 1")
        program.expect("Started monitor thread 'Autoreloader'.")
        program.expect("Bus STARTED")
        module.write_text("value = 2\n")
        program.expect(f"Restarting because {module} changed.")
        program.expect("Stopped thread 'Autoreloader'.")
        program.expect("value 2")
        program.expect("Bus STARTED")
        program.send(signal.SIGTERM)
        lines = program.rest()
    assert program.process.returncode == 0
    assert lines[-6:] == [
        "Bus STOPPING",
        "Stopped thread 'Autoreloader'.",
        *EXITED[1:],
        WAITED,
    ]


def test_a_look_at_500_modules_asks_for_their_own_files_and_an_eighth_of_the_libraries(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = {str(tmp_path / f"own{number}.py") for number in range(100)}
    libraries = {f"{sysconfig.get_paths()['stdlib']}/library{number}.py" for number in range(400)}
    reloader = plugins.Autoreloader(Bus())
    monkeypatch.setattr(reloader, "sysfiles", lambda: own | libraries)
    asked: list[str] = []
    monkeypatch.setattr(autoreload, "_modification_time", lambda name: asked.append(name))
    looks = []
    for _ in range(8):
        asked.clear()
        reloader.run()
        assert own <= set(asked)
        looks.append(set(asked) - own)
    assert [len(look) for look in looks] == [50] * 8
    assert set().union(*looks) == libraries
