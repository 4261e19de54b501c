"""`cherrypy.server`: its settings, its life with and without the engine, who hears of it."""

import logging
import os
import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.hosting.site import PATIENCE, Client, Site

import cherrypy
from cherrypy.hosting.server import Server
from cherrypy.hosting.servers import CPHTTPServer, CPWSGIServer
from cherrypy.process.wspbus import Bus, ChannelFailures


@pytest.fixture
def bus() -> Iterator[Bus]:
    """A bus of one's own, which has exited at the end."""
    bus = Bus()
    yield bus
    bus.exit()


@pytest.fixture
def listening() -> Iterator[Any]:
    """Subscribe to channels of the engine until the end of the test."""
    subscribed: list[tuple[str, Any]] = []

    def subscribe(channel: str, listener: Any) -> None:
        cherrypy.engine.subscribe(channel, listener)
        subscribed.append((channel, listener))

    yield subscribe
    for channel, listener in subscribed:
        cherrypy.engine.unsubscribe(channel, listener)


def ephemeral(bus: Bus | None = None, **settings: Any) -> Server:
    server = Server(bus)
    server.socket_port = 0
    for name, value in settings.items():
        setattr(server, name, value)
    return server


# Life


def test_a_server_serves_without_the_engine(site: Site) -> None:
    site.page(lambda: f"{cherrypy.engine.state}")
    server = site.start()
    server.wait()
    assert "STOPPED" in site.ask().text
    address = server.bound_addr
    server.stop()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(address, 1)


def test_a_server_can_be_restarted(site: Site) -> None:
    site.page(lambda: "fine")
    server = site.start()
    for _ in range(3):
        server.restart()
        assert site.ask().text == "fine"


def test_no_thread_is_left_after_stop(site: Site) -> None:
    site.page(lambda: "fine")
    before = set(threading.enumerate())
    server = site.start()
    site.ask()
    server.stop()
    assert set(threading.enumerate()) == before


def test_a_server_follows_the_bus(site: Site, bus: Bus) -> None:
    site.page(lambda: "fine")
    server = ephemeral(bus)
    server.subscribe()
    late: list[bool] = []
    bus.subscribe("start", lambda: late.append(server.running), priority=80)
    bus.start()
    assert late == [True]
    with socket.create_connection(server.bound_addr, PATIENCE) as sock:
        assert Client(sock).ask().text == "fine"
    running: list[bool] = []
    for change in (bus.stop, bus.start, bus.exit):
        change()
        running.append(server.running)
    assert running == [False, True, False]


def test_several_servers_serve_one_tree(site: Site, bus: Bus) -> None:
    site.page(lambda: str(cherrypy.request.local.port))
    servers = [ephemeral(bus) for _ in range(3)]
    for server in servers:
        server.subscribe()
    bus.start()
    for server in servers:
        with socket.create_connection(server.bound_addr, PATIENCE) as sock:
            assert Client(sock).ask().text == str(server.bound_addr[1])


def test_a_port_in_use_is_an_error_of_the_engine_that_names_the_address(bus: Bus) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        ephemeral(bus, socket_port=port).subscribe()
        with pytest.raises(ChannelFailures, match=f"Cannot serve on http://127.0.0.1:{port}"):
            bus.start()
    assert bus.state == bus.states.EXITING


def test_a_port_in_use_is_an_error_of_start_too(site: Site) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(OSError, match=str(port)):
            ephemeral(socket_port=port).start()


@pytest.mark.parametrize("name", [None, "cherrypy._cpwsgi_server.CPWSGIServer"])
def test_settings_that_change_while_stopped_count_from_the_next_start(
    site: Site, name: str | None
) -> None:
    site.page(lambda: "fine")
    server = site.start(None, httpserver=name)
    with socket.create_server(("127.0.0.1", 0)) as finder:
        port = finder.getsockname()[1]
    server.stop()
    server.socket_port = port
    server.start()
    assert server.bound_addr == server.httpserver.bound_addr == ("127.0.0.1", port)
    assert site.ask().text == "fine"


def test_a_server_that_could_not_start_heeds_settings_that_are_changed(site: Site) -> None:
    site.page(lambda: "fine")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        server = ephemeral(socket_port=taken.getsockname()[1])
        with pytest.raises(OSError, match="in use"):
            server.start()
        server.socket_port = 0
        site.start(server)
    assert site.ask().text == "fine"


@pytest.mark.skipif(not socket.has_ipv6, reason="this machine has no IPv6")
def test_ipv6_is_served(site: Site) -> None:
    site.page(lambda: cherrypy.url("/x"))
    server = site.start(socket_host="::1")
    port = server.bound_addr[1]
    assert server.base() == f"http://[::1]:{port}"
    reply = site.ask("/", "GET", f"Host: [::1]:{port}")
    assert reply.text == f"http://[::1]:{port}/x"


