"""The two pages on Starlette and uvicorn with uvloop and httptools: python FILE PORT."""

import sys

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Mount, Route


async def index(request: Request) -> Response:
    """Return the constant."""
    return HTMLResponse("Hello World!")


async def hello(request: Request) -> Response:
    """Greet with both parameters of the query string."""
    query = request.query_params
    return HTMLResponse(f"Hello {query['name']}, {query['n']} times!")


app = Starlette(routes=[Route("/", index), Mount("/sub", routes=[Route("/hello", hello)])])

if __name__ == "__main__":
    uvicorn.run(
        app,
        host="127.0.0.1",
        port=int(sys.argv[1]),
        loop="uvloop",
        http="httptools",
        log_level="warning",
        access_log=False,
    )
