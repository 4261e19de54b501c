"""The manual's first programs, word for word, as processes: pages, log lines, and their end.

Only the port is not the manual's: a wrapper sets one that is free, then runs the file unmodified.
"""

import re
import signal
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from tests.process.helper import Program

WRAPPER = """\
import runpy, sys
import cherrypy
cherrypy.config.update({'server.socket_port': 0})
sys.argv = sys.argv[1:]
runpy.run_path(sys.argv[0], run_name='__main__')
"""

TUT01 = """\
import cherrypy

class HelloWorld(object):
    @cherrypy.expose
    def index(self):
        return "Hello world!"

if __name__ == '__main__':
    cherrypy.quickstart(HelloWorld())
"""

TUT02 = """\
import random
import string

import cherrypy

class StringGenerator(object):
    @cherrypy.expose
    def index(self):
        return "Hello world!"

    @cherrypy.expose
    def generate(self):
        return ''.join(random.sample(string.hexdigits, 8))

if __name__ == '__main__':
    cherrypy.quickstart(StringGenerator())
"""

TUT03 = """\
import random
import string

import cherrypy

class StringGenerator(object):
    @cherrypy.expose
    def index(self):
        return "Hello world!"

    @cherrypy.expose
    def generate(self, length=8):
        return ''.join(random.sample(string.hexdigits, int(length)))

if __name__ == '__main__':
    cherrypy.quickstart(StringGenerator())
"""

FORM = """\
<html>
          <head></head>
          <body>
            <form method="get" action="generate">
              <input type="text" value="8" name="length" />
              <button type="submit">Give it now!</button>
            </form>
          </body>
        </html>"""

TUT04 = TUT03.replace('"Hello world!"', f'"""{FORM}"""')

MYAPP = """\
import cherrypy

class Root(object):
    @cherrypy.expose
    def index(self):
        return "Hello World!"

if __name__ == '__main__':
    cherrypy.quickstart(Root(), '/')
"""

#: The manual, 'Tutorial 1', without the time stamps.
STARTED = """\
ENGINE Listening for SIGHUP.
ENGINE Listening for SIGTERM.
ENGINE Listening for SIGUSR1.
ENGINE Bus STARTING
CherryPy Checker:
The Application mounted at '' has an empty config.

ENGINE Started monitor thread 'Autoreloader'.
ENGINE Started monitor thread '_TimeoutMonitor'.
ENGINE Serving on http://127.0.0.1:8080
ENGINE Bus STARTED
""".splitlines()

STOPPED = """\
ENGINE Bus STOPPING
ENGINE HTTP Server http://127.0.0.1:8080 shut down
ENGINE Stopped thread '_TimeoutMonitor'.
ENGINE Stopped thread 'Autoreloader'.
ENGINE Bus STOPPED
ENGINE Bus EXITING
ENGINE Bus EXITED
ENGINE Waiting for child threads to terminate...
""".splitlines()

TIME = re.compile(r"^\[\d\d/\w{3}/\d{4}:\d\d:\d\d:\d\d\] ")


def without_times(lines: list[str]) -> list[str]:
    """Return log lines as the manual would have them: no times, and its port."""
    return [re.sub(r"127\.0\.0\.1:\d+", "127.0.0.1:8080", TIME.sub("", line)) for line in lines]


@contextmanager
def running(
    program: str, directory: Path, *, name: str = "tut.py"
) -> Iterator[tuple[Program, str]]:
    """Run a program until it is started; give it with its address."""
    (directory / "wrapper.py").write_text(WRAPPER)
    (directory / name).write_text(program)
    with Program("-u", "wrapper.py", name, directory=directory) as process:
        process.expect("Bus STARTED")
        yield process, address_in(process.seen)


def address_in(lines: list[str]) -> str:
    found = re.search(r"Serving on (http://\S+)", "\n".join(lines))
    assert found
    return found[1]


def fetch(address: str) -> str:
    with urllib.request.urlopen(address, timeout=10) as response:
        assert response.headers["Content-Type"] == "text/html;charset=utf-8"
        return str(response.read().decode())


