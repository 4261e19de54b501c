"""Tests of the bus, its plugins and the server adapter."""
