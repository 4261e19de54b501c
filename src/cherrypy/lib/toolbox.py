"""The built-in tools: one line each, its name, its hook point and its place in the order."""

from ..core.tools import HandlerTool, Tool, Toolbox
from . import cptools, encoding, static


def default_toolbox() -> Toolbox:
    """Return a new toolbox with every built-in tool; `cherrypy.tools` is one."""
    tools = Toolbox("tools")
    tools.encode = Tool("before_handler", encoding.ResponseEncoder, priority=70)
    tools.log_headers = Tool("before_error_response", cptools.log_request_headers)
    tools.log_tracebacks = Tool("before_error_response", cptools.log_traceback)
    tools.staticdir = HandlerTool(static.staticdir)
    tools.staticfile = HandlerTool(static.staticfile)
    tools.trailing_slash = Tool("before_handler", cptools.trailing_slash, priority=60)
    return tools
