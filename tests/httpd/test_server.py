"""Starting, stopping, waiting, overload: the life of a server and of its connections."""

import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from cherrypy.httpd import Exchange, Head, HTTPServer, Settings
from cherrypy.httpd.head import HeadParser
from cherrypy.httpd.protocol import RequestProtocol

from .serving import PATIENCE, TEXT, hello, read_all, read_until, serving, status_of, wait_until

GET = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"
LAST = b"GET /last HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"


class Gate:
    """A gateway that holds requests until it is opened."""

    def __init__(self) -> None:
        self.entered = threading.Semaphore(0)
        self.opened = threading.Event()

    def __call__(self, exchange: Exchange) -> None:
        self.entered.release()
        assert self.opened.wait(PATIENCE)
        exchange.respond(b"200 OK", TEXT, b"done")


def is_served(address: tuple[str, int]) -> bool:
    try:
        with socket.create_connection(address, timeout=PATIENCE) as client:
            client.sendall(GET)
            return bool(client.recv(1))
    except OSError:
        return False  # refused or reset, as the platform likes


def descriptors() -> int:
    return len(os.listdir("/proc/self/fd"))


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("thread_pool", 0),
        ("thread_pool", "10"),
        ("server_name", "two\nlines"),
        ("socket_timeout", "ten"),
        ("protocol_version", 1.1),
    ],
)
def test_settings_that_make_no_sense_are_refused_before_anything_is_bound(
    setting: str, value: object
) -> None:
    settings = Settings(bind_addr=("127.0.0.1", 0))
    setattr(settings, setting, value)
    server = HTTPServer(hello, settings)
    with pytest.raises((ValueError, TypeError, AttributeError)):
        server.prepare()
    assert server.bound_addr is None
    server.stop()


