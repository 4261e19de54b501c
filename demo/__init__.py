"""The demonstration site that `make demo` serves: a few pages, a form, static files."""
