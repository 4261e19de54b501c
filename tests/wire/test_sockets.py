"""The same table over real sockets: what the gateway sees, and what the client is answered."""

import re
import socket
import threading
from collections.abc import Iterator

import pytest

from cherrypy.httpd import Exchange, HTTPServerError

from ..httpd.serving import TEXT, Running, read_all, serving, status_of
from .cases import BAD, BAD_BODIES, GOOD, LIMITS, Case, Seen

STATUS_LINE = re.compile(rb"HTTP/1\.1 [0-9]{3} ")


class Recorder:
    """A gateway that keeps what it sees."""

    def __init__(self) -> None:
        self.seen: list[Seen] = []
        self.errors: list[HTTPServerError] = []

    def __call__(self, exchange: Exchange) -> None:
        head = exchange.head
        try:
            body = exchange.rfile.read()
        except HTTPServerError as error:
            self.errors.append(error)
            raise
        self.seen.append(
            Seen(
                head.method,
                head.path,
                head.query,
                body,
                head.keep_alive,
                head.authority,
                tuple(exchange.rfile.trailers),
            )
        )
        exchange.respond(b"200 OK", TEXT, b"fine")


@pytest.fixture(scope="module", params=["httptools", "h11"])
def running(request: pytest.FixtureRequest) -> Iterator[Running]:
    with serving(Recorder(), parser=request.param, **LIMITS) as running:
        yield running


@pytest.fixture
def recorder(running: Running) -> Recorder:
    gateway = running.server.gateway
    assert isinstance(gateway, Recorder)
    gateway.seen.clear()
    gateway.errors.clear()
    return gateway


def exchange(running: Running, case: Case, bytewise: bool) -> bytes:
    """Send the stream, then half-close after a good one; return all answers."""
    with running.connect() as client:
        answers: list[bytes] = []
        # The server may refuse before it has all, so the answer is read beside the sending.
        reader = threading.Thread(target=lambda: answers.append(read_all(client)))
        reader.start()
        try:
            if bytewise:
                for i in range(len(case.data)):
                    client.send(case.data[i : i + 1])
            else:
                client.sendall(case.data)
            client.shutdown(socket.SHUT_WR)
        except OSError:
            assert case.status is not None
        reader.join()
    return answers[0]


def by_name(case: Case) -> str:
    return case.name


@pytest.mark.parametrize("bytewise", [False, True], ids=["whole", "bytes"])
@pytest.mark.parametrize("case", GOOD, ids=by_name)
def test_a_good_stream_reaches_the_gateway(
    running: Running, recorder: Recorder, case: Case, bytewise: bool
) -> None:
    answers = exchange(running, case, bytewise)
    assert (tuple(recorder.seen), recorder.errors) == (case.seen, []), answers
    assert answers.count(b"HTTP/1.1 200 OK\r\n") == len(case.seen)


@pytest.mark.parametrize("bytewise", [False, True], ids=["whole", "bytes"])
@pytest.mark.parametrize("case", BAD, ids=by_name)
def test_a_malformed_request_is_answered_and_never_reaches_the_gateway(
    running: Running, recorder: Recorder, case: Case, bytewise: bool
) -> None:
    answers = exchange(running, case, bytewise)
    assert tuple(recorder.seen) == case.seen
    assert recorder.errors == []
    last = answers[[match.start() for match in STATUS_LINE.finditer(answers)][-1] :]
    assert status_of(last) == case.status
    assert b"\r\nConnection: close\r\n" in last


@pytest.mark.parametrize("bytewise", [False, True], ids=["whole", "bytes"])
@pytest.mark.parametrize("case", BAD_BODIES, ids=by_name)
def test_a_broken_body_is_an_error_for_the_gateway_and_the_client(
    running: Running, recorder: Recorder, case: Case, bytewise: bool
) -> None:
    answer = exchange(running, case, bytewise)
    assert recorder.seen == []
    assert [error.status for error in recorder.errors] == [case.status]
    assert status_of(answer) == case.status
    assert b"\r\nConnection: close\r\n" in answer