def test_a_server_that_gets_no_threads_says_so_and_can_be_stopped(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def refuse(thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    server = HTTPServer(hello, Settings(bind_addr=("127.0.0.1", 0)))
    server.prepare()
    with monkeypatch.context() as patched:
        patched.setattr("cherrypy.httpd.workers.WorkerThread.start", refuse)
        with pytest.raises(RuntimeError, match="thread"):
            server.serve()
    assert not server.ready
    assert server.bound_addr is None
    server.stop()


_STOPPED_BY_A_SIGNAL = """
import signal, threading
from cherrypy.httpd import HTTPServer, Settings

def gateway(exchange):
    exchange.respond(b"200 OK", [], b"hello")
    signal.raise_signal(signal.SIGINT)  # python runs its handler in the main thread

server = HTTPServer(gateway, Settings(bind_addr=("127.0.0.1", 0), thread_pool=2))
signal.signal(signal.SIGINT, lambda *_: (server.stop(), server.stop()))
server.prepare()
print(server.bound_addr[1], flush=True)
server.serve()
print("stopped with", threading.active_count(), "thread", flush=True)
"""


def test_a_signal_handler_stops_the_server_that_runs_in_its_thread() -> None:
    command = [sys.executable, "-c", _STOPPED_BY_A_SIGNAL]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as program:
        try:
            assert program.stdout is not None
            port = int(program.stdout.readline())
            assert is_served(("127.0.0.1", port))
            rest, _ = program.communicate(timeout=PATIENCE)
        finally:
            program.kill()
    assert rest == "stopped with 1 thread\n"


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="counts descriptors in /proc")
def test_a_hundred_starts_and_stops_leave_nothing() -> None:
    server = HTTPServer(hello, Settings(bind_addr=("127.0.0.1", 0), thread_pool=2))
    threads, files = threading.active_count(), descriptors()
    for _ in range(100):
        server.prepare()
        thread = threading.Thread(target=server.serve)
        thread.start()
        assert isinstance(server.bound_addr, tuple)
        with socket.create_connection(server.bound_addr, timeout=PATIENCE) as client:
            client.sendall(GET)
            read_until(client, b"GET / 0")
            server.stop()
            assert client.recv(1) == b""
        thread.join()
    assert (threading.active_count(), descriptors()) == (threads, files)
    assert not server.ready


def test_stop_is_valid_in_any_state_and_any_number_of_times() -> None:
    server = HTTPServer(hello, Settings(bind_addr=("127.0.0.1", 0)))
    server.stop()
    server.prepare()
    server.stop()
    server.serve()  # stopped meanwhile, so there is nothing to serve
    with serving() as running:
        running.server.stop()
        running.server.stop()
    assert running.server.bound_addr is None


def test_many_threads_may_stop_at_one_time() -> None:
    with serving() as running:
        stoppers = [threading.Thread(target=running.server.stop) for _ in range(5)]
        for stopper in stoppers:
            stopper.start()
        for stopper in stoppers:
            stopper.join(PATIENCE)
            assert not stopper.is_alive()
    assert running.server.requests._threads == []


def test_a_handler_may_stop_its_server_and_still_answers() -> None:
    def stop(exchange: Exchange) -> None:
        exchange.server.stop()
        exchange.respond(b"200 OK", TEXT, b"bye")

    with serving(stop) as running:
        assert running.ask(GET).endswith(b"bye")


def test_a_port_in_use_is_an_error_that_names_the_address() -> None:
    with serving() as running:
        host, port = running.address
        second = HTTPServer(hello, Settings(bind_addr=(host, port)))
        with pytest.raises(OSError, match=f"{host}:{port}"):
            second.start()
        second.stop()


def test_a_server_cannot_be_started_twice() -> None:
    with serving() as running, pytest.raises(RuntimeError, match="started already"):
        running.server.prepare()


@pytest.mark.skipif(not hasattr(socket, "AF_UNIX"), reason="no unix sockets")
def test_a_unix_socket_is_served_and_its_path_taken_away(tmp_path: Path) -> None:
    path = str(tmp_path / "s")
    for _ in range(2):
        with serving(bind_addr=path), socket.socket(socket.AF_UNIX) as client:
            client.connect(path)
            client.sendall(LAST)
            assert status_of(read_all(client)) == 200
        assert not os.path.exists(path)


@pytest.mark.skipif(not hasattr(socket, "AF_UNIX"), reason="no unix sockets")
def test_the_path_of_a_dead_server_is_taken_over_and_that_of_a_live_one_not(tmp_path: Path) -> None:
    path = str(tmp_path / "s")
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(path)
    with serving(bind_addr=path), pytest.raises(OSError, match=path):
        HTTPServer(hello, Settings(bind_addr=path)).prepare()


def test_a_running_request_finishes_before_the_server_stops() -> None:
    gate = Gate()
    with serving(gate) as running, running.connect() as client:
        client.sendall(GET)
        gate.entered.acquire()
        stopper = threading.Thread(target=running.server.stop)
        stopper.start()
        wait_until(lambda: running.server.stopping)
        gate.opened.set()
        answer = read_all(client)
        stopper.join(PATIENCE)
    assert answer.endswith(b"done")
    assert b"\r\nConnection: close\r\n" in answer


def test_stopping_refuses_new_connections_and_ends_idle_ones() -> None:
    gate = Gate()
    with serving(gate) as running, running.connect() as busy, running.connect() as idle:
        address = running.address
        busy.sendall(GET)
        gate.entered.acquire()
        stopper = threading.Thread(target=running.server.stop)
        stopper.start()
        assert idle.recv(1) == b""
        assert not is_served(address)
        gate.opened.set()
        stopper.join(PATIENCE)


def test_a_worker_that_waits_for_a_client_is_cut_off_at_the_shutdown_timeout() -> None:
    entered = threading.Event()

    def read(exchange: Exchange) -> None:
        entered.set()
        exchange.rfile.read()

    with serving(read, shutdown_timeout=0.05) as running, running.connect() as client:
        client.sendall(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\n")
        assert entered.wait(PATIENCE)
        started = time.monotonic()
        running.server.stop()
        assert time.monotonic() - started < 1.5
        assert running.server.requests._threads == []


def test_an_interrupt_ends_serve_which_raises_it() -> None:
    server = HTTPServer(hello, Settings(bind_addr=("127.0.0.1", 0)))
    server.prepare()
    raised: list[BaseException] = []

    def serve() -> None:
        try:
            server.serve()
        except KeyboardInterrupt as error:
            raised.append(error)

    thread = threading.Thread(target=serve)
    thread.start()
    wait_until(lambda: server.ready)
    error = KeyboardInterrupt("enough")
    server.interrupt = error
    thread.join(PATIENCE)
    assert raised == [error]
    assert server.bound_addr is None


# -- deadlines


def test_a_slow_head_is_answered_408() -> None:
    with serving(head_timeout=0.05) as running:
        answer = running.ask(b"GET / HTTP/1.1\r\nHo")
    assert status_of(answer) == 408


def test_a_slow_second_head_is_answered_408_too() -> None:
    with serving(head_timeout=0.05) as running:
        answer = running.ask(GET + b"GET / HT")
    assert answer.count(b"200 OK") == 1
    assert b"HTTP/1.1 408 " in answer


def test_an_idle_connection_is_closed_without_a_word() -> None:
    with serving(keep_alive_timeout=0.05) as running:
        assert running.ask(b"") == b""
        assert running.ask(GET).endswith(b"GET / 0")


@pytest.mark.parametrize("settings", [{"socket_timeout": 0.05}, {"min_body_rate": 1e9}])
def test_a_slow_body_is_answered_408(settings: dict[str, float]) -> None:
    with serving(**{"socket_timeout": 0.1, **settings}) as running:
        answer = running.ask(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhel")
    assert status_of(answer) == 408


def test_a_client_that_does_not_read_is_given_up() -> None:
    ended = threading.Event()

    def flood(exchange: Exchange) -> None:
        try:
            exchange.stream(b"200 OK", TEXT, iter(lambda: b"x" * 100000, b""))
        finally:
            ended.set()

    with serving(flood, write_timeout=0.05) as running, running.connect() as client:
        client.sendall(GET)
        assert ended.wait(PATIENCE)
    assert running.log == []


# -- overload


def test_a_full_queue_is_answered_503_and_recovers() -> None:
    gate = Gate()
    with serving(gate, thread_pool=1, accepted_queue_size=1) as running:
        with running.connect() as first, running.connect() as second:
            first.sendall(GET)
            gate.entered.acquire()
            second.sendall(GET)
            wait_until(lambda: running.server.requests.qsize == 1)
            answer = running.ask(GET)
            assert status_of(answer) == 503
            assert b"\r\nRetry-After: 1\r\n" in answer
            gate.opened.set()
            assert read_until(first, b"done")
            assert read_until(second, b"done")
        assert status_of(running.ask(LAST)) == 200


def test_one_connection_too_many_is_answered_503_and_recovers() -> None:
    with serving(max_connections=1) as running:
        with running.connect() as first:
            first.sendall(GET)
            read_until(first, b"GET / 0")
            assert status_of(running.ask(b"")) == 503
        wait_until(lambda: running.ask(LAST)[9:12] == b"200")


def test_a_request_that_waits_gets_a_worker_while_another_is_held() -> None:
    gate = Gate()

    def some_wait(exchange: Exchange) -> None:
        if exchange.head.path == "/last":
            hello(exchange)
        else:
            gate(exchange)

    with serving(some_wait, thread_pool=4) as running:
        clients = [socket.create_connection(running.address, timeout=PATIENCE) for _ in range(3)]
        try:
            for client in clients:
                client.sendall(GET)
            for _ in clients:
                assert gate.entered.acquire(timeout=PATIENCE)
            assert status_of(running.ask(LAST)) == 200
            gate.opened.set()
            for client in clients:
                read_until(client, b"done")
        finally:
            for client in clients:
                client.close()


def test_hundreds_of_idle_connections_are_held_and_others_served() -> None:
    idle: list[socket.socket] = []
    try:
        with serving() as running:
            address = running.address
            idle.extend(socket.create_connection(address, PATIENCE) for _ in range(400))
            assert status_of(running.ask(LAST)) == 200
            idle[0].sendall(LAST)
            assert status_of(read_all(idle[0])) == 200
    finally:
        for client in idle:
            client.close()


def test_the_pool_grows_and_shrinks() -> None:
    with serving(thread_pool=1) as running:
        pool = running.server.requests
        pool.grow(2)
        wait_until(lambda: pool.idle == 3)
        pool.shrink(5)
        wait_until(lambda: sum(thread.is_alive() for thread in pool._threads) == 1)
        assert status_of(running.ask(LAST)) == 200


def test_the_listeners_of_workers_are_called_in_their_threads() -> None:
    calls: list[tuple[str, int]] = []

    def note(name: str) -> Callable[[], None]:
        return lambda: calls.append((name, threading.get_ident()))

    with serving(on_worker_start=note("start"), on_worker_stop=note("stop"), thread_pool=2):
        wait_until(lambda: len(calls) == 2)
    assert sorted(name for name, _ in calls) == ["start", "start", "stop", "stop"]
    assert len({ident for _, ident in calls}) == 2


def test_limits_can_be_changed_while_running() -> None:
    with serving() as running:
        running.server.max_request_body_size = 2
        running.server.timeout = 0.05
        body = b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc"
        assert status_of(running.ask(body)) == 413
        assert running.ask(GET).endswith(b"GET / 0")  # closed by the new timeout


def test_a_mistake_of_ours_costs_one_connection_and_not_the_server(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fail(protocol: RequestProtocol, data: bytes, heads: HeadParser) -> Head | None:
        raise ZeroDivisionError

    with serving() as running:
        with monkeypatch.context() as patch:
            patch.setattr(RequestProtocol, "receive_head", fail)
            assert running.ask(GET) == b""
        assert status_of(running.ask(LAST)) == 200
    assert running.log == ["Error in the reactor"]
