"""Bodies that are files: how much of one is read, and when."""

import io
from pathlib import Path

import pytest

from cherrypy.core.bodies import FileSlices, Slice
from cherrypy.core.response import COLLAPSED_FILE, Response


def test_slices_of_a_file_are_yielded_between_other_bytes() -> None:
    file = io.BytesIO(b"0123456789")
    body = FileSlices(file, [b"<", Slice(6, 8), b"|", Slice(0, 3), Slice(5, 5), b">"])
    assert body.length == 8
    assert b"".join(body) == b"<67|012>"
    assert not file.closed
    body.close()
    body.close()
    assert file.closed


def test_a_slice_is_read_in_chunks(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(b"x" * 150_000)
    body = FileSlices(open(path, "rb"), [Slice(1, 150_000)])  # noqa: SIM115
    assert [len(chunk) for chunk in body] == [65536, 65536, 18927]
    body.close()


@pytest.mark.parametrize("stream", [False, True])
def test_a_small_file_is_read_at_once_and_closed(stream: bool) -> None:
    file = io.BytesIO(b"x" * COLLAPSED_FILE)
    response = Response()
    response.stream = stream
    response.body = FileSlices(file, [Slice(0, COLLAPSED_FILE)])
    response.finalize()
    assert file.closed
    assert response.headers["Content-Length"] == str(COLLAPSED_FILE)
    assert response.collapse_body() == b"x" * COLLAPSED_FILE


def test_a_large_file_is_sent_as_it_is_read_with_its_length() -> None:
    length = COLLAPSED_FILE + 1
    file = io.BytesIO(b"x" * length)
    response = Response()
    response.body = FileSlices(file, [Slice(0, length)])
    response.finalize()
    assert file.tell() == 0
    assert response.stream
    assert response.headers["Content-Length"] == str(length)
    response.close()
    assert file.closed


def test_a_closed_response_has_no_body() -> None:
    file = io.BytesIO(b"abc")
    response = Response()
    response.body = file
    response.close()
    response.close()
    assert file.closed
    assert list(response.body) == []
