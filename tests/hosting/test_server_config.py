"""The table of server keys in the documentation is the one that the server has."""

import ast
import re
from pathlib import Path

import pytest

import cherrypy
from cherrypy.hosting.server import Server

PAGE = Path(__file__).parents[2] / "docs" / "configuration.md"
ROW = re.compile(r"\| `server\.(\w+)` \| `([^`]*)` \|")

#: Set by those who serve through another program; not for a config file.
NOT_CONFIG = {"bind_addr", "httpserver", "interrupt", "running", "using_apache", "using_wsgi"}


def documented() -> dict[str, object]:
    return {name: ast.literal_eval(text) for name, text in ROW.findall(PAGE.read_text("utf-8"))}


@pytest.mark.parametrize(("name", "value"), documented().items())
def test_the_documented_default_is_the_real_one(name: str, value: object) -> None:
    assert getattr(Server(cherrypy.engine), name) == value


def test_every_setting_of_the_server_is_documented() -> None:
    settings = {
        name
        for name, value in vars(Server).items()
        if not name.startswith("_") and not callable(value) and name not in NOT_CONFIG
    }
    assert settings - documented().keys() == {"default_bus"}
