"""Questions to a TCP port: is somebody there, and when will there be, or no longer?

Answered by connecting, as a client would. This file knows no server and no bus.
"""

import socket
import time

FIRST_PAUSE, LONGEST_PAUSE = 0.002, 0.1  # seconds between two questions, doubling
CONNECT_TIMEOUT = 1.0
ANY_ADDRESS = {"": "127.0.0.1", "0.0.0.0": "127.0.0.1", "::": "::1", "::0": "::1"}  # noqa: S104


def client_host(server_host: str) -> str:
    """Return the host by which a client on this machine reaches a server bound to a host.

    All interfaces ('', '0.0.0.0', '::') cannot be connected to: loopback can.
    """
    return ANY_ADDRESS.get(server_host, server_host)


def check_port(host: str, port: int, timeout: float = CONNECT_TIMEOUT) -> None:
    """Raise OSError if a server answers on the port.

    timeout -- seconds to wait for the answer.
    """
    if _is_answered(host, port, timeout):
        raise OSError(f"Port {port} is in use on {host}: another server answers there")


def wait_for_free_port(host: str, port: int, timeout: float | None = None) -> None:
    """Wait until no server answers on the port.

    timeout -- seconds, 5 by default. Raises TimeoutError, an OSError, after that.
    """
    _wait(host, port, answered=False, timeout=5.0 if timeout is None else timeout)


def wait_for_occupied_port(host: str, port: int, timeout: float | None = None) -> None:
    """Wait until a server answers on the port.

    timeout -- seconds, 30 by default. Raises TimeoutError, an OSError, after that.
    """
    _wait(host, port, answered=True, timeout=30.0 if timeout is None else timeout)


def _wait(host: str, port: int, *, answered: bool, timeout: float) -> None:
    deadline = time.monotonic() + timeout
    pause = FIRST_PAUSE
    while _is_answered(host, port, max(0.05, min(timeout, CONNECT_TIMEOUT))) is not answered:
        if time.monotonic() >= deadline:
            found = "answers no" if answered else "still answers a"
            raise TimeoutError(f"Port {port} on {host} {found} client after {timeout:g} seconds")
        time.sleep(pause)
        pause = min(pause * 2, LONGEST_PAUSE)


def _is_answered(host: str, port: int, timeout: float) -> bool:
    try:
        socket.create_connection((client_host(host), port), timeout).close()
    except OSError:
        return False
    return True
