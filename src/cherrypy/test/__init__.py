"""Helpers to test an application over HTTP: `helper.CPWebCase` and, below it, `webtest`.

These modules use the package as any application does; nothing of the package needs them.
"""
