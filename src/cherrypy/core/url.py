"""`url()`: the URL of a page, as seen from the current request or from outside of one."""

import posixpath
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlencode

from ..message.urls import urljoin
from .context import current


def make_url(
    path: str = "",
    qs: str | Mapping[str, Any] | Any = "",
    script_name: str | None = None,
    base: str | None = None,
    relative: bool | str | None = None,
    *,
    server_base: Callable[[], str],
) -> str:
    """Return the URL for *path*.

    path: with a leading slash, from the root of the application; else relative
        to the current request's path. Default: the current path.
    qs: a query string, or a dict or pairs to make one of.
    script_name: the mount point to use; default: the current application's.
    base: what to put before the path; default: the current request's
        'http://host', or that of the server outside of a request.
    relative: False for an absolute URL; True for one relative to the current
        path; 'server' for one without the host. Default: the application's
        `relative_urls`, or False.
    server_base: gives the base outside of a request.
    """
    query = qs if isinstance(qs, str) else urlencode(qs, doseq=True)
    if query:
        query = f"?{query}"
    request = current().request
    app = request.app
    if app is not None:
        path = _from_root(path, request)
        name = request.script_name if script_name is None else script_name
        base = request.base if base is None else base
    else:
        path = path if path.startswith("/") else f"/{path}"
        name = script_name or ""
        base = server_base() if base is None else base
    newurl = base + _normalized(urljoin(name, path)) + query
    if relative is None:
        relative = getattr(app, "relative_urls", False)
    if relative == "server":
        return _without_host(newurl)
    if relative:
        return _relative(newurl, f"{request.base}{request.script_name}{request.path_info}")
    return newurl


def _from_root(path: str, request: Any) -> str:
    """Return *path* from the application's root, resolving it against the current one."""
    if path.startswith("/"):
        return path
    current_path: str = request.path_info
    if request.is_index is True and not current_path.endswith("/"):
        current_path += "/"
    if not path:
        return current_path
    return f"{current_path.rpartition('/')[0]}/{path}"


def _normalized(path: str) -> str:
    """Resolve '.' and '..' segments; a slash at the end stays (RFC 3986, 5.2.4)."""
    if "./" not in path and not path.endswith("."):
        return path
    ends_in_directory = path.endswith(("/", "/.", "/.."))
    clean = posixpath.normpath(path)
    return clean + "/" if ends_in_directory and not clean.endswith("/") else clean


def _without_host(url: str) -> str:
    _, scheme, rest = url.partition("://")
    return "/" + rest.partition("/")[2] if scheme else url


def _relative(url: str, here: str) -> str:
    """Return *url* as a reference relative to the page *here*; as it is for another host."""
    target, source = url.split("/"), here.split("/")[:-1]
    if target[:_HOST] != source[:_HOST]:
        return url
    while source and target[0] == source[0] and len(target) > 1:
        target.pop(0)
        source.pop(0)
    steps = [".."] * len(source) + target
    if not steps[0] or ":" in steps[0]:
        # RFC 3986, 4.2: '' would be this very page, and 'a:b' a scheme.
        steps.insert(0, ".")
    return "/".join(steps)


#: The pieces of 'http://host' between slashes.
_HOST = 3