@pytest.mark.parametrize(
    ("end", "told"),
    [
        (signal.SIGTERM, ["ENGINE Caught signal SIGTERM."]),
        (signal.SIGINT, ["ENGINE Keyboard Interrupt: shutting down bus"]),
    ],
)
def test_tutorial_1_runs_and_logs_as_the_manual_shows(
    tmp_path: Path, end: signal.Signals, told: list[str]
) -> None:
    with running(TUT01, tmp_path) as (program, address):
        assert without_times(program.seen) == STARTED
        assert fetch(f"{address}/") == "Hello world!"
        assert re.fullmatch(
            r'127\.0\.0\.1 - - \[[^]]+\] "GET / HTTP/1\.1" 200 12 "" "Python-urllib/[\d.]+"',
            program.expect("GET / "),
        )
        before = len(program.seen)
        program.send(end)
        lines = without_times(program.rest()[before:])
        assert program.process.returncode == 0
        assert lines[: len(told)] == told
        assert sorted(lines[len(told) :]) == sorted(STOPPED)
        assert lines[-1] == STOPPED[-1]


def test_tutorial_2_has_two_pages(tmp_path: Path) -> None:
    with running(TUT02, tmp_path) as (_, address):
        assert fetch(f"{address}/") == "Hello world!"
        assert re.fullmatch("[0-9a-fA-F]{8}", fetch(f"{address}/generate"))


def test_tutorial_3_takes_a_parameter(tmp_path: Path) -> None:
    with running(TUT03, tmp_path) as (_, address):
        assert re.fullmatch("[0-9a-fA-F]{8}", fetch(f"{address}/generate"))
        assert re.fullmatch("[0-9a-fA-F]{16}", fetch(f"{address}/generate?length=16"))


def test_tutorial_4_has_a_form_that_may_be_posted_too(tmp_path: Path) -> None:
    with running(TUT04, tmp_path) as (_, address):
        assert fetch(f"{address}/") == FORM
        assert re.fullmatch("[0-9a-fA-F]{5}", fetch(f"{address}/generate?length=5"))
        with urllib.request.urlopen(f"{address}/generate", b"length=6", timeout=10) as response:
            assert re.fullmatch(b"[0-9a-fA-F]{6}", response.read())


def test_the_one_minute_application_runs(tmp_path: Path) -> None:
    with running(MYAPP, tmp_path, name="myapp.py") as (program, address):
        assert without_times(program.seen) == STARTED
        assert fetch(f"{address}/") == "Hello World!"


def test_the_page_is_not_changed_by_the_connection_that_asks(tmp_path: Path) -> None:
    with running(TUT01, tmp_path) as (_, address):
        client = HTTPConnection(urlsplit(address).netloc, timeout=10)
        for method in ("GET", "HEAD", "POST", "GET"):
            client.request(method, "/")
            body = client.getresponse().read()
            assert body == (b"" if method == "HEAD" else b"Hello world!")
        client.close()


# What a program may do before and after

EXAMPLE_OF_LOGGERS = """\
import logging
import logging.config
import cherrypy

logger = logging.getLogger()
db_logger = logging.getLogger('db')

LOG_CONF = {
    'version': 1,

    'formatters': {
        'void': {
            'format': ''
        },
        'standard': {
            'format': '%(asctime)s [%(levelname)s] %(name)s: %(message)s'
        },
    },
    'handlers': {
        'default': {
            'level':'INFO',
            'class':'logging.StreamHandler',
            'formatter': 'standard',
            'stream': 'ext://sys.stdout'
        },
        'cherrypy_console': {
            'level':'INFO',
            'class':'logging.StreamHandler',
            'formatter': 'void',
            'stream': 'ext://sys.stdout'
        },
        'cherrypy_access': {
            'level':'INFO',
            'class': 'logging.handlers.RotatingFileHandler',
            'formatter': 'void',
            'filename': 'access.log',
            'maxBytes': 10485760,
            'backupCount': 20,
            'encoding': 'utf8'
        },
        'cherrypy_error': {
            'level':'INFO',
            'class': 'logging.handlers.RotatingFileHandler',
            'formatter': 'void',
            'filename': 'errors.log',
            'maxBytes': 10485760,
            'backupCount': 20,
            'encoding': 'utf8'
        },
    },
    'loggers': {
        '': {
            'handlers': ['default'],
            'level': 'INFO'
        },
        'db': {
            'handlers': ['default'],
            'level': 'INFO' ,
            'propagate': False
        },
        'cherrypy.access': {
            'handlers': ['cherrypy_access'],
            'level': 'INFO',
            'propagate': False
        },
        'cherrypy.error': {
            'handlers': ['cherrypy_console', 'cherrypy_error'],
            'level': 'INFO',
            'propagate': False
        },
    }
}

class Root(object):
    @cherrypy.expose
    def index(self):

        logger.info("boom")
        db_logger.info("bam")
        cherrypy.log("bang")

        return "hello world"

if __name__ == '__main__':
    cherrypy.config.update({'log.screen': False,
                            'log.access_file': '',
                            'log.error_file': ''})
    cherrypy.engine.unsubscribe('graceful', cherrypy.log.reopen_files)
    logging.config.dictConfig(LOG_CONF)
    cherrypy.quickstart(Root())
"""


