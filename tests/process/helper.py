"""What the tests of the bus share: a bus that remembers its log, and programs that run."""

import os
import queue
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Self

from cherrypy.process.wspbus import Bus

TIMEOUT = 20.0

EXITED = ["Bus STOPPING", "Bus STOPPED", "Bus EXITING", "Bus EXITED"]
WAITED = "Waiting for child threads to terminate..."

PREAMBLE = """\
import os, signal, sys, threading, time
from cherrypy.process import plugins, wspbus
bus = wspbus.Bus()
bus.subscribe('log', lambda msg, level: print(msg, flush=True))
"""


# Tells who runs in which round; a round is counted in the environment, which exec keeps.
COUNT = """\
round = int(os.environ.get('ROUND', '0')) + 1
os.environ['ROUND'] = str(round)
print('round', round, 'pid', os.getpid(), 'argv', sys.argv[1:], flush=True)
"""


class RecordingBus(Bus):
    """A bus whose log is a list."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str] = []
        self.subscribe("log", lambda message, level: self.lines.append(message))


class Program:
    """A Python program in a process and a session of its own, and what it prints.

    Run as `with Program(...) as program`; it's gone at the end whatever it did.
    """

    def __init__(
        self,
        *arguments: str,
        directory: Path,
        environment: dict[str, str] | None = None,
        setup: Callable[[], object] | None = None,
        stdin: int = subprocess.DEVNULL,
    ) -> None:
        self.seen: list[str] = []
        self._lines: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        self.process = subprocess.Popen(
            [sys.executable, *arguments],
            cwd=directory,
            env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1", **(environment or {})},
            stdin=stdin,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
            preexec_fn=setup,
        )
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self._lines.put(line.rstrip("\n"))
        self._lines.put(None)

    def expect(self, text: str) -> str:
        """Wait for a line with this text, and return it."""
        while True:
            try:
                line = self._lines.get(timeout=TIMEOUT)
            except queue.Empty:
                raise AssertionError(f"{text!r} did not come after {self.seen}") from None
            if line is None:
                raise AssertionError(f"{text!r} is not in {self.seen}")
            self.seen.append(line)
            if text in line:
                return line

    def rest(self) -> list[str]:
        """Wait for the program's end, and return all its lines."""
        self.process.wait(TIMEOUT)
        while (line := self._lines.get(timeout=TIMEOUT)) is not None:
            self.seen.append(line)
        return self.seen

    def send(self, number: signal.Signals) -> None:
        self.process.send_signal(number)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait(TIMEOUT)
        self._reader.join(TIMEOUT)
        if self.process.stdout is not None:
            self.process.stdout.close()


def write_program(directory: Path, body: str, name: str = "program.py") -> Path:
    """Write a program that has a bus which prints its log, and return its path."""
    path = directory / name
    path.write_text(PREAMBLE + body)
    return path


def rounds(lines: list[str]) -> list[str]:
    return [line for line in lines if re.match(r"round \d", line)]
