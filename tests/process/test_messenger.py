"""Publishing and subscribing."""

import pytest

from cherrypy.process.messenger import Messenger
from cherrypy.process.wspbus import ChannelFailures

from .helper import RecordingBus


def test_listeners_are_called_by_priority_and_equal_ones_in_the_order_they_came() -> None:
    bus = Messenger()
    for name, priority in [("c", None), ("a", 10), ("d", None), ("e", 75), ("b", 49.5)]:
        bus.subscribe("news", lambda name=name: name, priority)
    assert bus.publish("news") == ["a", "b", "c", "d", "e"]


def test_a_listeners_own_priority_counts_unless_another_is_given() -> None:
    bus = Messenger()

    def late() -> str:
        return "late"

    late.__dict__["priority"] = 90
    bus.subscribe("news", late)
    bus.subscribe("news", lambda: "middle")
    assert bus.publish("news") == ["middle", "late"]
    bus.subscribe("news", late, priority=1)
    assert bus.publish("news") == ["late", "middle"]


def test_subscribe_is_a_decorator_with_and_without_priority() -> None:
    bus = Messenger()

    @bus.subscribe("start", priority=80)
    def second() -> str:
        return "second"

    @bus.subscribe("start")
    def first() -> str:
        return "first"

    assert first() == "first"
    assert bus.publish("start") == ["first", "second"]


def test_arguments_reach_every_listener_and_outputs_come_back() -> None:
    bus = Messenger()
    bus.subscribe("sum", lambda a, b=0: a + b)
    bus.subscribe("sum", lambda a, b=0: a - b)
    assert bus.publish("sum", 5, b=2) == [7, 3]


def test_an_unknown_channel_has_no_effect_and_is_not_created() -> None:
    bus = Messenger()
    assert bus.publish("nobody", 1, two=2) == []
    bus.unsubscribe("nobody", print)
    assert "nobody" not in bus.listeners


def test_changing_the_listeners_themselves_takes_effect() -> None:
    bus = Messenger()
    first, second = (lambda: 1), (lambda: 2)
    bus.subscribe("news", first)
    bus.listeners["news"].add(second)
    assert bus.publish("news") == [1, 2]
    bus.listeners["news"].discard(first)
    assert bus.publish("news") == [2]
    assert set(bus.listeners["news"]) == {second}
    bus.listeners["news"].clear()
    assert bus.publish("news") == []
    bus.listeners["news"] = {first}
    bus.listeners.setdefault("more", set()).add(second)
    bus.listeners.update(rest=[second])
    assert bus.publish("news") + bus.publish("more") + bus.publish("rest") == [1, 2, 2]
    bus.listeners["news"] = None
    assert bus.publish("news") == []


def test_a_listener_may_unsubscribe_itself_while_it_is_called() -> None:
    bus = Messenger()

    def once() -> str:
        bus.unsubscribe("news", once)
        return "once"

    bus.subscribe("news", once)
    bus.subscribe("news", lambda: "always")
    assert bus.publish("news") == ["once", "always"]
    assert bus.publish("news") == ["always"]


def test_every_listener_is_called_although_others_fail_and_each_failure_is_logged() -> None:
    bus = RecordingBus()
    called = []
    bus.subscribe("news", lambda: 1 / 0)
    bus.subscribe("news", lambda: called.append("between"))
    bus.subscribe("news", lambda: int("missing"))
    bus.subscribe("news", lambda: called.append("last"))
    with pytest.raises(ChannelFailures) as caught:
        bus.publish("news")
    assert called == ["between", "last"]
    assert [type(e) for e in caught.value.exceptions] == [ZeroDivisionError, ValueError]
    assert caught.value.get_instances() == list(caught.value.exceptions)
    assert "division by zero" in str(caught.value)
    assert "missing" in str(caught.value)
    assert [line.splitlines()[-1] for line in bus.lines] == [
        "ZeroDivisionError: division by zero",
        "ValueError: invalid literal for int() with base 10: 'missing'",
    ]
    assert all(line.startswith("Error in 'news' listener") for line in bus.lines)


def test_failures_can_be_caught_by_the_type_of_what_failed() -> None:
    bus = RecordingBus()
    bus.subscribe("news", lambda: 1 / 0)
    caught = []
    try:
        bus.publish("news")
    except* ZeroDivisionError as group:
        caught.append(group)
    assert isinstance(caught[0], ChannelFailures)


@pytest.mark.parametrize("interruption", [SystemExit(3), KeyboardInterrupt()])
def test_an_interruption_is_passed_on_at_once(interruption: BaseException) -> None:
    bus = RecordingBus()
    called = []

    def interrupt() -> None:
        raise interruption

    bus.subscribe("news", interrupt)
    bus.subscribe("news", lambda: called.append("too late"))
    with pytest.raises(type(interruption)) as caught:
        bus.publish("news")
    assert caught.value is interruption
    assert called == []


def test_a_failing_log_is_told_on_stderr_and_stops_nothing(
    capsys: pytest.CaptureFixture[str],
) -> None:
    bus = RecordingBus()

    def broken(message: str, level: int) -> None:
        raise OSError("disk full")

    bus.subscribe("log", broken, priority=10)
    bus.log("hello")
    assert bus.lines == ["hello"]
    told = capsys.readouterr().err
    assert told.startswith("hello\n")
    assert "disk full" in told
    with pytest.raises(ChannelFailures, match="disk full"):
        bus.publish("log", "hello", 20)
    bus.start()
    bus.exit()
    assert bus.lines[-1] == "Bus EXITED"


def test_a_traceback_is_appended_to_the_message_and_the_level_is_passed_on() -> None:
    bus = Messenger()
    told: list[tuple[str, int]] = []
    bus.subscribe("log", lambda message, level: told.append((message, level)))
    try:
        raise ValueError("why")
    except ValueError:
        bus.log("what", level=40, traceback=True)
    bus.log()
    assert told[0][0].startswith("what\nTraceback (most recent")
    assert told[0][0].rstrip().endswith("ValueError: why")
    assert [level for _, level in told] == [40, 20]
