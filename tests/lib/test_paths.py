"""From URLs to files: what is a plain name, what is below what, and what can be opened."""

import os
import re
from pathlib import Path

import pytest

import cherrypy
from cherrypy.lib.paths import (
    absolute_path,
    find_below,
    is_plain_name,
    open_below,
    open_regular,
    segments_below,
)


@pytest.mark.parametrize(
    "name", ["a", "a.txt", ".hidden", "...", "..a", "a b", "%2e%2e", "f\xfcr", "x;y", "~"]
)
def test_a_name_of_a_file_is_plain(name: str) -> None:
    assert is_plain_name(name, windows=False)
    assert is_plain_name(name, windows=True) is (name != "...")


@pytest.mark.parametrize("name", [".", "..", "a/b", "/", "\0", "a\0.png", "..\0", "a\n/b"])
def test_a_name_of_something_else_is_not(name: str) -> None:
    assert not is_plain_name(name, windows=False)
    assert not is_plain_name(name, windows=True)


@pytest.mark.parametrize(
    "name",
    ["C:", "C:x", "a\\b", "..\\x", "x::$DATA", "a.", "a ", "a...", "a?", "a*", "a<b", "a\t"],
)
def test_windows_has_further_names_that_are_not(name: str) -> None:
    assert is_plain_name(name, windows=False)
    assert not is_plain_name(name, windows=True)


@pytest.mark.parametrize(
    ("path", "section", "segments"),
    [
        ("/static/a/b.txt", "/static", ["a", "b.txt"]),
        ("/static/a/", "/static", ["a"]),
        ("//static//a", "/static/", ["a"]),
        ("/static", "/static", []),
        ("/a", "/", ["a"]),
        ("/", "/", []),
        ("/static-private/a", "/static", None),
        ("/stat", "/static", None),
        ("/", "/static", None),
        ("/other/static/a", "/static", None),
    ],
)
def test_segments_are_those_after_the_section(
    path: str, section: str, segments: list[str] | None
) -> None:
    assert segments_below(path, section) == segments


def test_what_is_below_is_found_by_its_real_path(tmp_path: Path) -> None:
    (tmp_path / "release-2" / "css").mkdir(parents=True)
    (tmp_path / "current").symlink_to("release-2")
    root = str(tmp_path / "current")
    assert find_below(root, ["css", "a.css"]) == os.path.realpath(root) + "/css/a.css"
    assert find_below(root, []) == os.path.realpath(root)
    assert find_below("/", ["etc"]) == os.path.realpath("/etc")


def test_nothing_elsewhere_is_found(tmp_path: Path) -> None:
    for name in ("site", "site-private"):
        (tmp_path / name).mkdir()
    (tmp_path / "site" / "out").symlink_to(tmp_path / "site-private")
    (tmp_path / "site" / "up").symlink_to("..")
    root = str(tmp_path / "site")
    for segments in (
        ["out"],
        ["out", "a"],
        ["up"],
        ["up", "site-private"],
        [".."],
        ["\ud800", ".."],
    ):
        assert find_below(root, segments) is None


def test_a_name_that_no_file_system_can_have_is_not_there(tmp_path: Path) -> None:
    assert find_below(str(tmp_path), ["\ud800"]) is None
    assert open_below(str(tmp_path), ["x" * 10_000]) is None
    assert open_regular("\0") is None


def test_only_a_regular_file_is_opened(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(b"abc")
    opened = open_regular(str(path))
    assert opened is not None
    with opened.file:
        assert (opened.file.read(), opened.status.st_size) == (b"abc", 3)
    assert open_regular(str(tmp_path)) is None
    assert open_regular(str(path / "b")) is None


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="has no named pipes")
def test_a_named_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    assert open_regular(str(tmp_path / "pipe")) is None


def test_a_failure_of_the_system_is_no_missing_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*args: object) -> int:
        raise OSError(24, "Too many open files")

    monkeypatch.setattr(os, "open", fail)
    with pytest.raises(OSError, match="Too many open files"):
        open_regular(str(tmp_path / "a"))


def test_a_file_that_may_not_be_read_is_forbidden(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*args: object) -> int:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "open", refuse)
    with pytest.raises(cherrypy.HTTPError) as refused:
        open_regular(str(tmp_path / "a"))
    assert refused.value.code == 403
    # NOTE: what Windows says of opening a directory.
    assert open_regular(str(tmp_path)) is None


@pytest.mark.parametrize(
    ("path", "root", "expected"),
    [
        ("/a/b", None, "/a/b"),
        ("/a/b", "/c", "/a/b"),
        ("b", "/c", "/c/b"),
        ("./b", Path("/c"), "/c/./b"),
        (Path("b"), "~", "/home/me/b"),
        ("~/b", "", "/home/me/b"),
    ],
)
def test_a_configured_path_is_relative_to_its_root(
    path: str | Path, root: str | Path | None, expected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", "/home/me")
    assert absolute_path("tools.staticdir.dir", path, root) == expected


@pytest.mark.parametrize("root", ["", None, "relative"])
def test_a_relative_path_says_what_to_configure(root: str | None) -> None:
    expected = "absolute path in tools.staticdir.dir, or one in tools.staticdir.root"
    with pytest.raises(ValueError, match=re.escape(expected)):
        absolute_path("tools.staticdir.dir", "static", root)
