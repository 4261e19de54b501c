"""The handing over of a connection between reactor and worker, under pressure."""

import random
import socket
import threading

from .serving import PATIENCE, hello, read_all, serving

LAST = b"GET /last HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"


def talk(address: tuple[str, int], seed: int, failures: list[str]) -> None:
    """Send requests cut at random places, some before the answer to the last is read."""
    source = random.Random(seed)
    number = 60
    requests = [
        source.choice(
            (
                b"GET /%d HTTP/1.1\r\nHost: a\r\n\r\n" % i,
                b"POST /%d HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc" % i,
                b"POST /%d HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
                b"1\r\na\r\n2\r\nbc\r\n0\r\n\r\n" % i,
            )
        )
        for i in range(number)
    ]
    data = b"".join(requests) + LAST
    with socket.create_connection(address, timeout=PATIENCE) as client:
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        answer: list[bytes] = []
        reader = threading.Thread(target=lambda: answer.append(read_all(client)))
        reader.start()
        while data:
            size = source.choice((1, 7, 40, 57, 200))
            client.sendall(data[:size])
            data = data[size:]
        reader.join(PATIENCE)
    places = [answer[0].find(b" /%d " % i) for i in range(number)] if answer else [-1]
    if places != sorted(places) or places[0] < 0 or not answer[0].endswith(b"GET /last 0"):
        failures.append(f"seed {seed}: {places}")


def test_no_request_is_lost_however_sending_and_answering_interleave() -> None:
    failures: list[str] = []
    with serving(hello, thread_pool=4, max_pipelined=3) as running:
        for start in range(0, 24, 8):
            talkers = [
                threading.Thread(target=talk, args=(running.address, start + i, failures))
                for i in range(8)
            ]
            for talker in talkers:
                talker.start()
            for talker in talkers:
                talker.join(3 * PATIENCE)
    assert failures == []
    assert running.log == []
