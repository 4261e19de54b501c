"""Whole programs: signals, the end of a terminal, blocking, ending."""

import fcntl
import os
import pty
import signal
import subprocess
import sys
import termios
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from .helper import COUNT, EXITED, WAITED, Program, rounds, write_program

pytestmark = pytest.mark.skipif(os.name == "nt", reason="signals and terminals of POSIX")

SERVE = "plugins.SignalHandler(bus).subscribe()\nbus.start()\nbus.block()\n"


def test_the_first_and_last_lines_are_those_of_the_manual(tmp_path: Path) -> None:
    write_program(tmp_path, SERVE)
    with Program("program.py", directory=tmp_path) as program:
        program.expect("Bus STARTED")
        program.send(signal.SIGTERM)
        lines = program.rest()
    assert lines == [
        "Listening for SIGHUP.",
        "Listening for SIGTERM.",
        "Listening for SIGUSR1.",
        "Bus STARTING",
        "Bus STARTED",
        "Caught signal SIGTERM.",
        *EXITED,
        WAITED,
    ]
    assert program.process.returncode == 0


def test_ctrl_c_exits_the_bus_and_the_program_ends_well(tmp_path: Path) -> None:
    body = """\
told = []
@bus.subscribe('main')
def tell():
    if not told:
        told.append(bus.log('blocked'))
"""
    write_program(tmp_path, body + SERVE)
    with Program("program.py", directory=tmp_path) as program:
        program.expect("blocked")
        program.send(signal.SIGINT)
        lines = program.rest()
    assert lines[6:] == ["Keyboard Interrupt: shutting down bus", *EXITED, WAITED]
    assert program.process.returncode == 0


def test_ctrl_c_while_starting_exits_the_bus_and_is_passed_on(tmp_path: Path) -> None:
    body = "bus.subscribe('start', lambda: (bus.log('slow'), time.sleep(60)))\n"
    write_program(tmp_path, body + SERVE)
    with Program("program.py", directory=tmp_path) as program:
        program.expect("slow")
        program.send(signal.SIGINT)
        lines = program.rest()
    assert lines[5:10] == ["Keyboard Interrupt: shutting down bus", *EXITED]
    assert lines[-1] == "KeyboardInterrupt"


def test_sigusr1_is_graceful_and_nothing_ends(tmp_path: Path) -> None:
    write_program(tmp_path, "bus.subscribe('graceful', lambda: bus.log('reloaded'))\n" + SERVE)
    with Program("program.py", directory=tmp_path) as program:
        program.expect("Bus STARTED")
        program.send(signal.SIGUSR1)
        program.expect("Caught signal SIGUSR1.")
        program.expect("Bus graceful")
        program.expect("reloaded")
        program.send(signal.SIGTERM)
        program.expect("Bus EXITED")


def test_sighup_restarts_a_process_without_terminal(tmp_path: Path) -> None:
    write_program(tmp_path, COUNT + SERVE)
    with Program("program.py", directory=tmp_path) as program:
        program.expect("Bus STARTED")
        program.send(signal.SIGHUP)
        program.expect("Caught signal SIGHUP.")
        program.expect("daemonized")
        program.expect(f"round 2 pid {program.process.pid} ")
        program.expect("Bus STARTED")
        program.send(signal.SIGTERM)
        program.rest()
    assert program.process.returncode == 0


def hang_up(tmp_path: Path, setup: Callable[[], object]) -> Iterator[Program]:
    """Run a program on a terminal of its own, yield it, and take the terminal away."""
    master, slave = pty.openpty()

    def take_terminal() -> None:
        setup()
        fcntl.ioctl(slave, termios.TIOCSCTTY, 0)

    write_program(tmp_path, COUNT + SERVE)
    try:
        with Program("program.py", directory=tmp_path, stdin=slave, setup=take_terminal) as program:
            program.expect("Bus STARTED")
            os.close(slave)
            # The kernel sends the signal, as when a user closes the window.
            os.close(master)
            master = slave = -1
            yield program
    finally:
        for descriptor in {master, slave} - {-1}:
            os.close(descriptor)


def test_sighup_ends_a_process_whose_terminal_is_closed(tmp_path: Path) -> None:
    for program in hang_up(tmp_path, lambda: None):
        program.expect("Caught signal SIGHUP.")
        program.expect("attached to a terminal")
        lines = program.rest()
        assert len(rounds(lines)) == 1
        assert lines[-5:] == [*EXITED, WAITED]


def test_sighup_restarts_a_process_that_was_told_to_survive_its_terminal(tmp_path: Path) -> None:
    for program in hang_up(tmp_path, lambda: signal.signal(signal.SIGHUP, signal.SIG_IGN)):
        program.expect("Caught signal SIGHUP.")
        program.expect("round 2")


