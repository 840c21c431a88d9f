"""The FAQ file: what people ask, and what the shop answers.

YAML, a list of entries, or a mapping of `facts` (what the answers' `{{ … }}` stand for) and
`entries`. Every problem is found in one reading, and named by file, line and field.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, tzinfo
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

import yaml

from handlers.faq.fields import Fields, Problem, line_of
from handlers.faq.model import Button, Entry, Faq
from handlers.faq.personal import asks_for_own
from handlers.faq.words import words_of

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["Button", "Entry", "Faq", "FaqError", "Problem", "read_faq", "starter", "variables"]

_LARGEST = 2_000_000
_AUDIENCES = ("public", "private")
_FIELDS = (
    "id",
    "questions",
    "answer",
    "audience",
    "cooldown",
    "valid_from",
    "valid_until",
    "platforms",
    "button",
)


class FaqError(ValueError):
    """A FAQ file has problems and nothing of it was taken; `str()` is one line for each."""

    def __init__(self, problems: "Iterable[Problem]") -> None:
        """Keep the problems, top to bottom."""
        self.problems = tuple(sorted(problems, key=lambda problem: problem.line))
        super().__init__("\n".join(map(str, self.problems)))


def read_faq(content: bytes, *, name: str, zone: tzinfo = UTC, known: Collection[str] = ()) -> Faq:
    """Read a FAQ file called `name`. Raises `FaqError`.

    Days and times without a zone are in `zone`. A file that lists its facts must list all that its
    answers need, but for the `known` ones.
    """
    reading = _Reading(name, zone, frozenset(known))
    faq = reading.of(content)
    if reading.problems:
        raise FaqError(reading.problems)
    return faq


@cache
def starter() -> Faq:
    """Return the entries a live shop can begin with; their facts are examples to be replaced."""
    content = (files("handlers.faq") / "starter.yaml").read_bytes()
    return read_faq(content, name="starter.yaml")


def variables(answer: str) -> frozenset[str]:
    """Return the facts that an answer needs. Raises `ValueError` if it is no template."""
    if "{" not in answer:
        return frozenset()
    # Only here: a file without templates should not wait for it.
    from jinja2 import TemplateError, nodes
    from jinja2.sandbox import SandboxedEnvironment

    try:
        # Only read, never compiled: a compiler works out `'a' * 10**10` on the way.
        tree = SandboxedEnvironment().parse(answer)
        return frozenset(one.name for one in tree.find_all(nodes.Name) if one.ctx == "load")
    except (TemplateError, RecursionError) as error:
        raise ValueError(f"is no template: {error}") from error


def _only_names(answer: str) -> bool:
    # Only here: a file without templates should not wait for it.
    from handlers.faq.rendering import only_names

    return only_names(answer)


class _Reading:
    """One reading of one file, and the problems met on the way."""

    def __init__(self, file: str, zone: tzinfo, known: frozenset[str]) -> None:
        self.problems: list[Problem] = []
        self._notes: list[str] = []
        self._file, self._zone, self._known = file, zone, known
        self._ids: dict[str, int] = {}
        self._asked: dict[tuple[str, ...], str] = {}

    def of(self, content: bytes) -> Faq:
        root = self._parsed(content)
        facts: Mapping[str, str] | None = None
        entries = root
        if isinstance(root, yaml.MappingNode):
            fields = self._fields(root, ("facts", "entries"))
            facts, entries = fields.texts("facts"), fields.node("entries")
        if isinstance(entries, yaml.SequenceNode) and entries.value:
            read = [self._entry(node, facts) for node in entries.value]
            return Faq(entries=tuple(read), facts=facts or {}, notes=tuple(self._notes))
        if entries is not None:
            self._problem(line_of(entries), "entries", "should be a list of entries.")
        return Faq()

    def _parsed(self, content: bytes) -> yaml.Node | None:
        # The safe loader in C, where PyYAML was built with it: a start should not wait.
        loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
        if len(content) > _LARGEST:
            self._problem(0, "", "This is larger than 2 MB.")
            return None
        try:
            root: yaml.Node | None = yaml.compose(content.decode("utf-8-sig"), Loader=loader)
        except yaml.MarkedYAMLError as error:
            line = error.problem_mark.line + 1 if error.problem_mark else 0
            self._problem(line, "", f"This is not YAML: {error.problem or error.context}.")
            return None
        except (UnicodeDecodeError, RecursionError, yaml.YAMLError):
            self._problem(0, "", "This is not YAML in UTF-8; save it as a text file.")
            return None
        if root is None:
            self._problem(0, "", "This is empty; `handlers/faq/starter.yaml` is a beginning.")
        return root

    def _entry(self, node: yaml.Node, facts: Mapping[str, str] | None) -> Entry:
        if not isinstance(node, yaml.MappingNode):
            self._problem(line_of(node), "entry", "should have id, questions and answer.")
            return Entry(id="", questions=(), answer="")
        fields = self._fields(node, _FIELDS)
        entry = Entry(
            id=self._id(fields),
            questions=(),
            answer=self._answer(fields, facts),
            audience=fields.one_of("audience", _AUDIENCES),
            cooldown=fields.seconds("cooldown"),
            valid_from=fields.instant("valid_from", self._zone),
            valid_until=fields.instant("valid_until", self._zone, day_after=True),
            platforms=fields.words("platforms"),
            button=self._button(fields),
        )
        if entry.valid_from and entry.valid_until and entry.valid_from >= entry.valid_until:
            fields.wrong("valid_until", "is not after valid_from.")
        return entry.asked_as(self._questions(fields, entry.id, public=entry.audience == "public"))

    def _id(self, fields: Fields) -> str:
        name = fields.text("id")
        line = fields.line("id")
        if len(name) > 64 or any(letter.isspace() or letter in ":~" for letter in name):
            fields.wrong("id", "should be one word of at most 64 letters, without : and ~.")
        elif name and (first := self._ids.setdefault(name, line)) != line:
            fields.wrong("id", f"{name} is taken by the entry of line {first}.")
        return name

    def _questions(self, fields: Fields, name: str, *, public: bool) -> Sequence[str]:
        questions = fields.lines("questions")
        for line, text in questions:
            words = tuple(words_of(text))
            if not words:
                self._note(line, f"{text!r} has no word in it and is never found.")
            elif (other := self._asked.setdefault(words, name)) != name:
                self._note(line, f"{text!r} is asked in {other} too: neither may be answered.")
            if public and asks_for_own(text):
                self._note(line, f"{text!r} asks for one's own: answered in private only.")
        return [text for _, text in questions]

    def _answer(self, fields: Fields, facts: Mapping[str, str] | None) -> str:
        answer = fields.text("answer")
        try:
            needed = variables(answer)
        except ValueError as error:
            fields.wrong("answer", f"{error}.")
            return answer
        if "{" in answer and not _only_names(answer):
            fields.wrong("answer", "may hold words and names in double braces, no more.")
            return answer
        if facts is not None:
            for missing in sorted(needed - self._known - facts.keys()):
                fields.wrong("answer", f"{{{{ {missing} }}}} is not among the facts.")
        return answer

    def _button(self, fields: Fields) -> Button | None:
        node = fields.node("button", optional=True)
        if node is None:
            return None
        if not isinstance(node, yaml.MappingNode):
            fields.wrong("button", "should have a label, and a link or a command.")
            return None
        inner = self._fields(node, ("label", "link", "command"))
        link, command = inner.text("link", optional=True), inner.text("command", optional=True)
        if bool(link) == bool(command):
            fields.wrong("button", "should have either a link or a command.")
        elif link and not link.startswith("https://"):
            inner.wrong("link", "should begin with https://.")
        return Button(label=inner.text("label"), link=link or None, command=command or None)

    def _fields(self, node: yaml.MappingNode, allowed: Sequence[str]) -> Fields:
        return Fields(node, allowed, self._problem)

    def _note(self, line: int, why: str) -> None:
        self._notes.append(str(Problem(file=self._file, line=line, field="questions", why=why)))

    def _problem(self, line: int, field: str, why: str) -> None:
        self.problems.append(Problem(file=self._file, line=line, field=field, why=why))
