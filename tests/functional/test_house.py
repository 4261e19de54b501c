"""What a newcomer types and sees: the make targets, the demonstration site, the tutorial."""

import json
import os
import re
import shutil
import subprocess
import sys
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from cherrypy.tutorial import tut01_helloworld

PROJECT = Path(__file__).parent.parent.parent
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
WAIT_SECONDS = 60


@contextmanager
def running(*command: str, until: str) -> Iterator[str]:
    """Run a program that serves a site; give what it has printed up to the line that ends so."""
    process = subprocess.Popen(
        command, cwd=PROJECT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    try:
        assert process.stdout
        printed = ""
        for line in process.stdout:
            printed += line
            if line.rstrip().endswith(until):
                yield printed
                break
        else:
            pytest.fail(f"{until!r} was not printed:\n{printed}")
    finally:
        process.terminate()
        rest = process.communicate(timeout=WAIT_SECONDS)[0]
    assert "Bus EXITED" in rest
    assert process.returncode == 0


def address_in(printed: str) -> str:
    """Return the address of the site that a program has printed."""
    found = re.search(r"Serving on (http://\S+)", printed)
    assert found, printed
    return found[1]


@pytest.fixture(scope="module")
def site() -> Iterator[str]:
    """The address of the demonstration site."""
    with running(sys.executable, "-m", "demo", "--port", "0", until="Bus STARTED") as printed:
        address = address_in(printed)
        assert f"The demonstration site is on {address}/" in printed
        yield address


def fetch(address: str, form: dict[str, str] | None = None) -> tuple[int, str]:
    """Return status and text of a page, whatever the status is."""
    data = urllib.parse.urlencode(form).encode() if form is not None else None
    try:
        with urllib.request.urlopen(address, data, timeout=WAIT_SECONDS) as response:
            return response.status, response.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode()


def links_of(page: str, attribute: str = "href|src|action") -> set[str]:
    """Return the addresses that a page names."""
    return {link.replace("&amp;", "&") for link in re.findall(rf'(?:{attribute})="([^"]+)"', page)}


def test_every_link_of_the_site_leads_somewhere(site: str) -> None:
    status, home = fetch(f"{site}/")
    assert status == 200
    links = links_of(home)
    assert {"/guests/", "/static/style.css", "/static/mark.svg"} <= links
    assert {link: fetch(site + link)[0] for link in links} == dict.fromkeys(links, 200)


def test_the_pages_load_nothing_from_elsewhere(site: str) -> None:
    for path in ("/", "/guests/", "/request", "/errors/"):
        assert all(link.startswith("/") for link in links_of(fetch(site + path)[1]))


def test_what_is_written_into_the_guest_book_can_be_read_and_found(site: str) -> None:
    entry = {"name": "Ada", "message": "A <b>bold</b> engine, naïve & tidy"}
    status, book = fetch(f"{site}/guests/write", entry)
    assert status == 200
    assert "A &lt;b&gt;bold&lt;/b&gt; engine, naïve &amp; tidy" in book
    assert "Ada" in fetch(f"{site}/guests/?search=NA%C3%8FVE")[1]
    assert "Nobody wrote that" in fetch(f"{site}/guests/?search=absent")[1]


@pytest.mark.parametrize("form", [{"name": "", "message": "x"}, {"name": "x" * 41, "message": "x"}])
def test_the_guest_book_refuses_what_does_not_fit(site: str, form: dict[str, str]) -> None:
    assert fetch(f"{site}/guests/write", form)[0] == 400


def test_writing_by_get_is_refused(site: str) -> None:
    assert fetch(f"{site}/guests/write?name=a&message=b")[0] == 405


def test_the_request_page_shows_what_was_sent(site: str) -> None:
    page = fetch(f"{site}/request?colour=green&colour=blue&mark=%3Cb%3E")[1]
    assert "green, blue" in page
    assert "&lt;b&gt;" in page
    assert "GET /request?colour=green" in page


def test_the_count_is_sent_while_it_is_made(site: str) -> None:
    with urllib.request.urlopen(f"{site}/count", timeout=WAIT_SECONDS) as response:
        assert "Content-Length" not in response.headers
        assert " 99 100 " in response.read().decode()


@pytest.mark.parametrize(
    ("path", "status", "text"),
    [
        ("/errors/nowhere", 404, "Back to the start"),
        ("/errors/teapot", 418, "Coffee is brewed elsewhere."),
        ("/errors/broken", 500, "ZeroDivisionError"),
        ("/errors/greet", 404, "Missing parameters: name"),
    ],
)
def test_each_error_shows_its_page(site: str, path: str, status: int, text: str) -> None:
    found, page = fetch(site + path)
    assert found == status
    assert text in page


@pytest.mark.skipif(not CHROMIUM, reason="chromium is not installed")
def test_a_browser_shows_the_site(site: str, tmp_path: Path) -> None:
    assert CHROMIUM
    command = [CHROMIUM, "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]
    command += [f"--user-data-dir={tmp_path}", "--dump-dom", f"{site}/"]
    shown = subprocess.run(
        command, capture_output=True, text=True, timeout=WAIT_SECONDS, check=True
    )
    assert "<h1>Welcome</h1>" in shown.stdout


# The manual, 'Test your installation': what the first tutorial logs.
TUTORIAL_LOG = """
[15/Feb/2014:21:51:22] ENGINE Listening for SIGHUP.
[15/Feb/2014:21:51:22] ENGINE Listening for SIGTERM.
[15/Feb/2014:21:51:22] ENGINE Listening for SIGUSR1.
[15/Feb/2014:21:51:22] ENGINE Bus STARTING
[15/Feb/2014:21:51:22] ENGINE Started monitor thread 'Autoreloader'.
[15/Feb/2014:21:51:22] ENGINE Started monitor thread '_TimeoutMonitor'.
[15/Feb/2014:21:51:22] ENGINE Serving on http://127.0.0.1:8080
[15/Feb/2014:21:51:23] ENGINE Bus STARTED
"""


def test_the_first_tutorial_answers_and_logs_as_in_the_manual(tmp_path: Path) -> None:
    # A port that is free, in place of the 8080 of tutorial.conf.
    configuration = tmp_path / "tutorial.conf"
    configuration.write_text(tut01_helloworld.CONFIGURATION.read_text().replace("8080", "0"))
    code = (
        "import sys\n"
        "import cherrypy\n"
        "from cherrypy.tutorial import tut01_helloworld\n"
        "cherrypy.quickstart(tut01_helloworld.HelloWorld(), config=sys.argv[1])\n"
    )
    with running(sys.executable, "-c", code, str(configuration), until="Bus STARTED") as printed:
        address = address_in(printed)
        assert fetch(f"{address}/") == (200, "Hello world!")
    assert _without_times(printed) == _without_times(
        TUTORIAL_LOG.replace("http://127.0.0.1:8080", address)
    )


def _without_times(log: str) -> list[str]:
    return [line.partition("] ")[2] for line in log.strip().splitlines()]


def test_make_names_what_to_install_when_python_is_too_old(tmp_path: Path) -> None:
    old = tmp_path / "python-old"
    old.write_text('#!/bin/sh\n[ "$1" = --version ] && echo Python 3.10.1\nexit 1\n')
    old.chmod(0o755)
    for name in ("Makefile", "pyproject.toml"):
        shutil.copy(PROJECT / name, tmp_path)
    made = subprocess.run(
        ["make", "lint", f"PYTHON={old}"], cwd=tmp_path, capture_output=True, text=True
    )
    assert made.returncode != 0
    assert "Python 3.11 or later is needed" in made.stderr
    assert "Python 3.10.1" in made.stderr


def test_every_make_target_that_is_promised_exists() -> None:
    environment = {key: value for key, value in os.environ.items() if key != "MAKEFLAGS"}
    shown = subprocess.run(
        ["make", "help"], cwd=PROJECT, capture_output=True, text=True, check=True, env=environment
    ).stdout
    targets = set(re.findall(r"^\s+make (\w+)", shown, re.MULTILINE))
    assert {"demo", "test", "bench", "format", "clean", "help"} <= targets


@pytest.mark.skipif(not shutil.which("wrk"), reason="wrk is not installed")
def test_the_benchmarks_measure_a_server(tmp_path: Path) -> None:
    samples = tmp_path / "samples.json"
    command = [sys.executable, "-m", "benchmarks", "--peer", "ours", "--only", "hello"]
    command += ["--rounds", "1", "--seconds", "1", "--json", str(samples)]
    shown = subprocess.run(
        command, cwd=PROJECT, capture_output=True, text=True, timeout=WAIT_SECONDS
    )
    assert shown.returncode == 0, shown.stderr
    assert "hello: GET / over 32 keep-alive connections" in shown.stdout
    (sample,) = json.loads(samples.read_text())["hello"]["ours"]
    assert sample["errors"] == 0
    assert sample["requests_per_second"] > 100
    assert sample["cpu"] > 0


def test_the_benchmarks_say_what_to_install() -> None:
    shown = subprocess.run(
        [sys.executable, "-m", "benchmarks", "--peer", "ours"],
        cwd=PROJECT,
        env={**os.environ, "PATH": "/nowhere"},
        capture_output=True,
        text=True,
        timeout=WAIT_SECONDS,
    )
    assert shown.returncode == 1
    assert shown.stderr == "wrk is not installed. On Debian: apt install wrk\n"
