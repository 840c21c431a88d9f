"""Answers as templates: what they need, and how they read with the facts of the shop."""

import re
from collections.abc import Mapping

from jinja2 import StrictUndefined, Template, TemplateError, nodes
from jinja2.sandbox import SandboxedEnvironment

from handlers.wording import Said

__all__ = ["Templates", "only_names"]

#: A shop's words may hold links and mail addresses, and mention nobody.
_MENTIONS = re.compile(r"@(?=everyone\b|here\b|channel\b|\{)|<(?=[@!#])")
_HARMLESS = {"@": "\uff20", "<": "\u2039"}
_LONGEST = 1_800
#: More than any FAQ has; what is edited all day must not be remembered for ever.
_MOST = 2_000


def only_names(answer: str) -> bool:
    """Whether a template holds nothing but words and `{{ name }}`, as one typed in a chat must."""
    try:
        tree = SandboxedEnvironment().parse(answer)
    except (TemplateError, RecursionError):
        return False
    return all(
        isinstance(one, nodes.Output)
        and all(isinstance(part, nodes.TemplateData | nodes.Name) for part in one.nodes)
        for one in tree.body
    )


class Templates:
    """Fills answers in; each template is read once."""

    def __init__(self) -> None:
        self._environment = SandboxedEnvironment(autoescape=False, undefined=StrictUndefined)
        self._read: dict[str, Template] = {}

    def fill(self, answer: str, facts: Mapping[str, str]) -> Said | None:
        """The answer, None if it cannot be said with these facts."""
        try:
            text = self._template(answer).render(facts) if "{" in answer else answer
        except (TemplateError, TypeError, ValueError, ArithmeticError, LookupError):
            return None
        text = _MENTIONS.sub(lambda found: _HARMLESS[found[0]], text.strip())
        return Said(text[:_LONGEST]) if text else None

    def _template(self, answer: str) -> Template:
        found = self._read.get(answer)
        if found is None:
            if len(self._read) >= _MOST:
                self._read.clear()
            found = self._read[answer] = self._environment.from_string(answer)
        return found
