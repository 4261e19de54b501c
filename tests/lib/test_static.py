"""Static files over a real server: the tools of the manual, and `serve_file` and its kin."""

import gzip
import io
import mimetypes
import os
import socket
import struct
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.core.serving import serve
from tests.lib.webserver import WAIT_SECONDS, Site, open_files_below, running

import cherrypy
from cherrypy.lib.static import serve_download, serve_file, serve_fileobj

CSS = b"body { color: red }\n"
LARGE = bytes(range(256)) * 1000  # more than is read at once
SECRET = b"the secret"
MODIFIED = 1_000_000_000
MODIFIED_DATE = "Sun, 09 Sep 2001 01:46:40 GMT"
EARLIER_DATE = "Sun, 09 Sep 2001 01:46:39 GMT"
ETAG = f'"{MODIFIED * 10**9:x}-{len(CSS):x}"'


def fill(site: Path) -> None:
    """Lay out the files to serve, and those that must never be."""
    public, private = site / "public", site / "private"
    for directory in (public / "sub" / "deep", public / "closed", public / "plain", private):
        directory.mkdir(parents=True)
    (site / "public-private").mkdir()
    for secret in (private / "key.txt", site / "public-private" / "key.txt", site / "key.txt"):
        secret.write_bytes(SECRET)
    (public / "style.css").write_bytes(CSS)
    os.utime(public / "style.css", (MODIFIED, MODIFIED))
    (public / "large.bin").write_bytes(LARGE)
    (public / "empty.txt").write_bytes(b"")
    (public / "50% off & für dich?.txt").write_bytes(b"odd")
    (public / "sub" / "index.html").write_bytes(b"<p>index</p>")
    (public / "sub" / "deep" / "a.txt").write_bytes(b"deep")
    (public / "closed" / "x.txt").write_bytes(SECRET)
    (public / "plain" / "a.txt").write_bytes(b"plain")
    with open(public / "huge.bin", "wb") as huge:
        huge.truncate(64 * 2**20)
    if hasattr(os, "mkfifo"):
        os.mkfifo(public / "pipe")
        (public / "link-out").symlink_to(private)
        (public / "link-file-out").symlink_to(private / "key.txt")
        (public / "link-in").symlink_to(public / "sub" / "deep")
        (public / "loop").symlink_to("loop")
        (public / "latest.css").symlink_to("plain/a.txt")


class Root:
    """Page handlers that serve files."""

    def __init__(self, public: Path) -> None:
        self.public = public
        self.assets = cherrypy.tools.staticdir.handler(section="/assets", dir=public)

    @cherrypy.expose
    def file(self, name: str, **options: str) -> Any:
        """Serve a file with the options of `serve_file`."""
        return serve_file(self.public / name, **options)  # type: ignore[arg-type]  # all are text

    @cherrypy.expose
    def download(self, name: str) -> Any:
        """Serve a file to be saved."""
        return serve_download(str(self.public / "style.css"), name)

    @cherrypy.expose
    def relative(self) -> Any:
        """Do what the manual says one cannot."""
        return serve_file("style.css")

    @cherrypy.expose
    def memory(self, start: str = "0") -> Any:
        """Serve what is no file on disk, from where it stands."""
        file = io.BytesIO(b"0123456789")
        file.seek(int(start))
        return serve_fileobj(file, "text/x-digits", "inline", "digits.txt")

    @cherrypy.expose
    def opened(self) -> Any:
        """Serve an open file."""
        return serve_fileobj(open(self.public / "style.css", "rb"), "text/css")

    @cherrypy.expose
    def unpacked(self) -> Any:
        """Serve a file whose descriptor knows another size."""
        packed = io.BytesIO(gzip.compress(b"x" * 1000))
        return serve_fileobj(gzip.open(packed), "text/plain")

    @cherrypy.expose
    def endless(self) -> Any:
        """Serve what can only be read."""
        reader, writer = os.pipe()
        os.write(writer, b"piped")
        os.close(writer)
        return serve_fileobj(os.fdopen(reader, "rb"), "text/plain")

    @cherrypy.expose
    def broken_after(self) -> Any:
        """Fail with a body that is open."""
        serve_file(self.public / "large.bin")
        raise ValueError("on purpose")

    @cherrypy.expose
    def refused_after(self) -> Any:
        """Refuse with a body that is open."""
        serve_file(self.public / "large.bin")
        raise cherrypy.HTTPError(403)

    @cherrypy.expose
    def gone(self) -> Any:
        """Show an error page that is a file."""
        raise cherrypy.HTTPError(410)

    @cherrypy.expose
    def forwarded(self) -> Any:
        """Leave with a body that is open."""
        serve_file(self.public / "large.bin")
        raise cherrypy.InternalRedirect("/memory")


