"""The two pages on Flask and waitress: python FILE PORT."""

import logging
import sys

import flask
import waitress


def index() -> str:
    """Return the constant."""
    return "Hello World!"


def hello() -> str:
    """Greet with both parameters of the query string."""
    return f"Hello {flask.request.args['name']}, {flask.request.args['n']} times!"


app = flask.Flask(__name__)
app.add_url_rule("/", view_func=index)
app.add_url_rule("/sub/hello", view_func=hello)

if __name__ == "__main__":
    # NOTE: it would log a warning whenever requests outnumber its threads, which is always.
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)
    waitress.serve(app, host="127.0.0.1", port=int(sys.argv[1]), threads=10)
