"""How what Andon says looks on Discord: mentions, buttons and selects, forms. Pure."""

import re
from collections.abc import Sequence
from itertools import islice

import discord

from handlers.messages import Button, ButtonStyle, Field, FieldKind, Form

__all__ = ["SELECT", "allowed", "modal", "text_of", "view"]

#: The custom id of a select begins so; what was chosen is a button's id.
SELECT = "select:"
_MENTION = re.compile(r"@\{([^}]+)\}")
_STYLES = {
    ButtonStyle.PLAIN: discord.ButtonStyle.secondary,
    ButtonStyle.PRIMARY: discord.ButtonStyle.primary,
    ButtonStyle.DANGER: discord.ButtonStyle.danger,
}
# Discord's limits.
_MOST_BUTTONS = 25
_MOST_CHOICES = 25
_LONGEST_LABEL = 80
_LONGEST_CHOICE = 100
_LONGEST_TITLE = 45
_LONGEST_INTRO = 4000
_MOST_MENTIONED = 100
#: Of our own: what is asked for is a sentence or two.
_LONGEST_VALUE = 1000


def text_of(text: str) -> str:
    """The text with `@{id}` as mentions; ids of other platforms stay as they are."""
    return _MENTION.sub(lambda found: f"<@{found[1]}>" if found[1].isdecimal() else found[1], text)


def allowed(mentions: Sequence[str]) -> discord.AllowedMentions:
    """Only these people may be notified, whatever the text holds."""
    ids = (int(id) for id in mentions if id.isdecimal())
    users = [discord.Object(id) for id in islice(ids, _MOST_MENTIONED)]
    return discord.AllowedMentions(everyone=False, roles=False, replied_user=False, users=users)


def view(buttons: Sequence[Button]) -> discord.ui.View | None:
    """Buttons, or selects where there are too many; None where there are none.

    Their ids say all there is to know, so they outlive a restart: the SDK must not keep them.
    """
    if not buttons:
        return None
    shown = discord.ui.View(timeout=None)
    if len(buttons) <= _MOST_BUTTONS:
        for one in buttons:
            shown.add_item(
                discord.ui.Button(
                    custom_id=one.id, label=one.label[:_LONGEST_LABEL], style=_STYLES[one.style]
                )
            )
    else:
        for row in range(0, min(len(buttons), 5 * _MOST_CHOICES), _MOST_CHOICES):
            shown.add_item(_select(row, buttons[row : row + _MOST_CHOICES]))
    shown.stop()
    return shown


def _select(row: int, buttons: Sequence[Button]) -> discord.ui.Select[discord.ui.View]:
    options = [
        discord.SelectOption(label=one.label[:_LONGEST_CHOICE], value=one.id) for one in buttons
    ]
    first, last = buttons[0].label[:60], buttons[-1].label[:60]
    return discord.ui.Select(
        custom_id=f"{SELECT}{row}", placeholder=f"{first} … {last}", options=options
    )


def modal(form: Form) -> discord.ui.Modal:
    """A form as a modal. Raises `ValueError` where it asks more than Discord takes: five things."""
    shown = discord.ui.Modal(title=form.title[:_LONGEST_TITLE], custom_id=form.id, timeout=15 * 60)
    if form.intro:
        shown.add_item(discord.ui.TextDisplay(form.intro[:_LONGEST_INTRO]))
    for field in form.fields:
        shown.add_item(
            discord.ui.Label(
                text=field.label[:_LONGEST_TITLE],
                description=field.hint[:100] or None,
                component=_input(field),
            )
        )
    return shown


def _input(field: Field) -> discord.ui.Item[discord.ui.Modal]:
    if field.kind is FieldKind.CHOICE:
        options = [
            discord.SelectOption(
                label=label[:_LONGEST_CHOICE], value=value, default=value == field.value
            )
            for value, label in field.choices[:_MOST_CHOICES]
        ]
        return discord.ui.Select(custom_id=field.name, options=options, required=field.required)
    return discord.ui.TextInput(
        custom_id=field.name,
        style=discord.TextStyle.paragraph
        if field.kind is FieldKind.PARAGRAPH
        else discord.TextStyle.short,
        default=field.value[:_LONGEST_VALUE] or None,
        required=field.required,
        max_length=_LONGEST_VALUE,
    )
