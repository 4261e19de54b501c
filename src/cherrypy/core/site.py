"""What core needs from the rest of the house, given to it in one small object.

`_runtime` makes the one `Site` and hands it to applications and the tree, so
that no module of core has to import what it serves.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from .config import Config
from .logs import LogManager


@dataclass(slots=True)
class Site:
    """The surroundings of all applications of a process.

    config: the global config.
    log: the site's log, parent of each application's.
    publish: sends a message to the listeners of a channel of the bus.
    listeners: the bus's listeners by channel, empty collections included.
    threads: the threads that `start_thread` listeners know already.
    active: what each thread is answering, by thread id.
    """

    config: Config
    log: LogManager
    publish: Callable[..., Any]
    listeners: Mapping[str, Any]
    threads: Mapping[int, int]
    active: dict[int, Any] = field(default_factory=dict)
