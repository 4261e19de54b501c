"""Hooks: their order, the failsafe ones, and the lists of them that a request carries."""

from collections.abc import Callable
from typing import Any

import pytest
from tests.core.serving import Answer, mount, serve

import cherrypy
from cherrypy.core.hooks import Hook, HookMap

Recorder = list[str]


class Plain:
    """One page."""

    @cherrypy.expose
    def index(self) -> str:
        return "page"


# Failsafe hooks, priorities, order


def hook(name: str, passed: Recorder, **attributes: Any) -> Callable[..., None]:
    """Return a callback that notes its name, with these attributes."""

    def note(**arguments: Any) -> None:
        passed.append(f"{name}{arguments or ''}")

    vars(note).update(attributes)
    return note


def failing(error: BaseException) -> Callable[[], None]:
    def fail() -> None:
        raise error

    return fail


def attach_all(*hooks: Hook) -> Callable[[], None]:
    """Return an on_start_resource hook that hangs *hooks* on before_handler."""
    return lambda: cherrypy.request.hooks["before_handler"].extend(hooks)


def run_hooks(*hooks: Hook) -> Answer:
    return serve(mount(Plain(), {"/": {"hooks.on_start_resource": attach_all(*hooks)}}))


def test_failsafe_hooks_run_although_an_earlier_one_has_failed() -> None:
    passed: Recorder = []
    answer = run_hooks(
        Hook(hook("before", passed)),
        Hook(failing(cherrypy.HTTPError(403))),
        Hook(hook("skipped", passed)),
        Hook(hook("by argument", passed), failsafe=True),
        Hook(hook("by attribute", passed, failsafe=True)),
        Hook(hook("not by argument", passed, failsafe=True), failsafe=False),
    )
    assert answer.code == 403
    assert passed == ["before", "by argument", "by attribute"]


def test_the_first_failure_is_the_one_that_is_answered() -> None:
    answer = run_hooks(
        Hook(failing(cherrypy.HTTPError(403))),
        Hook(failing(cherrypy.HTTPError(404)), failsafe=True),
    )
    assert answer.code == 403
    answer = run_hooks(
        Hook(failing(RuntimeError("first"))),
        Hook(failing(RuntimeError("second")), failsafe=True),
    )
    assert "RuntimeError: first" in answer.body
    assert "second" in answer.body


def test_the_failure_of_a_failsafe_hook_is_never_lost(caplog: pytest.LogCaptureFixture) -> None:
    answer = run_hooks(
        Hook(failing(cherrypy.HTTPRedirect("/"))),
        Hook(failing(RuntimeError("could not save")), failsafe=True),
    )
    assert answer.code == 500
    assert "could not save" in caplog.text


def test_hooks_run_in_the_order_of_their_priorities() -> None:
    passed: Recorder = []
    run_hooks(
        Hook(hook("default", passed)),
        Hook(hook("late", passed), priority=90),
        Hook(hook("by attribute", passed, priority=20)),
        Hook(hook("early", passed), priority=10),
        Hook(hook("not by attribute", passed, priority=1), priority=60),
        Hook(hook("second default", passed)),
    )
    assert passed == [
        "early",
        "by attribute",
        "default",
        "second default",
        "not by attribute",
        "late",
    ]


def test_hooks_of_config_run_in_the_order_in_which_they_are_declared() -> None:
    passed: Recorder = []
    config = {f"hooks.before_handler.{n}": hook(str(n), passed) for n in (3, 1, 2)}
    serve(mount(Plain(), {"/": config}))
    assert passed == ["3", "1", "2"]


# request.hooks


def test_a_hook_attached_at_run_time_runs_with_its_arguments() -> None:
    passed: Recorder = []

    class Root:
        @cherrypy.expose
        def index(self) -> str:
            cherrypy.request.hooks.attach("before_finalize", hook("plain", passed))
            cherrypy.request.hooks.attach("before_finalize", hook("named", passed), name="x")
            cherrypy.request.hooks.attach("before_finalize", hook("early", passed), priority=1)
            cherrypy.request.hooks.attach("on_end_request", hook("end", passed), failsafe=True)
            return "page"

    app = mount(Root())
    serve(app)
    assert passed == ["early", "plain", "named{'name': 'x'}", "end"]
    serve(app)
    assert len(passed) == 8


def test_a_hook_can_only_be_attached_where_there_is_a_point() -> None:
    with pytest.raises(ValueError, match=r"before_lunch.*on_start_resource"):
        HookMap().attach("before_lunch", print)
    answer = serve(mount(Plain(), {"/": {"hooks.before_lunch": print}}))
    assert answer.code == 500
    assert "before_lunch" in answer.body


def test_hooks_can_be_filtered_and_removed_inside_of_a_handler() -> None:
    passed: Recorder = []
    unwanted, other = hook("unwanted", passed), hook("other", passed)

    class Root:
        @cherrypy.expose
        def filtered(self) -> str:
            hooks = cherrypy.request.hooks
            hooks["before_finalize"] = [
                each for each in hooks["before_finalize"] if each.callback is not unwanted
            ]
            return ""

        @cherrypy.expose
        def removed(self) -> str:
            hooks = cherrypy.request.hooks["before_finalize"]
            for each in list(hooks):
                if each.callback is unwanted:
                    hooks.remove(each)
            return ""

        @cherrypy.expose
        def changed(self) -> str:
            first = cherrypy.request.hooks["before_finalize"][0]
            assert (first.priority, first.failsafe, first.kwargs) == (50, False, {})
            cherrypy.request.hooks["before_finalize"].clear()
            return ""

        @cherrypy.expose
        def untouched(self) -> str:
            return ""

    app = mount(
        Root(), {"/": {"hooks.before_finalize.1": unwanted, "hooks.before_finalize.2": other}}
    )
    for target, expected in {
        "/filtered": ["other"],
        "/removed": ["other"],
        "/changed": [],
        "/untouched": ["unwanted", "other"],
    }.items():
        passed.clear()
        serve(app, target)
        assert passed == expected, target


def test_a_hook_changed_for_one_request_is_unchanged_for_the_next() -> None:
    passed: Recorder = []
    callback = hook("hook", passed)

    class Root:
        @cherrypy.expose
        def index(self, change: str = "") -> str:
            if change:
                for each in cherrypy.request.hooks["before_finalize"]:
                    each.kwargs["changed"] = True
                    each.priority = 1
            return ""

    app = mount(Root(), {"/": {"hooks.before_finalize": callback}})
    serve(app, "/?change=1")
    serve(app, "/")
    assert passed == ["hook{'changed': True}", "hook"]


def test_a_copy_of_the_hooks_has_lists_of_its_own() -> None:
    hooks = HookMap()
    hooks.attach("before_handler", print)
    copied = hooks.copy()
    copied.attach("before_handler", repr)
    assert len(hooks["before_handler"]) == 1
    assert len(copied["before_handler"]) == 2
    assert "print" in repr(hooks["before_handler"][0])
