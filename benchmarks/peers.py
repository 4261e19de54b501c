"""Who is compared: each peer's environment, and the command that serves the two pages.

An environment is made once, under benchmarks/.peers, and again when its requirements change.
How a server is run and measured is not known here.
"""

import shutil
import subprocess
import sys
import venv
from dataclasses import dataclass
from pathlib import Path

APPS = Path(__file__).parent / "apps"
ENVIRONMENTS = Path(__file__).parent / ".peers"


class MissingProgram(Exception):
    """A program that the benchmarks drive is not installed; the text says how to get it."""


@dataclass(frozen=True)
class Peer:
    """A server to measure.

    `requirements` are what pip installs into an environment of its own; none means the
    environment that runs the benchmarks. `shown` are the distributions to give versions of.
    """

    name: str
    app: str
    requirements: tuple[str, ...] = ()
    shown: tuple[str, ...] = ()

    def prepare(self) -> None:
        """Make the environment if it is not there as required."""
        if self.requirements:
            _make_environment(self._environment, self.requirements)

    def command(self, port: int, directory: Path) -> list[str]:
        """Return the command that serves on the port; it may write into the directory."""
        return [str(self._python), str(APPS / self.app), str(port)]

    def version(self) -> str:
        """Return what runs: the distributions and their versions."""
        code = "import sys, importlib.metadata as m; print(*map(m.version, sys.argv[1:]))"
        command = [str(self._python), "-c", code, *self.shown]
        found = subprocess.run(command, check=True, capture_output=True, text=True).stdout
        return ", ".join(
            f"{name} {version}" for name, version in zip(self.shown, found.split(), strict=True)
        )

    @property
    def _environment(self) -> Path:
        return ENVIRONMENTS / self.name

    @property
    def _python(self) -> Path:
        return self._environment / "bin" / "python" if self.requirements else Path(sys.executable)


class Nginx(Peer):
    """A server that is a program of Debian, and answers constants from its configuration."""

    def prepare(self) -> None:
        """Raise MissingProgram if nginx is not installed."""
        require("nginx")

    def command(self, port: int, directory: Path) -> list[str]:
        """Write the configuration, and return the command that serves it."""
        text = (APPS / self.app).read_text()
        text = text.replace("@PORT@", str(port)).replace("@DIRECTORY@", str(directory))
        configuration = directory / "nginx.conf"
        configuration.write_text(text)
        run = ["-p", str(directory), "-e", "stderr", "-c", str(configuration), "-g", "daemon off;"]
        return [require("nginx"), *run]

    def version(self) -> str:
        """Return the version as nginx gives it."""
        shown = subprocess.run([require("nginx"), "-v"], check=True, capture_output=True, text=True)
        return shown.stderr.rpartition("nginx/")[2].strip().join(["nginx ", ""])


OURS = Peer("ours", "cherrypy_pages.py", shown=("cherrypy",))

PEERS: tuple[Peer, ...] = (
    OURS,
    Peer("cherrypy", "cherrypy_pages.py", ("cherrypy",), ("cherrypy", "cheroot")),
    Peer("flask", "flask_pages.py", ("flask", "waitress"), ("flask", "waitress")),
    Peer(
        "starlette",
        "starlette_pages.py",
        ("starlette", "uvicorn[standard]"),
        ("starlette", "uvicorn", "uvloop", "httptools"),
    ),
    Nginx("nginx", "nginx.conf"),
)


def require(program: str) -> str:
    """Return the path of a program, or raise MissingProgram."""
    # NOTE: nginx is in a directory that is often on root's path only.
    found = shutil.which(program) or shutil.which(program, path="/usr/sbin:/usr/local/sbin")
    if not found:
        raise MissingProgram(f"{program} is not installed. On Debian: apt install {program}")
    return found


def _make_environment(directory: Path, requirements: tuple[str, ...]) -> None:
    stamp = directory / ".installed"
    wanted = "\n".join(requirements)
    if stamp.exists() and stamp.read_text() == wanted:
        return
    print(f"Setting up {directory.name} ...", file=sys.stderr)
    venv.create(directory, clear=True, with_pip=True)
    pip = [str(directory / "bin" / "python"), "-m", "pip", "install", "-qq"]
    subprocess.run([*pip, *requirements], check=True)
    stamp.write_text(wanted)