def refuse() -> None:
    """Keep everybody out."""
    raise cherrypy.HTTPError(403)


def mount(site: Path) -> None:
    """Mount the application over the files in *site*."""
    public = str(site / "public")
    switched_on = {"tools.staticdir.on": True, "tools.staticdir.dir": "public"}
    config: dict[str, dict[str, Any]] = {
        "/": {"tools.staticdir.root": site, "error_page.410": gone_page(site)},
        "/static": {**switched_on, "tools.staticdir.index": "index.html"},
        "/static/closed": {"hooks.before_request_body": refuse},
        "/some": {
            **switched_on,
            "tools.staticdir.match": r"\.(css|html)$",
            "tools.staticdir.content_types": {"css": "text/x-own"},
            "tools.staticdir.debug": True,
        },
        "/style.css": {
            "tools.staticfile.on": True,
            "tools.staticfile.filename": f"{public}/style.css",
        },
        "/absent.css": {
            "tools.staticfile.on": True,
            "tools.staticfile.filename": "absent.css",
            "tools.staticfile.root": public,
        },
        "/homeless": {**switched_on, "tools.staticdir.root": ""},
        "/homeless.css": {"tools.staticfile.on": True, "tools.staticfile.filename": "x.css"},
    }
    cherrypy.tree.mount(Root(site / "public"), "", config)