@pytest.mark.skipif(not hasattr(socket, "AF_UNIX"), reason="no such sockets here")
def test_a_socket_file_is_served(site: Site, tmp_path: Path) -> None:
    def handler(*segments: str) -> str:
        request = cherrypy.request
        return f"{request.remote.ip}|{request.wsgi_environ['PATH_INFO']}"

    site.page(handler)
    path = os.fspath(tmp_path / "socket")
    server = site.start(socket_file=path)
    assert server.bind_addr == server.bound_addr == server.base() == path
    with socket.socket(socket.AF_UNIX) as sock:
        sock.connect(path)
        assert Client(sock).ask("/a").text == "|/a"
    server.stop()
    assert not os.path.exists(path)


# httpserver


def test_our_server_is_made_when_there_is_no_other(site: Site) -> None:
    server = site.start()
    assert type(server.httpserver) is CPHTTPServer
    assert server.httpserver.server_adapter is server


def test_httpserver_may_be_an_instance(site: Site) -> None:
    site.page(lambda: "fine")
    server = ephemeral()
    mine = server.httpserver = CPWSGIServer(server)
    site.start(server)
    assert server.httpserver is mine
    assert site.ask().text == "fine"


@pytest.mark.parametrize("name", ["httpserver", "instance"])
def test_httpserver_may_be_a_dotted_name(site: Site, name: str) -> None:
    site.page(lambda: "fine")
    server = site.start(None, **{name: "cherrypy._cpwsgi_server.CPWSGIServer"})
    assert type(server.httpserver) is CPWSGIServer
    assert site.ask().text == "fine"


def test_httpserver_is_made_anew_when_it_is_set_to_none(site: Site) -> None:
    server = site.start()
    first = server.httpserver
    server.stop()
    server.httpserver = None
    server.start()
    assert server.httpserver is not first


def test_the_manuals_native_server_can_be_set(site: Site) -> None:
    from cherrypy._cpnative_server import (  # type: ignore[import-not-found]  # an alias
        CPHTTPServer as Native,
    )

    site.page(lambda: "Hello World!")
    server = ephemeral()
    server.httpserver = Native(server)
    site.start(server)
    assert site.ask().text == "Hello World!"


def test_a_running_server_shows_its_pool(site: Site) -> None:
    server = site.start(thread_pool=2)
    pool = server.httpserver.requests
    pool.grow(1)
    assert len(pool._threads) == 3
    assert pool.qsize >= 0
    assert pool.idle <= 3
    pool.shrink(1)
    server.httpserver.timeout = 3
    server.httpserver.max_request_body_size = 5
    assert (server.httpserver.timeout, server.httpserver.max_request_body_size) == (3, 5)
    site.page(lambda: "")
    assert site.ask("/", "POST", body=b"123456").code == 413


# Settings


def test_bind_addr_is_host_and_port_or_a_file_or_nothing() -> None:
    server = Server()
    assert server.bind_addr == ("127.0.0.1", 8080)
    server.bind_addr = ("0.0.0.0", 81)
    assert (server.socket_host, server.socket_port) == ("0.0.0.0", 81)
    server.bind_addr = "/run/socket"
    assert server.socket_file == "/run/socket"
    server.bind_addr = ("::", 82)
    assert [server.socket_file, *server.bind_addr] == [None, "::", 82]
    server.bind_addr = None
    assert server.bind_addr is None
    with pytest.raises(ValueError, match="bind_addr"):
        server.bind_addr = 5


def test_an_empty_host_is_refused() -> None:
    with pytest.raises(ValueError, match=r"0\.0\.0\.0"):
        Server().socket_host = ""


def test_every_attribute_is_a_config_key() -> None:
    config = {
        "server.socket_host": "0.0.0.0",
        "server.socket_port": 81,
        "server.thread_pool": 4,
        "server.2.socket_port": 82,
        "server.2.instance": "cherrypy._cpwsgi_server.CPWSGIServer",
        "server.2.on": False,
    }
    before = {name: getattr(cherrypy.server, name) for name in ("bind_addr", "thread_pool")}
    try:
        cherrypy.config.update(config)
        assert cherrypy.server.bind_addr == ("0.0.0.0", 81)
        assert cherrypy.server.thread_pool == 4
        second = cherrypy.servers["2"]
        assert second.socket_port == 82
        made, _ = second.httpserver_from_self()
        assert type(made) is CPWSGIServer
    finally:
        for name, value in before.items():
            setattr(cherrypy.server, name, value)
        cherrypy.servers.pop("2").unsubscribe()
        for key in config:
            cherrypy.config.pop(key, None)


# Who hears of requests


