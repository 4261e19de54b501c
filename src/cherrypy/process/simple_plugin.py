"""What plugins have in common: methods named like channels, and a switch.

A plugin is an object that listens to a bus. This file knows no particular service.
"""

from .wspbus import Bus


class Switchable:
    """Something that can be turned on and off, by `on` as well as by two methods.

    Configuration says `engine.autoreload.on = False` (manual: 'engine' namespace).
    """

    _subscribed: bool = False

    @property
    def on(self) -> bool:
        """Whether this is subscribed to its bus; setting it subscribes or unsubscribes."""
        return self._subscribed

    @on.setter
    def on(self, value: object) -> None:
        if value:
            self.subscribe()
        else:
            self.unsubscribe()

    def subscribe(self) -> None:
        """Begin to listen."""
        self._subscribed = True

    def unsubscribe(self) -> None:
        """Listen no longer."""
        self._subscribed = False


class SimplePlugin(Switchable):
    """A plugin whose methods listen to the channels that they are named after.

    bus -- the bus to listen to: `cherrypy.engine`.

    All channels that the bus knows count: start, stop, exit, graceful, log, main, those
    that other plugins have brought, and those that somebody has subscribed to.
    """

    def __init__(self, bus: Bus) -> None:
        self.bus = bus

    def subscribe(self) -> None:
        """Let each method that is named like a channel listen to it."""
        super().subscribe()
        for channel in tuple(self.bus.listeners):
            method = getattr(self, channel, None)
            if callable(method):
                self.bus.subscribe(channel, method)

    def unsubscribe(self) -> None:
        """Listen to no channel any longer."""
        super().unsubscribe()
        for channel in tuple(self.bus.listeners):
            method = getattr(self, channel, None)
            if callable(method):
                self.bus.unsubscribe(channel, method)
