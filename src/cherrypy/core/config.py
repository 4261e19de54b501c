"""Configuration: the site's (`cherrypy.config`), an application's, and a request's namespaces.

Three scopes, each overriding the one before: the flat global config, the
application's config of dicts by path, and what handlers carry as `_cp_config`.
Entries that set something at once (`server.*`, `engine.*`, `log.*`) go through
the namespaces of the scope they enter; entries for requests are compiled into a
`RoutePlan`, by the namespaces that `request_namespaces` lists.
"""

from collections.abc import Callable, Mapping
from typing import Any, ClassVar

from . import reprconf
from .context import current
from .exposing import config as config_decorator
from .hooks import Hook
from .plan import Draft, PlannedNamespace, RoutePlan

GLOBAL = "global"

#: Sets of entries that `environment` stands for; an application may add to it.
environments: dict[str, dict[str, Any]] = {
    "staging": {
        "engine.autoreload.on": False,
        "checker.on": False,
        "tools.log_headers.on": False,
        "request.show_tracebacks": False,
        "request.show_mismatched_params": False,
    },
    "production": {
        "engine.autoreload.on": False,
        "checker.on": False,
        "tools.log_headers.on": False,
        "request.show_tracebacks": False,
        "request.show_mismatched_params": False,
        "log.screen": False,
    },
    "embedded": {
        # Within another program's server and signal handling.
        "engine.autoreload.on": False,
        "checker.on": False,
        "tools.log_headers.on": False,
        "request.show_tracebacks": False,
        "request.show_mismatched_params": False,
        "log.screen": False,
        "engine.SIGHUP": None,
        "engine.SIGTERM": None,
    },
    "test_suite": {
        "engine.autoreload.on": False,
        "checker.on": False,
        "tools.log_headers.on": False,
        "request.show_tracebacks": True,
        "request.show_mismatched_params": True,
        "log.screen": False,
    },
}


class Config(reprconf.Config):
    """The site's configuration: a flat dict that hands its entries on as they come in.

    Calling it makes a decorator: `@cherrypy.config(**{'tools.gzip.on': True})`.
    """

    #: What holds where nothing else is said.
    defaults: ClassVar[dict[str, Any]] = {
        "tools.log_tracebacks.on": True,
        "tools.log_headers.on": True,
        "tools.trailing_slash.on": True,
        "tools.encode.on": True,
    }
    environments = environments

    #: Called with the name of each config file that is read, to watch it for changes.
    watch_file: Callable[[str], None] | None = None

    def update(self, *args: Any, **kwargs: Any) -> None:
        """Take the entries of a dict, a file name or an open file.

        Of a config with sections only `[global]` is taken: the others belong to
        an application. Raises ConfigError, which names the place, for a mistake
        in a file.
        """
        for source in args:
            if isinstance(source, str) and self.watch_file is not None:
                self.watch_file(source)
        super().update(*args, **kwargs)

    def _apply(self, config: dict[str, Any]) -> None:
        section = config.get(GLOBAL)
        super()._apply(dict(section) if isinstance(section, Mapping) else _flat(config))

    def __call__(self, **entries: Any) -> Callable[[Any], Any]:
        """Return a decorator that attaches *entries* to a handler as `_cp_config`."""
        return config_decorator(**entries)


def _flat(config: Mapping[str, Any]) -> dict[str, Any]:
    """Return *config* without the sections of applications that a shared file holds."""
    return {
        key: value
        for key, value in config.items()
        if not (isinstance(value, Mapping) and (key.startswith("/") or "." not in key))
    }


def merge(base: dict[str, Any], other: Any) -> None:
    """Merge *other*, a dict of sections, a file name or an open file, into *base*.

    Entries that stand outside of any section count for the root, '/'.
    """
    for section, entries in reprconf.as_dict(other).items():
        if isinstance(entries, Mapping):
            base.setdefault(section, {}).update(entries)
        else:
            base.setdefault("/", {})[section] = entries


# The namespaces of a request


def _describe_hook(draft: Draft, key: str, value: Any) -> None:
    # NOTE: 'before_handler.1' and 'before_handler.2' hang two hooks on one point.
    point = key.partition(".")[0]
    if isinstance(value, str):
        value = reprconf.attributes(value)
    draft.add_hook(point, value if isinstance(value, Hook) else Hook(value))


def _describe_request(draft: Draft, key: str, value: Any) -> None:
    if key.startswith("body."):
        draft.body_attributes[key[len("body.") :]] = value
    else:
        draft.request_attributes[key] = value


def _describe_response(draft: Draft, key: str, value: Any) -> None:
    if key.startswith("headers."):
        draft.response_headers[key[len("headers.") :].title()] = value
    else:
        draft.response_attributes[key] = value


def _describe_error_page(draft: Draft, key: str, value: Any) -> None:
    if key != "default" and not key.isdecimal():
        raise ValueError(f"error_page.{key} names no status: expected 'default' or a status code")
    draft.error_page[key if key == "default" else int(key)] = value


def _apply_now(plan: RoutePlan) -> None:
    serving = current()
    plan.apply(serving.request, serving.response)
    if plan.error_page:
        serving.request.error_page.update(plan.error_page)
    for point, hooks in plan.hooks.items():
        serving.request.hooks[point].extend(hooks)


request_namespaces = reprconf.NamespaceSet(
    hooks=PlannedNamespace(_describe_hook, _apply_now),
    request=PlannedNamespace(_describe_request, _apply_now),
    response=PlannedNamespace(_describe_response, _apply_now),
    error_page=PlannedNamespace(_describe_error_page, _apply_now),
)