def test_a_listener_hears_of_each_request(site: Site, listening: Any) -> None:
    heard: list[str] = []
    listening("before_request", lambda: heard.append("before"))
    listening("after_request", lambda: heard.append(f"after {cherrypy.request.path_info}"))
    site.page(lambda *path: "")
    with site.connect() as client:
        client.ask("/a")
        client.ask("/b")
    site.servers[0].stop()
    assert heard == ["before", "after /a", "before", "after /b"]


def test_a_listener_that_fails_costs_no_response_but_is_logged(
    site: Site, listening: Any, caplog: pytest.LogCaptureFixture
) -> None:
    def fail() -> None:
        raise KeyError("listener")

    listening("after_request", fail)
    site.page(lambda: "fine")
    assert site.ask().text == "fine"
    assert site.ask().text == "fine"
    site.servers[0].stop()
    assert "KeyError: 'listener'" in caplog.text


def test_a_listener_hears_of_each_thread_that_runs_requests(site: Site, listening: Any) -> None:
    started: list[tuple[int, int]] = []
    stopped: list[tuple[int, int]] = []
    listening("start_thread", lambda number: started.append((number, threading.get_ident())))
    listening("stop_thread", lambda number: stopped.append((number, threading.get_ident())))

    def handler() -> str:
        return str(threading.get_ident())

    site.page(handler)
    with site.connect(thread_pool=2) as client:
        idents = {int(client.ask().text) for _ in range(20)}
    site.servers[0].stop()
    assert {ident for _, ident in started} == idents
    assert len({number for number, _ in started}) == len(started)
    assert sorted(stopped) == sorted(started)


def test_thread_data_lives_as_long_as_its_thread(site: Site, listening: Any) -> None:
    def connect(number: int) -> None:
        cherrypy.thread_data.connection = f"connection {number}"

    listening("start_thread", connect)
    site.page(lambda: cherrypy.thread_data.connection)
    with site.connect(thread_pool=1) as client:
        first = client.ask().text
        assert first.startswith("connection ")
        assert client.ask().text == first
    assert not hasattr(cherrypy.thread_data, "connection")


# The timeout monitor


def test_the_timeout_monitor_tells_responses_that_they_take_too_long(site: Site) -> None:
    inside, go_on = threading.Event(), threading.Event()
    seen: list[bool] = []

    def handler() -> str:
        response = cherrypy.response
        response.timeout = -1
        seen.append(response.timed_out)
        inside.set()
        assert go_on.wait(PATIENCE)
        seen.append(response.timed_out)
        return "too late"

    site.page(handler)
    with site.connect() as client:
        client.request()
        assert inside.wait(PATIENCE)
        cherrypy.engine.timeout_monitor.run()
        go_on.set()
        assert client.read().code == 500
    assert seen == [False, True]


def test_the_timeout_monitor_is_there_and_can_be_configured() -> None:
    monitor = cherrypy.engine.timeout_monitor
    assert isinstance(monitor, cherrypy._TimeoutMonitor)
    assert monitor.frequency == 60
    try:
        cherrypy.config.update({"engine.timeout_monitor.frequency": 60 * 60})
        assert monitor.frequency == 3600
        cherrypy.config.update({"engine.timeout_monitor.on": False})
        assert monitor.start not in cherrypy.engine.listeners["start"]
    finally:
        cherrypy.config.update(
            {"engine.timeout_monitor.on": True, "engine.timeout_monitor.frequency": 60}
        )
        for key in ("on", "frequency"):
            cherrypy.config.pop(f"engine.timeout_monitor.{key}", None)
    assert monitor.start in cherrypy.engine.listeners["start"]


# The log


def test_what_goes_wrong_in_the_server_is_in_the_error_log(
    site: Site, caplog: pytest.LogCaptureFixture
) -> None:
    def app(environ: Any, start_response: Any) -> list[bytes]:
        raise KeyError("raw")

    site.tree.graft(app, "")
    assert site.ask().code == 500
    site.servers[0].stop()
    errors = [record for record in caplog.records if record.levelno == logging.ERROR]
    assert "KeyError: 'raw'" in errors[0].getMessage()


def test_starting_and_stopping_is_logged_as_the_manual_shows(
    site: Site, caplog: pytest.LogCaptureFixture
) -> None:
    server = site.start()
    base = server.base()
    server.stop()
    messages = [record.getMessage().partition("] ")[2] for record in caplog.records]
    assert messages == [f"ENGINE Serving on {base}", f"ENGINE HTTP Server {base} shut down"]


def test_a_hundred_starts_and_stops_leave_nothing(site: Site) -> None:
    site.page(lambda: "fine")
    server = ephemeral()
    before = len(os.listdir("/proc/self/fd")) if os.path.isdir("/proc/self/fd") else 0
    for _ in range(100):
        server.start()
        server.stop()
    after = len(os.listdir("/proc/self/fd")) if before else 0
    assert after <= before
