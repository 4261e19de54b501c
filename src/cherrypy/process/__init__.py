"""Site container: what a web site's process needs around its applications and servers.

A `Bus` connects applications, servers and frameworks with services of the process as a
whole: signals, reloading, threads, starting and stopping. `wspbus` holds the bus itself,
`plugins` the services that can be subscribed to it, `servers` what puts an HTTP server
under its command. This room imports nothing but the standard library.

The bus of the site is `cherrypy.engine`; it is not built here.
"""

from . import plugins, servers, wspbus
from .wspbus import Bus, ChannelFailures

__all__ = ["Bus", "ChannelFailures", "plugins", "servers", "wspbus"]
