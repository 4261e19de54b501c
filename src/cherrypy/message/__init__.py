"""The vocabulary of HTTP: pure functions and small types over the standard library."""
