"""`/policy`: what the shop promises about returns, for anybody; plain, printable, no script."""

import html
from collections.abc import Callable

from aiohttp import web

from bot.web.server import Outside
from handlers.returns.promise import Promise, Section

__all__ = ["policy_route"]

_PAGE = """<!doctype html>
<html lang="{language}">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<link rel="stylesheet" href="/static/base.css">
<link rel="stylesheet" href="/static/policy.css">
<main>
<h1>{title}</h1>
<p>{intro}</p>
{sections}
</main>
</html>
"""


def policy_route(promise: Callable[[], Promise]) -> Outside:
    """The page as a route that needs no token: customers read it, and nothing on it is secret."""

    async def answer(_request: web.Request) -> web.Response:
        return web.Response(
            text=_written(promise()),
            content_type="text/html",
            headers={"Cache-Control": "no-cache"},
        )

    return Outside(method="GET", path="/policy", answer=answer)


def _written(page: Promise) -> str:
    return _PAGE.format(
        language=html.escape(page.language),
        title=html.escape(page.title),
        intro=html.escape(page.intro),
        sections="\n".join(
            _section(section, number) for number, section in enumerate(page.sections, start=1)
        ),
    )


def _section(section: Section, number: int) -> str:
    clauses = "\n".join(f"<li>{html.escape(clause.sentence)}</li>" for clause in section.clauses)
    return (
        f'<section aria-labelledby="part-{number}">\n'
        f'<h2 id="part-{number}">{html.escape(section.heading)}</h2>\n'
        f"<ul>\n{clauses}\n</ul>\n</section>"
    )
