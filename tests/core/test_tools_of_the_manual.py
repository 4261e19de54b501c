"""The tools that the manual shows, word for word."""

import logging
from types import SimpleNamespace

import pytest
from tests.core.serving import example, mount, serve

import cherrypy

# The manual, 'Tools', word for word.
LOGIT = """
    import cherrypy

    @cherrypy.tools.register('before_finalize')
    def logit():
       print(cherrypy.request.remote.ip)

    class Root(object):
        @cherrypy.expose
        @cherrypy.tools.logit()
        def index(self):
            return "hello world"
"""

# The same by assignment, which the manual calls equivalent.
LOGIT_ASSIGNED = """
    import cherrypy

    def logit():
       print(cherrypy.request.remote.ip)

    cherrypy.tools.logit = cherrypy.Tool('before_finalize', logit)

    class Root(object):
        @cherrypy.expose
        @cherrypy.tools.logit()
        def index(self):
            return "hello world"
"""

# The manual, 'Stateful tools', word for word.
TIMING = """
    import time

    import cherrypy

    class TimingTool(cherrypy.Tool):
        def __init__(self):
            cherrypy.Tool.__init__(self, 'before_handler',
                                   self.start_timer,
                                   priority=95)

        def _setup(self):
            cherrypy.Tool._setup(self)
            cherrypy.request.hooks.attach('before_finalize',
                                          self.end_timer,
                                          priority=5)

        def start_timer(self):
            cherrypy.request._time = time.time()

        def end_timer(self):
            duration = time.time() - cherrypy.request._time
            cherrypy.log("Page handler took %.4f" % duration)

    cherrypy.tools.timeit = TimingTool()

    class Root(object):
        @cherrypy.expose
        @cherrypy.tools.timeit()
        def index(self):
            return "hello world"
"""

# The manual, 'Toolboxes', word for word.
TOOLBOX = """
    import cherrypy

    # Create a new Toolbox.
    newauthtools = cherrypy._cptools.Toolbox("newauth")

    # Add a Tool to our new Toolbox.
    @newauthtools.register('before_request_body')
    def check_access(default=False):
        if not getattr(cherrypy.request, "userid", default):
            raise cherrypy.HTTPError(401)

    class Root(object):
        @cherrypy.expose
        def default(self):
            return "Hello"

    conf = {
       '/demo': {
           'newauth.check_access.on': True,
           'newauth.check_access.default': True,
        }
    }

    app = cherrypy.tree.mount(Root(), config=conf)
"""

# The manual, 'Request parameters manipulation', word for word.
USER_MANAGER = """
    import cherrypy

    class UserManager(cherrypy.Tool):
        def __init__(self):
            cherrypy.Tool.__init__(self, 'before_handler',
                                   self.load, priority=10)

        def load(self):
            req = cherrypy.request

            # let's assume we have a db session
            # attached to the request somehow
            db = req.db

            # retrieve the user id and remove it
            # from the request parameters
            user_id = req.params.pop('user_id')
            req.params['user'] = db.get(int(user_id))

    cherrypy.tools.user = UserManager()

    class Root(object):
        @cherrypy.expose
        @cherrypy.tools.user()
        def index(self, user):
            return "hello %s" % user.name
"""

# The manual, 'Securing your server', word for word.
SECURE_HEADERS = """
   import cherrypy

   # set the priority according to your needs if you are hooking something
   # else on the 'before_finalize' hook point.
   @cherrypy.tools.register('before_finalize', priority=60)
   def secureheaders():
       headers = cherrypy.response.headers
       headers['X-Frame-Options'] = 'DENY'
       headers['X-XSS-Protection'] = '1; mode=block'
       headers['Content-Security-Policy'] = "default-src='self'"
"""


class Plain:
    """Two pages."""

    @cherrypy.expose
    def index(self) -> str:
        return "index"

    @cherrypy.expose
    def page(self, **params: str) -> str:
        return f"page {params}"


@pytest.mark.parametrize("source", [LOGIT, LOGIT_ASSIGNED])
def test_the_first_tool_of_the_manual_prints_the_address(
    source: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert serve(mount(example(source)["Root"]())).body == "hello world"
    assert capsys.readouterr().out == "127.0.0.1\n"


def test_the_timing_tool_of_the_manual_logs_how_long_a_page_took(
    caplog: pytest.LogCaptureFixture,
) -> None:
    app = mount(example(TIMING)["Root"]())
    with caplog.at_level(logging.INFO):
        for _ in range(2):
            assert serve(app).body == "hello world"
    assert caplog.text.count("Page handler took ") == 2


def test_the_toolbox_of_the_manual_answers_to_its_own_namespace() -> None:
    names = example(TOOLBOX)
    app, conf = names["app"], names["conf"]
    app.toolboxes["newauth"] = names["newauthtools"]
    # NOTE: the example's page takes no path segments, so where access is given it is not found.
    assert serve(app, "/demo").code == 404
    conf["/demo"]["newauth.check_access.default"] = False
    app.merge(conf)
    assert serve(app, "/demo").code == 401
    assert serve(app, "/").body == "Hello"


def test_the_user_manager_of_the_manual_turns_an_id_into_a_user() -> None:
    users = {3: SimpleNamespace(name="bob")}
    root = example(USER_MANAGER)["Root"]()
    app = mount(root, {"/": {"request.db": users}})
    assert serve(app, "/?user_id=3").body == "hello bob"


@pytest.mark.parametrize("by_decorator", [True, False])
def test_the_secure_headers_of_the_manual_are_set_for_the_whole_application(
    by_decorator: bool,
) -> None:
    secureheaders = example(SECURE_HEADERS)["secureheaders"]
    if not by_decorator:
        cherrypy.tools.secureheaders = cherrypy.Tool("before_finalize", secureheaders, priority=60)
    app = mount(Plain(), {"/": {"tools.secureheaders.on": True}})
    for target in ("/", "/page", "/nowhere"):
        assert serve(app, target).headers["X-Frame-Options"] == "DENY"
    assert cherrypy.tools.secureheaders._priority == 60
