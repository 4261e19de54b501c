"""CherryPy: a web framework with its own HTTP server."""
