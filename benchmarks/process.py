"""What a site costs while nothing happens: `python -m benchmarks.process`.

Measured in the CPU time of a process of its own over the time that passes. The bound that we
hold ourselves to is 0.2 % of a core for the autoreloader of a program with 500 modules.
"""

import subprocess
import sys
import tempfile
from pathlib import Path

#: Seconds that each state is watched.
SECONDS = 10
MODULES = 500

_MEASURE = f"""
import threading, time
from cherrypy.process import plugins, wspbus

def share():
    begin, cpu = time.monotonic(), time.process_time()
    threading.Event().wait({SECONDS})
    return (time.process_time() - cpu) / (time.monotonic() - begin)

bus = wspbus.Bus()
"""

_BLOCKED = """
threading.Timer({seconds}, bus.exit).start()
bus.start()
begin, cpu = time.monotonic(), time.process_time()
bus.block()
print((time.process_time() - cpu) / (time.monotonic() - begin))
"""

_RELOADER = """
import importlib
for number in range({modules}):
    importlib.import_module(f"module{{number}}")
reloader = plugins.Autoreloader(bus)
reloader.start()
print(share())
reloader.stop()
"""

_PUBLISH = """
count = 1_000_000
begin = time.process_time()
for _ in range(count):
    bus.publish("before_request")
print((time.process_time() - begin) / count * 1e9)
"""


def _run(code: str, directory: str) -> float:
    command = [sys.executable, "-c", _MEASURE + code]
    done = subprocess.run(command, cwd=directory, capture_output=True, text=True, check=True)
    return float(done.stdout)


def main() -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory() as directory:
        for number in range(MODULES):
            Path(directory, f"module{number}.py").touch()
        blocked = _run(_BLOCKED.format(seconds=SECONDS), directory)
        reloader = _run(_RELOADER.format(modules=MODULES), directory)
        publish = _run(_PUBLISH, directory)
    print(f"a blocked bus:                             {blocked:.3%} of a core")
    print(f"an autoreloader of {MODULES} own modules, 1 Hz:    {reloader:.3%} of a core")
    print(f"a message that nobody listens to:          {publish:.0f} ns")


if __name__ == "__main__":
    main()
