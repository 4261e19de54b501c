"""The ready queue: nothing is lost, whoever sleeps, and nobody is woken for nothing."""

import threading
from collections import Counter

from hypothesis import given, settings
from hypothesis import strategies as st

from cherrypy.httpd.ready import ReadyQueue

from .serving import PATIENCE, wait_until


def new_lock() -> threading.Lock:
    lock = threading.Lock()
    lock.acquire()
    return lock


def start_takers(queue: ReadyQueue[int], number: int, taken: list[int]) -> list[threading.Thread]:
    def take() -> None:
        lock = new_lock()
        while (item := queue.take(lock)) is not None:
            taken.append(item)

    takers = [threading.Thread(target=take) for _ in range(number)]
    for taker in takers:
        taker.start()
    return takers


def end(queue: ReadyQueue[int], takers: list[threading.Thread]) -> None:
    for _ in takers:
        queue.put(None)
    for taker in takers:
        taker.join(PATIENCE)
        assert not taker.is_alive()


@settings(deadline=None, max_examples=30)
@given(st.lists(st.integers(0, 5), max_size=60), st.integers(1, 6))
def test_every_item_is_taken_once(batches: list[int], workers: int) -> None:
    queue: ReadyQueue[int] = ReadyQueue()
    taken: list[int] = []
    takers = start_takers(queue, workers, taken)
    number = 0
    for size in batches:
        queue.put_batch(range(number, number + size))
        number += size
    wait_until(lambda: len(taken) == number)
    end(queue, takers)
    assert Counter(taken) == Counter(range(number))


def test_no_item_is_left_while_workers_sleep() -> None:
    queue: ReadyQueue[int] = ReadyQueue()
    taken: list[int] = []
    takers = start_takers(queue, 3, taken)
    for number in range(900):
        queue.put(number)
        if number % 9 == 0:
            wait_until(lambda expected=number + 1: len(taken) == expected)  # type: ignore[misc]  # a default binds the loop's value
    wait_until(lambda: len(taken) == 900)
    wait_until(lambda: queue.idle == 3)
    end(queue, takers)


def test_a_batch_wakes_one_worker_and_a_stall_another() -> None:
    queue: ReadyQueue[int] = ReadyQueue()
    entered, gate = threading.Semaphore(0), threading.Event()
    taken: list[int] = []

    def take_and_hold() -> None:
        lock = new_lock()
        while (item := queue.take(lock)) is not None:
            taken.append(item)
            entered.release()
            assert gate.wait(PATIENCE)

    takers = [threading.Thread(target=take_and_hold) for _ in range(3)]
    for taker in takers:
        taker.start()
    wait_until(lambda: queue.idle == 3)
    queue.put_batch([1, 2])
    entered.acquire()
    assert (taken, queue.idle, queue.needs_watching) == ([1], 2, True)
    queue.wake_if_stalled()  # seen for the first time
    assert queue.idle == 2
    queue.wake_if_stalled()  # seen again: it does not get on
    entered.acquire()
    assert (taken, queue.needs_watching) == ([1, 2], False)
    gate.set()
    end(queue, takers)
