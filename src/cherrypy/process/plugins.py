"""Services for a site's process, each to be subscribed to its bus (manual: 'Plugins').

One file per service: what the manual names is importable from here.
"""

from .autoreload import Autoreloader
from .monitors import BackgroundTask, Monitor, PerpetualTimer
from .signals import SignalHandler
from .simple_plugin import SimplePlugin
from .threads import ThreadManager

__all__ = [
    "Autoreloader",
    "BackgroundTask",
    "Monitor",
    "PerpetualTimer",
    "SignalHandler",
    "SimplePlugin",
    "ThreadManager",
]
