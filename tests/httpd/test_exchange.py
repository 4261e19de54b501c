"""Requests and responses over a real connection, as client and gateway see them."""

import logging
import socket
import threading
from collections.abc import Iterator

import pytest

from cherrypy.httpd import Exchange, HTTPServerError

from .serving import TEXT, hello, read_all, read_until, serving, status_of

GET = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"
LAST = b"GET /last HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"


def read_to_end(client: socket.socket) -> None:
    while client.recv(65536):
        pass


class Chunks:
    """A streamed body that notes that it was closed."""

    def __init__(self, *chunks: bytes | Exception) -> None:
        self._chunks = iter(chunks)
        self.closed = False

    def __iter__(self) -> Iterator[bytes]:
        for chunk in self._chunks:
            if isinstance(chunk, Exception):
                raise chunk
            yield chunk

    def close(self) -> None:
        self.closed = True


def test_a_connection_serves_one_request_after_another() -> None:
    with serving() as running, running.connect() as client:
        for _ in range(3):
            client.sendall(GET)
            answer = read_until(client, b"GET / 0")
            assert status_of(answer) == 200
            assert b"Connection" not in answer
        client.sendall(LAST)
        assert b"\r\nConnection: close\r\n" in read_all(client)


def test_pipelined_requests_are_answered_in_order_beyond_the_fairness_limit() -> None:
    requests = [b"GET /%d HTTP/1.1\r\nHost: a\r\n\r\n" % number for number in range(50)]
    with serving(max_pipelined=4) as running:
        answer = running.ask(b"".join(requests) + LAST)
    places = [answer.find(b"GET /%d 0" % number) for number in range(50)]
    assert places == sorted(places)
    assert places[0] > 0
    assert answer.endswith(b"GET /last 0")


def test_a_body_left_unread_is_drained_and_the_connection_goes_on() -> None:
    def ignore(exchange: Exchange) -> None:
        exchange.respond(b"200 OK", TEXT, b"ok")

    body = b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello"
    chunked = b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n"
    with serving(ignore) as running:
        assert running.ask(body, chunked, LAST).count(b"200 OK") == 3


