"""The heap of deadlines, and how the reactor uses it."""

from cherrypy.httpd.deadlines import Deadlines

from .serving import read_until, serving

HALF = b"GET / HTTP/1.1\r\nHos"
OTHER_HALF = b"t: a\r\n\r\n"


def test_what_is_due_comes_out_in_order_and_only_then() -> None:
    deadlines = Deadlines()
    assert deadlines.seconds_left(0.0) is None
    for when in (3.0, 1.0, 2.0):
        deadlines.add(when, int(when), 7)
    assert deadlines.seconds_left(0.5) == 0.5
    assert deadlines.take_due(0.5) == []
    assert deadlines.take_due(2.0) == [(1.0, 1, 7), (2.0, 2, 7)]
    assert deadlines.seconds_left(5.0) == 0.0


def test_requests_leave_nothing_in_the_heap() -> None:
    with serving() as running, running.connect() as client:
        for _ in range(20):
            client.sendall(HALF)
            client.sendall(OTHER_HALF)
            read_until(client, b"GET / 0")
        reactor = running.server._reactor
        assert reactor is not None
        assert len(reactor._deadlines._heap) == 1
