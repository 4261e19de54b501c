"""Sockets as this server needs them: listening, waiting with a deadline, closing.

Everything that differs between platforms is here or in `poller.py`.
"""

import errno
import os
import selectors
import socket
import stat
import struct
import sys

from .settings import Address, Settings

_WaitSelector: type[selectors.PollSelector] | type[selectors.SelectSelector] = (
    selectors.PollSelector if hasattr(selectors, "PollSelector") else selectors.SelectSelector
)

#: What accept() raises when the process or the machine has no descriptor or memory to spare.
EXHAUSTED = frozenset({errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM})


def listen(settings: Settings) -> socket.socket:
    """Return a non-blocking listening socket for `settings.bind_addr`.

    Raises OSError, with the address in its text, if that is in use or not of this machine.
    """
    address = settings.bind_addr
    try:
        listener = _bind_unix(address) if isinstance(address, str) else _bind_inet(*address)
    except OSError as error:
        text = f"{error.strerror or error} -- {describe(address)}"
        raise type(error)(error.errno, text) from error
    try:
        listener.listen(settings.backlog)
        listener.setblocking(False)
    except OSError:
        listener.close()
        raise
    return listener


def describe(address: Address) -> str:
    """The address as a person writes it."""
    if isinstance(address, str):
        return address
    host, port = address
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def _bind_inet(host: str, port: int) -> socket.socket:
    error: OSError | None = None
    infos = socket.getaddrinfo(host or None, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    for family, kind, protocol, _, address in infos:
        try:
            return _bind(socket.socket(family, kind, protocol), address)
        except OSError as failure:
            error = error or failure
    raise error or OSError(errno.EADDRNOTAVAIL, "No address to bind to")


def _bind(listener: socket.socket, address: object) -> socket.socket:
    try:
        if sys.platform == "win32":
            # SECURITY: with SO_REUSEADDR Windows lets another process steal the port.
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_EXCLUSIVEADDRUSE, 1)
        else:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)  # type: ignore[arg-type]  # as getaddrinfo gave it
    except BaseException:
        listener.close()
        raise
    return listener


def _bind_unix(path: str) -> socket.socket:
    """Bind to a path; a socket that a dead server left there is taken over."""
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        if os.path.exists(path) and stat.S_ISSOCK(os.stat(path).st_mode) and _is_dead(path):
            os.unlink(path)
        listener.bind(path)
    except BaseException:
        listener.close()
        raise
    return listener


def _is_dead(path: str) -> bool:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        probe.settimeout(1)
        try:
            probe.connect(path)
        except ConnectionRefusedError:
            return True
        except OSError:
            return False
    return False


def close_listener(listener: socket.socket) -> None:
    """Close a listening socket and take its path out of the file system if it has one."""
    path = listener.getsockname() if _is_unix(listener) else None
    listener.close()
    if isinstance(path, str) and path:
        try:
            os.unlink(path)
        except FileNotFoundError:
            pass  # somebody tidied up before us


def _is_unix(sock: socket.socket) -> bool:
    return hasattr(socket, "AF_UNIX") and sock.family == socket.AF_UNIX


def wait_readable(sock: socket.socket, seconds: float) -> bool:
    """Wait until `sock` can be read, at most `seconds`; whether it can."""
    return _wait(sock, selectors.EVENT_READ, seconds)


def wait_writable(sock: socket.socket, seconds: float) -> bool:
    """Wait until `sock` can be written, at most `seconds`; whether it can."""
    return _wait(sock, selectors.EVENT_WRITE, seconds)


def _wait(sock: socket.socket, event: int, seconds: float) -> bool:
    if seconds <= 0:
        return False
    with _WaitSelector() as selector:
        selector.register(sock, event)
        return bool(selector.select(seconds))


def set_abortive(sock: socket.socket) -> None:
    """Make close() reset the connection, so that the peer cannot take what it got for whole."""
    try:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    except OSError:
        pass  # it is gone already, which is what we want