def test_a_body_too_large_to_drain_closes_the_connection_and_the_answer_arrives() -> None:
    def ignore(exchange: Exchange) -> None:
        exchange.respond(b"200 OK", TEXT, b"ok")

    with serving(ignore, max_drain_size=100) as running, running.connect() as client:
        client.sendall(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 300000\r\n\r\n")
        client.sendall(b"x" * 200000)
        answer = read_all(client)
    assert b"\r\nConnection: close\r\n" in answer
    assert answer.endswith(b"ok")


def test_100_continue_is_sent_when_the_body_is_first_read() -> None:
    head = b"POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n"
    with serving() as running, running.connect() as client:
        for _ in range(2):
            client.sendall(head)
            assert read_until(client, b"\r\n\r\n") == b"HTTP/1.1 100 Continue\r\n\r\n"
            client.sendall(b"hi")
            assert status_of(read_until(client, b"POST / 2")) == 200


def test_no_100_continue_if_the_body_is_not_read_and_the_connection_closes() -> None:
    def refuse(exchange: Exchange) -> None:
        exchange.respond(b"403 Forbidden", TEXT, b"no")

    head = b"POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n"
    with serving(refuse) as running:
        answer = running.ask(head)
    assert status_of(answer) == 403
    assert b"100 Continue" not in answer
    assert b"\r\nConnection: close\r\n" in answer


def test_head_has_the_header_of_get_and_no_body() -> None:
    with serving() as running:
        answer = running.ask(b"HEAD / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
    assert b"\r\nContent-Length: 8\r\n" in answer
    assert answer.endswith(b"\r\n\r\n")


def test_a_stream_is_sent_chunk_by_chunk_and_closed() -> None:
    body = Chunks(b"one", b"", b"three")

    def stream(exchange: Exchange) -> None:
        exchange.stream(b"200 OK", TEXT, body)

    with serving(stream) as running:
        answer = running.ask(LAST)
    assert answer.endswith(b"\r\n\r\n3\r\none\r\n5\r\nthree\r\n0\r\n\r\n")
    assert body.closed


def test_each_chunk_leaves_before_the_next_is_made() -> None:
    received = threading.Event()

    def chunks() -> Iterator[bytes]:
        yield b"first"
        assert received.wait(10)
        yield b"second"

    def stream(exchange: Exchange) -> None:
        exchange.stream(b"200 OK", TEXT, chunks())

    with serving(stream) as running, running.connect() as client:
        client.sendall(LAST)
        read_until(client, b"5\r\nfirst\r\n")
        received.set()
        assert read_all(client) == b"6\r\nsecond\r\n0\r\n\r\n"


def test_a_stream_to_1_0_ends_with_the_connection() -> None:
    def stream(exchange: Exchange) -> None:
        exchange.stream(b"200 OK", TEXT, [b"one", b"two"])

    with serving(stream) as running:
        answer = running.ask(b"GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
    assert answer.endswith(b"\r\n\r\nonetwo")
    assert b"\r\nConnection: close\r\n" in answer


def test_the_stream_of_head_is_closed_without_being_made() -> None:
    body = Chunks(AssertionError("asked for"))

    def stream(exchange: Exchange) -> None:
        exchange.stream(b"200 OK", TEXT, body)

    with serving(stream) as running:
        answer = running.ask(b"HEAD / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
    assert answer.endswith(b"\r\n\r\n")
    assert body.closed
    assert running.log == []


def test_a_stream_that_fails_before_its_first_chunk_is_a_500() -> None:
    body = Chunks(ValueError("boom"))

    def stream(exchange: Exchange) -> None:
        exchange.stream(b"200 OK", TEXT, body)

    with serving(stream) as running:
        assert status_of(running.ask(GET)) == 500
    assert body.closed
    assert len(running.log) == 1


def test_a_stream_that_fails_later_never_looks_complete() -> None:
    def stream(exchange: Exchange) -> None:
        exchange.stream(b"200 OK", TEXT, Chunks(b"one", ValueError("boom")))

    with serving(stream) as running:
        assert running.ask(GET).endswith(b"3\r\none\r\n")
        with running.connect() as client:
            client.sendall(b"GET / HTTP/1.0\r\n\r\n")
            with pytest.raises(ConnectionResetError):
                read_to_end(client)


@pytest.mark.parametrize("length", [2, 9])
@pytest.mark.parametrize("streamed", [False, True])
def test_a_false_content_length_closes_the_connection(length: int, streamed: bool) -> None:
    def lie(exchange: Exchange) -> None:
        headers = [(b"Content-Length", b"%d" % length)]
        if streamed:
            exchange.stream(b"200 OK", headers, [b"one", b"two"])
        else:
            exchange.respond(b"200 OK", headers, b"onetwo")

    with serving(lie) as running:
        answer = running.ask(GET)
    assert answer.endswith(b"\r\n\r\n" + b"onetwo"[:length])
    assert len(running.log) == 1


def test_an_injected_line_end_is_a_500() -> None:
    def inject(exchange: Exchange) -> None:
        exchange.respond(b"200 OK", [(b"A", b"b\r\nSet-Cookie: evil")], b"")

    with serving(inject) as running:
        answer = running.ask(GET)
    assert status_of(answer) == 500
    assert b"evil" not in answer


def test_a_worker_survives_its_gateway() -> None:
    def fail(exchange: Exchange) -> None:
        if exchange.head.path != "/last":
            raise ZeroDivisionError
        hello(exchange)

    with serving(fail, thread_pool=1) as running:
        for _ in range(3):
            answer = running.ask(GET)
            assert status_of(answer) == 500
            assert b"\r\nConnection: close\r\n" in answer
        assert status_of(running.ask(LAST)) == 200
    assert len(running.log) == 3


def test_a_gateway_that_says_nothing_is_a_500() -> None:
    with serving(lambda exchange: None) as running:
        assert status_of(running.ask(GET)) == 500


def test_a_gateway_may_answer_an_error_of_the_body_itself() -> None:
    def careful(exchange: Exchange) -> None:
        try:
            exchange.rfile.read()
        except HTTPServerError as error:
            exchange.respond(b"%d Oh" % error.status, TEXT, b"mine")

    request = b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"
    with serving(careful) as running:
        answer = running.ask(request)
    assert status_of(answer) == 400
    assert b"\r\nConnection: close\r\n" in answer
    assert answer.endswith(b"mine")


def test_a_client_that_leaves_within_its_body_is_a_truncated_body() -> None:
    errors: list[HTTPServerError] = []
    seen = threading.Event()

    def read(exchange: Exchange) -> None:
        try:
            exchange.rfile.read()
        except HTTPServerError as error:
            errors.append(error)
            seen.set()
            raise

    with serving(read) as running:
        with running.connect() as client:
            client.sendall(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhel")
        assert seen.wait(10)
    assert [type(error).__name__ for error in errors] == ["TruncatedBody"]


def test_a_large_body_goes_both_ways_whole() -> None:
    def echo(exchange: Exchange) -> None:
        exchange.respond(b"200 OK", TEXT, exchange.rfile.read())

    body = bytes(range(256)) * 8000
    head = b"POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: %d\r\n\r\n" % len(
        body
    )
    with serving(echo) as running:
        answer = running.ask(head, body)
    assert answer.partition(b"\r\n\r\n")[2] == body


def test_the_gateway_is_told_both_ends_of_the_connection() -> None:
    ends: list[tuple[object, ...]] = []

    def note(exchange: Exchange) -> None:
        ends.append((exchange.local, exchange.remote, exchange.scheme))
        hello(exchange)

    with serving(note) as running, running.connect() as client:
        client.sendall(LAST)
        read_all(client)
        assert ends == [(running.address, client.getsockname(), "http")]


@pytest.mark.skipif(not socket.has_ipv6, reason="this machine has no IPv6")
def test_ipv6_is_served() -> None:
    with serving(bind_addr=("::1", 0)) as running:
        assert status_of(running.ask(LAST)) == 200


def test_a_gateway_may_take_the_connection_over() -> None:
    taken: list[socket.socket] = []

    def take(exchange: Exchange) -> None:
        sock, rest = exchange.detach()
        taken.append(sock)
        sock.sendall(b"HTTP/1.1 101 Switching Protocols\r\n\r\n" + rest)

    with serving(take) as running, running.connect() as client:
        client.sendall(GET + b"frame")
        read_until(client, b"\r\n\r\nframe")
        running.server.stop()
        taken[0].sendall(b"still here")
        read_until(client, b"still here")
        taken[0].close()
    assert running.log == []


def test_an_exit_in_a_handler_ends_the_server_and_not_the_worker() -> None:
    def leave(exchange: Exchange) -> None:
        raise SystemExit(3)

    from cherrypy.httpd import HTTPServer, Settings

    server = HTTPServer(leave, Settings(bind_addr=("127.0.0.1", 0)))
    server.prepare()
    raised: list[BaseException] = []

    def serve() -> None:
        try:
            server.serve()
        except SystemExit as error:
            raised.append(error)

    thread = threading.Thread(target=serve)
    thread.start()
    assert isinstance(server.bound_addr, tuple)
    with socket.create_connection(server.bound_addr, timeout=10) as client:
        client.sendall(GET)
        read_all(client)
    thread.join(10)
    assert [str(error) for error in raised] == ["3"]


def test_the_default_log_is_the_standard_one(caplog: pytest.LogCaptureFixture) -> None:
    from cherrypy.httpd.settings import log_to_stdlib

    def fail(exchange: Exchange) -> None:
        raise ZeroDivisionError

    with serving(fail, error_log=log_to_stdlib) as running:
        running.ask(GET)
    (record,) = [record for record in caplog.records if record.name == "cherrypy.httpd"]
    assert record.levelno == logging.ERROR
    assert record.exc_info is not None
