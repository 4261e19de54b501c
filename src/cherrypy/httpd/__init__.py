"""The HTTP/1.1 server: bytes, connections and a gateway; no framework."""
