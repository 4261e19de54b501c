"""Plugins: the base class, monitors and tasks, numbered threads."""

import os
import re
import sys
import threading
import types
from pathlib import Path

import pytest

from cherrypy.process import plugins
from cherrypy.process.simple_plugin import SimplePlugin
from cherrypy.process.wspbus import Bus, ChannelFailures

from .helper import TIMEOUT, RecordingBus


class Database(SimplePlugin):
    """The manual's plugin ('Create a plugin')."""

    def __init__(self, bus: Bus) -> None:
        SimplePlugin.__init__(self, bus)
        self.saved: list[object] = []

    def start(self) -> None:
        self.bus.log("Starting up DB access")
        self.bus.subscribe("db-save", self.save_it)

    def stop(self) -> None:
        self.bus.log("Stopping down DB access")
        self.bus.unsubscribe("db-save", self.save_it)

    def save_it(self, entity: object) -> None:
        self.saved.append(entity)


def test_the_manuals_plugin_listens_while_the_bus_is_started() -> None:
    bus = RecordingBus()
    plugin = Database(bus)
    plugin.subscribe()
    bus.publish("db-save", "before")
    bus.start()
    bus.publish("db-save", "cart")
    bus.exit()
    bus.publish("db-save", "after")
    assert plugin.saved == ["cart"]
    assert bus.lines[1] == "Starting up DB access"


def test_a_plugin_is_switched_by_on_and_off() -> None:
    bus = RecordingBus()
    plugin = Database(bus)
    assert plugin.on is False
    plugin.on = True
    assert plugin.start in bus.listeners["start"]
    assert plugin.on is True
    plugin.on = False
    assert plugin.start not in bus.listeners["start"]
    assert plugin.on is False


def test_a_plugin_listens_to_channels_that_others_have_brought() -> None:
    class Cleaner(SimplePlugin):
        def tidy(self) -> str:
            return "tidied"

    bus = Bus()
    bus.listeners.setdefault("tidy", set())
    Cleaner(bus).subscribe()
    assert bus.publish("tidy") == ["tidied"]


def test_a_monitor_calls_its_function_until_the_bus_stops() -> None:
    bus = RecordingBus()
    called = threading.Semaphore(0)
    monitor = plugins.Monitor(bus, called.release, frequency=0.001, name="Probe")
    monitor.subscribe()
    bus.start()
    thread = monitor.thread
    assert thread is not None
    assert (thread.name, thread.daemon) == ("Probe", True)
    for _ in range(3):
        assert called.acquire(timeout=TIMEOUT)
    monitor.start()
    bus.exit()
    assert not thread.is_alive()
    assert bus.lines[1] == "Started monitor thread 'Probe'."
    assert bus.lines[2] == "Bus STARTED"
    assert "Stopped thread 'Probe'." in bus.lines


def test_a_monitor_with_a_long_interval_stops_at_once_and_starts_again() -> None:
    class _TimeoutMonitor(plugins.Monitor):
        pass

    bus = RecordingBus()
    monitor = _TimeoutMonitor(bus, lambda: None)
    assert monitor.frequency == 60
    monitor.subscribe()
    bus.start()
    first = monitor.thread
    bus.graceful()
    second = monitor.thread
    assert first is not None
    assert second is not None
    assert not first.is_alive()
    assert second.is_alive()
    monitor.on = False
    assert not second.is_alive()
    monitor.on = True
    third = monitor.thread
    bus.exit()
    assert third is not None
    assert not third.is_alive()
    assert bus.lines.count("Started monitor thread '_TimeoutMonitor'.") == 3
    assert bus.lines.count("Stopped thread '_TimeoutMonitor'.") == 3


def test_a_monitor_with_frequency_zero_never_runs() -> None:
    bus = RecordingBus()
    monitor = plugins.Monitor(bus, lambda: None, frequency=0)
    monitor.start()
    assert monitor.thread is None
    assert bus.lines == []


def test_a_failing_callback_is_logged_and_called_again() -> None:
    bus = RecordingBus()
    called = threading.Semaphore(0)

    def fail() -> None:
        called.release()
        raise ValueError("today not")

    monitor = plugins.Monitor(bus, fail, frequency=0.001)
    monitor.start()
    for _ in range(2):
        assert called.acquire(timeout=TIMEOUT)
    monitor.stop()
    assert any("today not" in line for line in bus.lines)


def test_a_monitor_may_exit_the_bus_from_its_own_thread() -> None:
    bus = RecordingBus()
    monitor = plugins.Monitor(bus, bus.exit, frequency=0.001)
    monitor.subscribe()
    bus.start()
    thread = monitor.thread
    bus.wait(bus.states.EXITING)
    if thread is not None:
        thread.join(TIMEOUT)
        assert not thread.is_alive()
    bus.block()
    assert "Stopped thread 'Monitor'." in bus.lines


@pytest.mark.parametrize("kind", [plugins.BackgroundTask, plugins.PerpetualTimer])
def test_a_task_repeats_with_its_arguments_until_cancelled(
    kind: type[plugins.BackgroundTask] | type[plugins.PerpetualTimer],
) -> None:
    calls: list[tuple[int, str]] = []
    enough = threading.Event()

    def work(number: int, word: str = "") -> None:
        calls.append((number, word))
        if len(calls) == 3:
            enough.set()
        if len(calls) == 1:
            raise ValueError("once")

    bus = RecordingBus()
    task = kind(0.001, work, [7], {"word": "x"}, bus=bus)
    task.start()
    assert enough.wait(TIMEOUT)
    task.cancel()
    task.join(TIMEOUT)
    assert not task.is_alive()
    assert set(calls) == {(7, "x")}
    assert bus.lines[0].startswith("Error in background task")


def test_a_task_that_waits_for_an_hour_ends_at_once() -> None:
    task = plugins.BackgroundTask(3600, print)
    task.start()
    task.cancel()
    task.join(TIMEOUT)
    assert not task.is_alive()


def test_threads_are_numbered_once_and_numbers_are_used_again() -> None:
    bus = RecordingBus()
    manager = plugins.ThreadManager(bus)
    manager.subscribe()
    told: list[tuple[str, int]] = []
    bus.subscribe("start_thread", lambda number: told.append(("start", number)))
    bus.subscribe("stop_thread", lambda number: told.append(("stop", number)))
    bus.publish("acquire_thread")
    bus.publish("acquire_thread")

    def visit() -> None:
        bus.publish("acquire_thread")
        bus.publish("release_thread")
        bus.publish("release_thread")

    for _ in range(2):
        thread = threading.Thread(target=visit)
        thread.start()
        thread.join(TIMEOUT)
    assert manager.threads == {threading.get_ident(): 1}
    bus.graceful()
    assert manager.threads == {}
    bus.publish("acquire_thread")
    bus.exit()
    both_twice = [("start", 2), ("stop", 2)] * 2
    assert told == [("start", 1), *both_twice, ("stop", 1), ("start", 1), ("stop", 1)]


def test_a_failing_stop_listener_leaves_no_thread_unreleased() -> None:
    bus = RecordingBus()
    manager = plugins.ThreadManager(bus)
    manager.threads.update({1: 1, 2: 2})
    told: list[int] = []

    @bus.subscribe("stop_thread")
    def fail(number: int) -> None:
        told.append(number)
        raise ValueError(number)

    with pytest.raises(ChannelFailures) as caught:
        manager.stop()
    assert sorted(told) == [1, 2]
    assert len(caught.value.exceptions) == 2
    assert manager.threads == {}


# The autoreloader, one look at a time


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