def test_the_example_of_other_loggers_logs_where_it_says(tmp_path: Path) -> None:
    with running(EXAMPLE_OF_LOGGERS, tmp_path) as (program, address):
        assert fetch(f"{address}/") == "hello world"
        program.expect("[INFO] root: boom")
        program.expect("[INFO] db: bam")
        program.expect("  bang")
        program.send(signal.SIGTERM)
        printed = program.rest()
        assert program.process.returncode == 0
    assert [line for line in printed if "GET /" in line] == []
    assert '"GET / HTTP/1.1" 200 11' in (tmp_path / "access.log").read_text("utf-8")
    errors = (tmp_path / "errors.log").read_text("utf-8")
    assert "bang" in errors
    assert "ENGINE Bus EXITED" in errors


def test_a_program_may_give_its_config_as_an_open_file(tmp_path: Path) -> None:
    (tmp_path / "app.conf").write_text(
        "[global]\nserver.thread_pool: 2\n[/]\nmy.key: 'mine'\n"
        "[/favicon.ico]\ntools.encode.on: False\n"
    )
    program = """\
import cherrypy

class Root:
    @cherrypy.expose
    def index(self):
        key = cherrypy.request.config['my.key']
        return f"{key} {cherrypy.server.thread_pool} {'/favicon.ico' in cherrypy.config}"

with open('app.conf') as file:
    cherrypy.quickstart(Root(), '', file)
"""
    with running(program, tmp_path) as (_, address):
        assert fetch(f"{address}/") == "mine 2 False"


def test_a_port_in_use_can_be_caught_from_the_engine(tmp_path: Path) -> None:
    program = """\
import socket
import cherrypy

with socket.create_server(('127.0.0.1', 0)) as taken:
    cherrypy.config.update({'server.socket_port': taken.getsockname()[1], 'log.screen': False})
    try:
        cherrypy.engine.start()
    except Exception as error:
        print('caught', type(error).__name__, error)
"""
    (tmp_path / "taken.py").write_text(program)
    with Program("taken.py", directory=tmp_path) as process:
        line = process.expect("caught")
        process.rest()
    assert re.search(r"Cannot serve on http://127\.0\.0\.1:\d+: .*in use", line)
    assert process.process.returncode == 0


def test_the_installed_tutorial_answers(tmp_path: Path) -> None:
    (tmp_path / "wrapper.py").write_text(
        "import cherrypy, runpy\n"
        "take_a_free_port = lambda: setattr(cherrypy.server, 'socket_port', 0)\n"
        "cherrypy.engine.subscribe('start', take_a_free_port, priority=1)\n"
        "runpy.run_module('cherrypy.tutorial.tut01_helloworld', run_name='__main__')\n"
    )
    with Program("-u", "wrapper.py", directory=tmp_path) as program:
        program.expect("Bus STARTED")
        with urllib.request.urlopen(address_in(program.seen), timeout=10) as response:
            assert response.read() == b"Hello world!"
        program.send(signal.SIGTERM)
        program.rest()
    assert program.process.returncode == 0
