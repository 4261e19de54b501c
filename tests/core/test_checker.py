"""The checker: what it finds in the configuration of applications, and how it is switched off."""

from typing import Any

import pytest

import cherrypy
from cherrypy.core.checker import Checker


def findings(capsys: pytest.CaptureFixture[str], apps: dict[str, Any], **settings: Any) -> str:
    """Return what a checker prints about applications."""
    checker = Checker(lambda: apps)
    for name, value in settings.items():
        setattr(checker, name, value)
    checker()
    out, err = capsys.readouterr()
    assert out == ""
    return err


def app(config: Any = None, script_name: str = "") -> Any:
    return cherrypy.Application(None, script_name, config)


def test_an_empty_config_is_told_in_the_words_of_the_manual(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert findings(capsys, {"": app()}) == (
        "CherryPy Checker:\nThe Application mounted at '' has an empty config.\n\n"
    )


@pytest.mark.parametrize(
    ("script_name", "config", "told"),
    [
        ("/app", {"/app/page": {"a.b": 1}}, "Expected [/page]."),
        ("/app", {"/app": {"a.b": 1}}, "Expected [/]."),
        ("", {"[/page]": {"a.b": 1}}, "Expected '/page'."),
        ("", {"/": {"server.socket_port": 1}}, "'server.socket_port'"),
        ("", {"/x": {"engine.autoreload.on": False}}, "in its section [/x]"),
    ],
)
def test_a_mistake_is_told(
    script_name: str, config: Any, told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    found = findings(capsys, {script_name: app(config, script_name)})
    assert found.count("CherryPy Checker:") == 1
    assert told in found


@pytest.mark.parametrize(
    "apps",
    [
        {},
        {"/raw": lambda environ, start_response: []},
        {"": app({"/": {"tools.encode.on": True}, "global": {"server.socket_port": 1}})},
        {"/app": app({"/apple": {"a.b": 1}}, "/app")},
    ],
)
def test_what_is_fine_is_not_told(apps: Any, capsys: pytest.CaptureFixture[str]) -> None:
    assert findings(capsys, apps) == ""


def test_checks_can_be_switched_off(capsys: pytest.CaptureFixture[str]) -> None:
    assert findings(capsys, {"": app()}, on=False) == ""
    assert findings(capsys, {"": app()}, check_skipped_app_config=False) == ""


def test_the_checker_of_the_site_obeys_the_config() -> None:
    assert cherrypy.checker in cherrypy.engine.listeners["start"]
    try:
        cherrypy.config.update({"checker.on": False, "checker.check_skipped_app_config": False})
        assert cherrypy.checker.on is False
        assert not cherrypy.checker.__dict__["check_skipped_app_config"]
    finally:
        cherrypy.checker.__dict__.pop("check_skipped_app_config", None)
        cherrypy.checker.on = True
