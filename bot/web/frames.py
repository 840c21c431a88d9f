"""What a page of the stage and the server say to each other: one JSON object a frame.

From the page: `hello, post, direct, edit, delete, press, submit, complete` (below). To the page:
`welcome, post, edited, deleted, reaction, board, completions, accepted, refused, status`.

From the host's page: `hello, do, beat`. To it: `welcome, host, accepted, refused, answer, beat`.
"""

from collections.abc import Sequence
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from bot.platforms.local_posts import Post, Room
from handlers.messages import Form
from handlers.people import Person, Role

__all__ = [
    "BeatFrame",
    "CompleteFrame",
    "DeleteFrame",
    "DirectFrame",
    "DoFrame",
    "EditFrame",
    "HelloFrame",
    "HostFrame",
    "PageFrame",
    "PostFrame",
    "PressFrame",
    "SubmitFrame",
    "person_json",
    "post_json",
    "room_json",
]


#: No database counts further.
Id = Annotated[int, Field(ge=1, le=2**63 - 1)]


class _Frame(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)


class _Who(_Frame):
    id: str
    name: str
    role: Role


class HelloFrame(_Frame):
    """Who sits at the page, said first and again whenever that changes."""

    type: Literal["hello"]
    person: _Who
    nonce: str = ""


class PostFrame(_Frame):
    """A line for a channel, or a command if it starts with a slash."""

    type: Literal["post"]
    channel: str
    text: str
    nonce: str


class DirectFrame(_Frame):
    """A line to the bot alone."""

    type: Literal["direct"]
    text: str
    nonce: str
    #: The names of pictures that were sent before.
    pictures: list[str] = Field(default_factory=list, max_length=20)


class EditFrame(_Frame):
    """An own line reads differently now."""

    type: Literal["edit"]
    id: Id
    text: str
    nonce: str


class DeleteFrame(_Frame):
    """An own line is taken back."""

    type: Literal["delete"]
    id: Id
    nonce: str


class PressFrame(_Frame):
    """A button, or with `line` an entry of that line's menu."""

    type: Literal["press"]
    channel: str
    button: str = Field(max_length=100)
    line: Id | None = None
    nonce: str


class SubmitFrame(_Frame):
    """A form, filled in."""

    type: Literal["submit"]
    channel: str
    form: str = Field(max_length=100)
    values: dict[str, str] = Field(max_length=25)
    nonce: str


class CompleteFrame(_Frame):
    """A command as typed so far."""

    type: Literal["complete"]
    text: str = Field(max_length=500)


class DoFrame(_Frame):
    """What the host does, to what the page showed: the show, and what was on stage (0: nothing)."""

    type: Literal["do"]
    act: Literal["next", "back", "pause", "resume", "undo"]
    show: Id
    stage: int = Field(ge=0, le=2**63 - 1)
    nonce: str = Field(pattern=r"^[A-Za-z0-9-]{1,64}$")


class BeatFrame(_Frame):
    """Asks whether anybody is there: it is sent back."""

    type: Literal["beat"]


PageFrame = Annotated[
    HelloFrame
    | PostFrame
    | DirectFrame
    | EditFrame
    | DeleteFrame
    | PressFrame
    | SubmitFrame
    | CompleteFrame,
    Field(discriminator="type"),
]

HostFrame = Annotated[HelloFrame | DoFrame | BeatFrame, Field(discriminator="type")]


def post_json(post: Post) -> dict[str, Any]:
    """A post as a page shows it; `nonce` lets its author's page know it again."""
    return {
        "id": post.id,
        "channel": post.channel,
        "person": post.person,
        "author": {
            "id": post.author,
            "name": post.author_name,
            "role": post.author_role,
            "bot": post.bot,
        },
        "kind": post.kind,
        "text": post.text,
        "at": post.at.isoformat(),
        "edited_at": None if post.edited_at is None else post.edited_at.isoformat(),
        "buttons": [
            {"id": button.id, "label": button.label, "style": button.style}
            for button in post.buttons
        ],
        "form": None if post.form is None else _form_json(post.form),
        "mentions": dict(post.mentions),
        "pictures": [{"id": one.id, "alt": one.alt} for one in post.pictures],
        "reactions": list(post.reactions),
        "nonce": (post.once or "").partition(":")[2],
    }


def _form_json(form: Form) -> dict[str, Any]:
    return {
        "id": form.id,
        "title": form.title,
        "intro": form.intro,
        "fields": [
            {
                "name": field.name,
                "label": field.label,
                "kind": field.kind,
                "required": field.required,
                "value": field.value,
                "hint": field.hint,
                "choices": [list(choice) for choice in field.choices],
            }
            for field in form.fields
        ],
    }


def room_json(rooms: Sequence[Room]) -> list[dict[str, Any]]:
    """The channels that a person sees."""
    return [{"id": room.id, "name": room.name, "sort": room.sort} for room in rooms]


def person_json(person: Person) -> dict[str, Any]:
    """Who the page speaks as."""
    return {
        "id": person.id,
        "name": person.name,
        "role": min(person.roles, default=Role.VIEWER),
    }
