"""Serve the demonstration site: python -m demo --port 8080."""

import argparse

import cherrypy

from .site import Site, configuration


def main() -> None:
    """Serve until a signal or Ctrl-C ends the process."""
    parser = argparse.ArgumentParser(prog="python -m demo", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (127.0.0.1)")
    parser.add_argument("--port", type=int, default=8080, help="port to listen on (8080)")
    options = parser.parse_args()
    cherrypy.config.update({"server.socket_host": options.host, "server.socket_port": options.port})
    cherrypy.engine.subscribe("start", announce, priority=90)  # the port is open by then
    cherrypy.quickstart(Site(), config=configuration())


def announce() -> None:
    """Print where the site is."""
    print(
        f"\n  The demonstration site is on {cherrypy.server.base()}/  (Ctrl-C ends it)\n",
        flush=True,
    )


if __name__ == "__main__":
    main()
