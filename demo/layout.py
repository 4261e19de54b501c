"""How every page of the site looks: the frame around its content."""

from collections.abc import Mapping
from html import escape

NAVIGATION = {
    "/": "Home",
    "/guests/": "Guests",
    "/request": "Request",
    "/errors/": "Errors",
}


def page(title: str, content: str) -> str:
    """Return a page with the title, which is text, and the content, which is HTML."""
    heading = escape(title)
    links = "".join(f'<a href="{path}">{name}</a>' for path, name in NAVIGATION.items())
    return f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{heading}</title>
<link rel="stylesheet" href="/static/style.css">
<link rel="icon" href="/static/mark.svg" type="image/svg+xml">
</head>
<body>
<nav aria-label="Main">{links}</nav>
<main>
<h1>{heading}</h1>
{content}
</main>
</body>
</html>
"""


def definitions(title: str, values: Mapping[str, str | list[str]]) -> str:
    """Return names and values as a list of definitions, under a title if there is one."""
    heading = f"<h2>{escape(title)}</h2>" if title else ""
    rows = "".join(
        f"<dt>{escape(name)}</dt><dd>{escape(_text(value))}</dd>" for name, value in values.items()
    )
    return f"{heading}<dl>{rows}</dl>" if rows else f"{heading}<p>None.</p>"


def _text(value: str | list[str]) -> str:
    return value if isinstance(value, str) else ", ".join(value)