def gone_page(site: Path) -> Any:
    """Return an error page that is a file."""
    return lambda **texts: serve_file(site / "public" / "style.css")


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The directory with the files."""
    directory = tmp_path_factory.mktemp("site")
    fill(directory)
    return directory


@pytest.fixture(scope="module", params=["native", "wsgi"])
def site(request: pytest.FixtureRequest, directory: Path) -> Iterator[Site]:
    """The site, by either gateway; no file of it is left open at the end."""
    with running(lambda: mount(directory), request.param) as server:
        yield server
    if sys.platform == "linux":
        assert open_files_below(str(directory)) == []


def test_a_file_of_the_directory_is_served(site: Site) -> None:
    answer = site.ask("/static/style.css")
    assert (answer.status, answer.body) == (200, CSS)
    assert answer.headers["Content-Type"] == "text/css"
    assert answer.headers["Content-Length"] == str(len(CSS))
    assert answer.headers["Last-Modified"] == MODIFIED_DATE
    assert answer.headers["ETag"] == ETAG
    assert answer.headers["Accept-Ranges"] == "bytes"


@pytest.mark.parametrize(
    ("target", "body"),
    [
        ("/static/sub/deep/a.txt", b"deep"),
        ("/static//sub///deep/a.txt", b"deep"),
        ("/static/empty.txt", b""),
        ("/static/large.bin", LARGE),
        ("/static/50%25%20off%20&%20f%C3%BCr%20dich%3F.txt", b"odd"),
        ("/static/style.css?version=3", CSS),
        ("/static/link-in/a.txt", b"deep"),
        ("/static/sub/", b"<p>index</p>"),
        ("/static/sub/index.html", b"<p>index</p>"),
        ("/style.css", CSS),
        ("/assets/style.css", CSS),
    ],
)
def test_a_target_leads_to_its_file(site: Site, target: str, body: bytes) -> None:
    answer = site.ask(target)
    assert (answer.status, answer.body) == (200, body)
    assert answer.headers["Content-Length"] == str(len(body))
    head = site.ask(target, "HEAD")
    assert (head.status, head.body) == (200, b"")
    assert head.headers["Content-Length"] == str(len(body))


@pytest.mark.parametrize(
    "target",
    [
        # Dots, in every spelling
        "/static/../private/key.txt",
        "/static/../key.txt",
        "/static/..",
        "/static/.",
        "/static/sub/../../private/key.txt",
        "/static//../private/key.txt",
        "/static/%2e%2e/private/key.txt",
        "/static/.%2E/private/key.txt",
        "/static/%2e%2e%2fprivate%2fkey.txt",
        "/static/..%2fprivate/key.txt",
        "/static/%252e%252e/private/key.txt",
        "/static/..%252fprivate/key.txt",
        "/static/..%5cprivate%5ckey.txt",
        "/static/..\\private\\key.txt",
        "/static/.../private/key.txt",
        "/static/..;/private/key.txt",
        "/static/%c0%ae%c0%ae/private/key.txt",
        "/static/%ef%bc%8e%ef%bc%8e/private/key.txt",
        "/static/%u002e%u002e/private/key.txt",
        # A sibling whose name begins in the same way
        "/static/../public-private/key.txt",
        "/static/-private/key.txt",
        "/static-private/key.txt",
        # Symbolic links
        "/static/link-out/key.txt",
        "/static/link-file-out",
        "/static/link-in/../../private/key.txt",
        "/static/loop",
        # Absolute paths and drives
        "/static//etc/passwd",
        "/static/%2fetc%2fpasswd",
        "/static/C:/Windows/win.ini",
        "/static/C%3a%5cWindows%5cwin.ini",
        "/static/c:style.css",
        # NUL
        "/static/%00",
        "/static/style.css%00",
        "/static/style.css%00.png",
        # What is no regular file, or no file
        "/static/pipe",
        "/static/style.css/",
        "/static/style.css/x",
        "/static/plain/",
        "/static/plain",
        "/static/",
        "/static/nowhere.css",
        "/static/" + "x" * 300,
        "/absent.css",
        "/assets/",
        "/assets/../private/key.txt",
        # A way around the rules of a section
        "/static/sub/../closed/x.txt",
        "/static/./closed/x.txt",
        "/static/%2e/closed/x.txt",
        "/static/closed%2fx.txt",
    ],
)
def test_what_is_no_file_of_the_directory_is_not_found(site: Site, target: str) -> None:
    answer = site.ask(target)
    assert answer.status == 404
    assert SECRET not in answer.body
    assert b"[extensions]" not in answer.body
    assert b"root:" not in answer.body


def test_the_rules_of_a_section_hold_for_its_files(site: Site) -> None:
    assert site.ask("/static/closed/x.txt").status == 403
    assert site.ask("/static//closed/x.txt").status == 403


def test_a_directory_with_an_index_is_redirected_to_its_slash(site: Site) -> None:
    answer = site.ask("/static/sub?a=1&b=%2F")
    assert answer.status == 301
    assert answer.headers["Location"] == "http://site/static/sub/?a=1&b=%2F"


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS"])
def test_other_methods_are_not_answered_by_a_file(site: Site, method: str) -> None:
    answer = site.ask("/static/style.css", method, Content_Length="0")
    assert (answer.status, CSS in answer.body) == (404, False)


def test_only_what_matches_is_served_and_with_types_of_ones_own(site: Site) -> None:
    assert site.ask("/some/style.css").headers["Content-Type"] == "text/x-own"
    assert site.ask("/some/sub/index.html").headers["Content-Type"] == "text/html"
    assert site.ask("/some/empty.txt").status == 404


def test_the_type_is_that_of_the_name_asked_for(site: Site) -> None:
    answer = site.ask("/static/latest.css")
    assert (answer.body, answer.headers["Content-Type"]) == (b"plain", "text/css")


def test_a_type_that_the_application_adds_counts(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert site.ask("/static/large.bin").headers["Content-Type"] == "application/octet-stream"
    monkeypatch.setitem(mimetypes.types_map, ".bin", "application/x-own")
    assert site.ask("/static/large.bin").headers["Content-Type"] == "application/x-own"


def test_a_relative_path_without_a_root_says_what_to_configure(site: Site) -> None:
    answer = site.ask("/homeless/style.css")
    assert answer.status == 500
    assert b"Give an absolute path in tools.staticdir.dir, or one in tools.staticdir.root" in (
        answer.body
    )
    assert b"tools.staticfile.root" in site.ask("/homeless.css").body
    assert b"takes an absolute path" in site.ask("/relative").body


@pytest.mark.parametrize(
    ("status", "fields"),
    [
        (304, {"If_None_Match": ETAG}),
        (304, {"If_None_Match": f'"other", W/{ETAG}'}),
        (304, {"If_None_Match": "*"}),
        (200, {"If_None_Match": '"other"'}),
        (200, {"If_None_Match": "garbage"}),
        (304, {"If_Modified_Since": MODIFIED_DATE}),
        (304, {"If_Modified_Since": "Sun Sep  9 01:46:41 2001"}),
        (200, {"If_Modified_Since": EARLIER_DATE}),
        (200, {"If_Modified_Since": "yesterday"}),
        # RFC 9110, 13.1.3: not even looked at beside If-None-Match
        (200, {"If_None_Match": '"other"', "If_Modified_Since": MODIFIED_DATE}),
        (200, {"If_Match": ETAG}),
        (200, {"If_Match": "*"}),
        (412, {"If_Match": '"other"'}),
        (412, {"If_Match": f"W/{ETAG}"}),
        (200, {"If_Unmodified_Since": MODIFIED_DATE}),
        (412, {"If_Unmodified_Since": EARLIER_DATE}),
        (200, {"If_Unmodified_Since": "yesterday"}),
        # RFC 9110, 13.1.4: nor this beside If-Match
        (200, {"If_Match": ETAG, "If_Unmodified_Since": EARLIER_DATE}),
        # RFC 9110, 13.2.2: the former condition is asked first
        (412, {"If_Match": '"other"', "If_None_Match": ETAG}),
        (304, {"If_Match": ETAG, "If_None_Match": ETAG}),
        (304, {"If_None_Match": ETAG, "Range": "bytes=0-1"}),
    ],
)
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_conditions_are_heeded(
    site: Site, method: str, status: int, fields: dict[str, str]
) -> None:
    answer = site.ask("/static/style.css", method, **fields)
    assert answer.status == status
    if status == 304:
        assert answer.body == b""
        assert answer.headers["ETag"] == ETAG
        assert answer.headers["Last-Modified"] == MODIFIED_DATE
        assert answer.headers["Content-Type"] is None
    if status == 412:
        assert answer.headers["ETag"] is None


@pytest.mark.parametrize(
    ("asked", "start", "stop"),
    [
        ("bytes=0-0", 0, 1),
        ("bytes=10-19", 10, 20),
        ("bytes=255990-", 255990, 256000),
        ("bytes=-7", 255993, 256000),
        ("bytes=0-999999", 0, 256000),
        ("bytes=100-200000", 100, 200001),
        ("bytes=5-6, 999999-", 5, 7),
    ],
)
def test_a_range_is_answered_with_its_part(site: Site, asked: str, start: int, stop: int) -> None:
    answer = site.ask("/static/large.bin", Range=asked)
    assert answer.status == 206
    assert answer.headers["Content-Range"] == f"bytes {start}-{stop - 1}/{len(LARGE)}"
    assert answer.headers["Content-Length"] == str(stop - start)
    assert answer.body == LARGE[start:stop]


def test_several_ranges_are_answered_in_parts(site: Site) -> None:
    answer = site.ask("/static/large.bin", Range="bytes=5-9,0-2,-100000")
    assert answer.status == 206
    assert answer.headers["Content-Range"] is None
    assert answer.headers["Content-Length"] == str(len(answer.body))
    boundary = str(answer.headers.get_boundary())
    assert answer.headers["Content-Type"] == f"multipart/byteranges; boundary={boundary}"
    parts = [(5, 10), (0, 3), (156000, 256000)]
    expected = b"".join(
        f"\r\n--{boundary}\r\nContent-Type: application/octet-stream\r\n"
        f"Content-Range: bytes {start}-{stop - 1}/256000\r\n\r\n".encode()
        + LARGE[start:stop]
        for start, stop in parts
    )
    assert answer.body == expected.removeprefix(b"\r\n") + f"\r\n--{boundary}--\r\n".encode()


@pytest.mark.parametrize("asked", ["bytes=256000-", "bytes=-0", "bytes=999999-1000000"])
def test_a_range_beyond_the_end_is_refused_with_the_size(site: Site, asked: str) -> None:
    answer = site.ask("/static/large.bin", Range=asked)
    assert answer.status == 416
    assert answer.headers["Content-Range"] == "bytes */256000"


@pytest.mark.parametrize(
    "fields",
    [
        {"Range": "lines=1-2"},
        {"Range": "bytes=9-2"},
        {"Range": "bytes="},
        {"Range": "bytes=" + "0-," * 50},
        {"Range": "bytes=0-1", "If_Range": '"other"'},
        {"Range": "bytes=0-1", "If_Range": f"W/{ETAG}"},
        {"Range": "bytes=0-1", "If_Range": EARLIER_DATE},
        {"Range": "bytes=0-1", "If_Range": "Sun, 09 Sep 2001 01:46:41 GMT"},
        {"Range": "bytes=0-1", "If_Range": "garbage"},
    ],
)
def test_a_range_that_does_not_count_is_answered_with_all(
    site: Site, fields: dict[str, str]
) -> None:
    answer = site.ask("/static/style.css", **fields)
    assert (answer.status, answer.body) == (200, CSS)


@pytest.mark.parametrize("validator", [ETAG, MODIFIED_DATE])
def test_a_range_of_the_version_that_is_there_completes_it(site: Site, validator: str) -> None:
    answer = site.ask("/static/style.css", Range="bytes=5-", If_Range=validator)
    assert (answer.status, answer.body) == (206, CSS[5:])


def test_head_has_the_length_of_all_whatever_the_range(site: Site) -> None:
    answer = site.ask("/static/large.bin", "HEAD", Range="bytes=0-1")
    assert answer.status == 200
    assert answer.headers["Content-Length"] == str(len(LARGE))


def test_a_client_of_http_1_0_gets_all(site: Site) -> None:
    with socket.create_connection(("127.0.0.1", site.port), WAIT_SECONDS) as connection:
        connection.sendall(b"GET /static/large.bin HTTP/1.0\r\nRange: bytes=0-1\r\n\r\n")
        received = b"".join(iter(lambda: connection.recv(65536), b""))
    assert received.startswith(b"HTTP/1.1 200 OK\r\n")
    assert received.endswith(LARGE)


def test_a_file_from_the_future_is_dated_now(site: Site, directory: Path) -> None:
    os.utime(directory / "public" / "plain" / "a.txt", (4e9, 4e9))
    answer = site.ask("/static/plain/a.txt")
    assert answer.headers["Last-Modified"] == answer.headers["Date"]


def test_a_tool_tells_what_it_does_when_asked(site: Site, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level("INFO"):
        site.ask("/some/style.css")
        site.ask("/some/style.css", "DELETE")
        site.ask("/static/style.css")
    told = [line for line in caplog.messages if "TOOLS.STATICDIR" in line]
    assert len(told) == 2
    assert told[0].endswith("is served")
    assert told[1].endswith("A file does not answer DELETE")


def test_a_page_handler_serves_a_file(site: Site) -> None:
    answer = site.ask("/file?name=large.bin")
    assert (answer.status, answer.body) == (200, LARGE)
    assert answer.headers["Content-Length"] == str(len(LARGE))
    assert answer.headers["Content-Disposition"] is None
    assert site.ask("/file?name=nowhere").status == 404
    assert site.ask("/file?name=sub").status == 404
    assert site.ask("/file?name=a%00b").status == 404


def test_text_that_a_page_handler_serves_names_its_charset(site: Site) -> None:
    page = site.ask("/file?name=sub/index.html", Accept_Charset="iso-8859-1")
    assert page.headers["Content-Type"] == "text/html;charset=utf-8"
    own = site.ask("/file?name=sub/index.html&content_type=text/html;charset=latin-1")
    assert own.headers["Content-Type"] == "text/html;charset=latin-1"
    assert own.body == b"<p>index</p>"


def test_a_file_that_is_served_to_a_form_is_served_whole(site: Site) -> None:
    answer = site.ask(
        "/file?name=style.css", "POST", If_None_Match=ETAG, Range="bytes=0-1", Content_Length="0"
    )
    assert (answer.status, answer.body) == (200, CSS)


@pytest.mark.parametrize(
    ("target", "disposition"),
    [
        ("/file?name=style.css&disposition=attachment", 'attachment; filename="style.css"'),
        ("/download?name=a.css", 'attachment; filename="a.css"'),
        (
            "/download?name=na%C3%AFve%22.css",
            'attachment; filename="na_ve\\".css"; filename*=UTF-8\'\'na%C3%AFve%22.css',
        ),
        ("/download?name=a%0D%0AX:%20y", 'attachment; filename="aX: y"'),
    ],
)
def test_a_download_has_a_name(site: Site, target: str, disposition: str) -> None:
    answer = site.ask(target)
    assert answer.headers["Content-Disposition"] == disposition
    assert answer.headers["X"] is None


def test_a_file_object_is_served_from_where_it_stands(site: Site) -> None:
    whole, rest = site.ask("/memory"), site.ask("/memory?start=4")
    assert (whole.body, rest.body) == (b"0123456789", b"456789")
    assert whole.headers["Content-Disposition"] == 'inline; filename="digits.txt"'
    assert whole.headers["ETag"] is None
    part = site.ask("/memory?start=4", Range="bytes=1-2")
    assert (part.status, part.body) == (206, b"56")
    assert part.headers["Content-Range"] == "bytes 1-2/6"


def test_an_open_file_has_a_version(site: Site) -> None:
    answer = site.ask("/opened")
    assert (answer.body, answer.headers["ETag"]) == (CSS, ETAG)
    assert site.ask("/opened", If_None_Match=ETAG).status == 304


def test_a_file_object_has_the_length_of_what_is_read(site: Site) -> None:
    assert site.ask("/unpacked").body == b"x" * 1000


def test_what_can_only_be_read_is_streamed(site: Site) -> None:
    answer = site.ask("/endless", Range="bytes=0-1")
    assert (answer.status, answer.body) == (200, b"piped")
    assert answer.headers["Content-Length"] is None


def test_a_file_can_be_an_error_page(site: Site) -> None:
    answer = site.ask("/gone", If_None_Match=ETAG, Range="bytes=0-1")
    assert (answer.status, answer.body) == (410, CSS)


def test_a_body_that_an_error_or_redirect_replaces_is_closed(site: Site) -> None:
    assert site.ask("/broken_after").status == 500
    assert site.ask("/refused_after").status == 403
    assert site.ask("/forwarded").body == b"0123456789"


@pytest.mark.skipif(sys.platform != "linux", reason="lists open files by /proc")
@pytest.mark.parametrize("target", ["/static/huge.bin", "/file?name=huge.bin"])
def test_the_file_is_closed_when_the_client_is_gone(site: Site, target: str) -> None:
    ended = threading.Event()

    def notice() -> None:
        if cherrypy.request.headers.get("X-Test") == target:
            ended.set()

    cherrypy.engine.subscribe("after_request", notice)
    try:
        with site.send(target, X_Test=target) as connection:
            assert connection.recv(1000).startswith(b"HTTP/1.1 200 OK")
            assert not ended.is_set()
            # A reset, in place of an orderly end that would wait for what is under way.
            reset = struct.pack("ii", 1, 0)
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, reset)
        assert ended.wait(WAIT_SECONDS)
    finally:
        cherrypy.engine.unsubscribe("after_request", notice)
    assert not [path for path in open_files_below("/") if path.endswith("huge.bin")]


def test_the_site_has_a_favicon(site: Site) -> None:
    answer = site.ask("/favicon.ico")
    assert answer.status == 200
    assert answer.body.startswith(b"\0\0\1\0")
    assert answer.headers["Content-Type"] in ("image/vnd.microsoft.icon", "image/x-icon")


def test_a_favicon_of_ones_own_comes_first() -> None:
    own = {"tools.staticfile.on": True, "tools.staticfile.filename": __file__}
    root = type("Site", (), {"favicon_ico": cherrypy.tree.favicon})()
    app = cherrypy.Application(root, "", {"/favicon.ico": own})
    assert serve(app, "/favicon.ico").body.encode() == Path(__file__).read_bytes()