def test_sigterm_ends_a_program_whose_start_never_ends(tmp_path: Path) -> None:
    body = """\
bus.subscribe('stop', lambda: bus.log('stopped'))
@bus.subscribe('start')
def connect():
    bus.log('connecting')
    while True:
        time.sleep(0.01)
"""
    write_program(tmp_path, body + SERVE)
    with Program("program.py", directory=tmp_path) as program:
        program.expect("connecting")
        program.send(signal.SIGTERM)
        lines = program.rest()
    assert lines[5:] == [
        "Caught signal SIGTERM.",
        "Bus STOPPING",
        "stopped",
        *EXITED[1:],
        "SystemExit raised: shutting down bus",
    ]
    assert program.process.returncode == 0


def test_signals_go_back_to_whoever_had_them(tmp_path: Path) -> None:
    body = """
        before = lambda *args: None
        signal.signal(signal.SIGTERM, before)
        handler = plugins.SignalHandler(bus)
        handler.handlers['SIGNOTHERE'] = bus.exit
        handler.handlers['SIGUSR2'] = lambda: 1 / 0
        handler.subscribe()
        os.kill(os.getpid(), signal.SIGUSR2)
        print(handler.on, signal.getsignal(signal.SIGTERM) is before)
        handler.set_handler('SIGTERM')
        handler.set_handler(signal.SIGALRM, bus.graceful)
        try:
            handler.set_handler('SIGNOTHERE')
        except ValueError as error:
            print(error)
        handler.on = False
        print(handler.on, signal.getsignal(signal.SIGTERM) is before,
              signal.getsignal(signal.SIGHUP) is signal.SIG_DFL,
              [bool(bus.listeners[name]) for name in ('SIGTERM', 'SIGALRM', 'SIGHUP')])
        thread = threading.Thread(target=handler.subscribe)
        thread.start()
        thread.join()
    """
    write_program(tmp_path, "\n".join(line[8:] for line in body.splitlines()))
    with Program("program.py", directory=tmp_path) as program:
        program.expect("ZeroDivisionError")
        program.expect("True False")
        program.expect("No such signal on this platform: 'SIGNOTHERE'")
        program.expect("Restored the previous handler of SIGALRM.")
        program.expect("False True True [False, False, False]")
        program.expect("Not listening for signals: only the main thread can.")
        program.rest()
    assert program.process.returncode == 0


def test_block_waits_for_threads_but_not_for_idle_workers_of_a_pool(tmp_path: Path) -> None:
    body = """\
from concurrent.futures import ThreadPoolExecutor
pool = ThreadPoolExecutor(1)
pool.submit(int).result()
def work():
    bus.wait(bus.states.EXITING)
    while not waiting.is_set(): waiting.wait()
    print('work done', flush=True)
waiting = threading.Event()
bus.subscribe('log', lambda msg, level: waiting.set() if 'for thread' in msg else None)
threading.Thread(target=work, name='Worker').start()
bus.start()
bus.exit()
bus.block()
print('after block', flush=True)
"""
    write_program(tmp_path, body)
    with Program("program.py", directory=tmp_path) as program:
        lines = program.rest()
    assert lines[-4:] == [WAITED, "Waiting for thread Worker.", "work done", "after block"]


def test_a_program_that_ends_without_exit_is_warned_and_exits_its_bus(tmp_path: Path) -> None:
    write_program(tmp_path, "bus.start()\n")
    with Program("program.py", directory=tmp_path) as program:
        lines = program.rest()
    warning = [line for line in lines if "RuntimeWarning" in line]
    assert len(warning) == 1
    assert "states.STARTED" in warning[0]
    assert lines[-1] == "Bus EXITED"


@pytest.mark.parametrize("ending", ["bus.exit()", "bus.stop()"])
def test_a_program_that_stops_its_bus_is_not_warned(tmp_path: Path, ending: str) -> None:
    write_program(tmp_path, f"bus.start()\n{ending}\n")
    with Program("program.py", directory=tmp_path) as program:
        assert not any("Warning" in line for line in program.rest())
    assert program.process.returncode == 0


def test_the_package_needs_no_other_room() -> None:
    code = (
        "import sys, importlib.util, types; "
        "root = importlib.util.find_spec('cherrypy').submodule_search_locations; "
        "stub = types.ModuleType('cherrypy'); stub.__path__ = root; "
        "sys.modules['cherrypy'] = stub; import cherrypy.process; "
        "print(sorted({n.split('.')[1] for n in sys.modules if n.startswith('cherrypy.')}))"
    )
    output = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert output.stdout.strip() == "['process']"
