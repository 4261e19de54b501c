"""The way of one request, hook point by hook point.

`run` serves a request that has been read and returns its finished response;
`Request.close` ends it once the conversation is over. The documented hook points
are, in this order for a page:

    on_start_resource, before_request_body, before_handler, before_finalize,
    on_end_resource, on_end_request

and around an error page: before_error_response, after_error_response. An
`HTTPError` or `HTTPRedirect` is a response, not a failure: it passes
before_finalize and on_end_resource like a page.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from ..message.errors import MessageError
from ..message.query import parse_query_string
from .context import current
from .entity import add_param
from .errorpages import bare_error
from .errors import HTTPError, HTTPRedirect, InternalRedirect, format_exc
from .hooks import run_hooks

if TYPE_CHECKING:
    from .application import Application
    from .request import Request
    from .response import Response

#: Never made into an error page: they are for the server, or for the loop around `run`.
THROWS: tuple[type[BaseException], ...] = (KeyboardInterrupt, SystemExit, InternalRedirect)

DISPATCH = "request.dispatch"
SHOW_TRACEBACKS = "request.show_tracebacks"


def run(request: "Request") -> "Response":
    """Serve *request* and return its response, finished. See `Request.run`."""
    response: Response = current().response
    try:
        respond(request, response)
    except request.throws:
        raise
    except Exception:
        if request.throw_errors:
            raise
        handle_error(request)
    return finish(request, response)


def finish(request: "Request", response: "Response") -> "Response":
    """Leave out what HEAD does not get, log the access, and return the response."""
    if request.method == "HEAD":
        # RFC 9110, 9.3.2: the fields of a GET, and no content.
        response.close()
    if request.app is not None:
        request.app.log.access()
    return response


def refuse_redirect(
    request: "Request", response: "Response", path: str, query_string: str
) -> "Response":
    """Answer an internal redirect to where this request has been before: with a 500."""
    try:
        raise RuntimeError(
            f"An internal redirect leads to {path!r} with the query string {query_string!r}, "
            "where this request has been before"
        )
    except RuntimeError:
        handle_error(request)
    return finish(request, response)


def respond(request: "Request", response: "Response") -> None:
    """Find the handler, call it, and finish the response.

    PERF: most points of most requests have no hooks; to look before each call of `run_point`
    saves 0.4 of 9 µs. `request.plan` is asked anew each time: with hooks of its own, a
    request gets a plan of its own.
    """
    try:
        try:
            get_resource(request, request.path_info)
            if request.plan.sets_anything:
                request.plan.apply(request, response)
            if "on_start_resource" in request.plan.hooks:
                run_point(request, "on_start_resource")
            if request.query_string:
                read_query_string(request)
            if "before_request_body" in request.plan.hooks:
                run_point(request, "before_request_body")
            if request.method not in request.methods_with_bodies:
                request.process_request_body = False
            if request.process_request_body:
                read_body(request)
            if "before_handler" in request.plan.hooks:
                run_point(request, "before_handler")
            call_handler(request, response)
            if "before_finalize" in request.plan.hooks:
                run_point(request, "before_finalize")
            response.finalize()
        except (HTTPRedirect, HTTPError) as exc:
            finish_with(request, response, exc)
        except MessageError as exc:
            # A header field that makes no sense is the client's mistake, wherever it is read.
            if exc.status >= 500:
                raise
            finish_with(request, response, HTTPError(exc.status, str(exc)))
    finally:
        if "on_end_resource" in request.plan.hooks:
            run_point(request, "on_end_resource")


def finish_with(request: "Request", response: "Response", answer: HTTPRedirect | HTTPError) -> None:
    """Finish the response that was raised instead of a page."""
    response.close()
    answer.set_response()
    try:
        run_point(request, "before_finalize")
    except (HTTPRedirect, HTTPError) as again:
        # A hook that refuses the page refuses the answer as well: what it says counts.
        response.close()
        again.set_response()
    response.finalize()


def get_resource(request: "Request", path: str) -> None:
    """Let the dispatcher set the handler and the plan for *path*."""
    app = request.app
    if app is None:
        raise LookupError("A request without an application has nothing to dispatch to")
    dispatch: Callable[[str], Any] | None = None
    if app.config:
        dispatch = app.find_config(path, DISPATCH)
    if dispatch is None:
        dispatch = request.dispatch or app.site.config.get(DISPATCH) or app.dispatcher
    try:
        dispatch(path)
    except request.throws:
        raise
    except Exception:
        configure_failed(request, app)
        raise
    # A dispatcher of one's own may set `request.config` instead of a plan.
    own_config = request._config
    if own_config is not None:
        request.adopt(app.plans.get_merged(own_config))


def configure_failed(request: "Request", app: "Application") -> None:
    """Apply what configuration says for all of *app*, for the error page of a failed dispatch.

    SECURITY: without it, the page would show a traceback where config hides them.
    """
    request.show_tracebacks = app.find_config(
        "/", SHOW_TRACEBACKS, app.site.config.get(SHOW_TRACEBACKS, request.show_tracebacks)
    )
    try:
        request.plan = app.plans.get([(path, entries) for _, path, entries in app.sections([])])
        request.plan.apply(request, current().response)
    except Exception:  # noqa: BLE001 - the failure to report is the one of the dispatch
        app.log("The configuration cannot be applied", traceback=True)


def read_query_string(request: "Request") -> None:
    """Add the parameters of the query string to `request.params`."""
    try:
        params = parse_query_string(request.query_string, encoding=request.query_string_encoding)
    except UnicodeDecodeError:
        # The manual's testing example: in another encoding, it is a different URL.
        raise HTTPError(
            404,
            "The given query string could not be processed. Query strings for this resource "
            f"must be encoded with {request.query_string_encoding!r}.",
        ) from None
    except ValueError as exc:
        raise HTTPError(400, str(exc)) from exc
    request.params.update(params)


def read_body(request: "Request") -> None:
    """Let the body be processed by its media type, and add what it holds to `request.params`."""
    body = request.body
    body.process()
    for name, value in body.params.items():
        add_param(request.params, name, value)


def call_handler(request: "Request", response: "Response") -> None:
    """Call the page handler, unless a hook has answered in its place."""
    if response.timed_out:
        response.raise_if_timed_out()
    handler = request.handler
    if handler is not None:
        request.stage = "handler"
        body = handler()
        for body_filter in request.plan.body_filters:
            body = body_filter(body, request, response)
        response.body = body
        if response.timed_out:
            response.raise_if_timed_out()


def handle_error(request: "Request") -> None:
    """Make the exception being handled the current response, as an error page."""
    response: Response = current().response
    try:
        response.close()
        run_point(request, "before_error_response")
        if request.error_response is not None:
            request.error_response()
        run_point(request, "after_error_response")
        response.finalize()
    except HTTPRedirect as redirect:
        redirect.set_response()
        response.finalize()
    except request.throws:
        raise
    except Exception:  # noqa: BLE001 - the error page itself has failed
        _give_up(request, response)


def _give_up(request: "Request", response: "Response") -> None:
    """Answer an error whose error page failed too."""
    if request.app is not None:
        request.app.log("The error response failed", traceback=True)
    trace = format_exc() if request.show_tracebacks else None
    status, headers, body = bare_error(trace)
    response.close()
    response.status = status
    response.headers.clear()
    response.headers.update(headers)
    response.cookie.clear()
    response.stream = False
    response.body = b"".join(body)
    response.finalize()


def run_point(request: "Request", point: str) -> None:
    """Run the hooks of *point* in order of priority."""
    request.stage = point
    hooks = request.plan.hooks.get(point)
    if hooks:
        # A plan's own hooks are a sorted tuple; those of a request are a list that may change.
        run_hooks(hooks if type(hooks) is tuple else sorted(hooks))
