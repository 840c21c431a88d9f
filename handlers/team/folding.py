"""Many alerts in one message: when they are old news, or when a night's worth comes at once."""

from collections.abc import Sequence

from handlers.claims.rules import SaleRules
from handlers.speech import Rendered, Spoken, foldable, gather, plain_posts, split_text, text_of
from handlers.wording import Said, Wording

__all__ = ["alert_posts", "listing"]

_LAST = 3
_LONGEST_LINE = 240


def alert_posts(
    wording: Wording, rules: SaleRules, said: Sequence[Spoken], max_characters: int
) -> Sequence[Rendered]:
    """Alerts that wait at one place: stale ones in one summary, the others as they are."""
    stale = [one for one in said if one.stale and foldable(one)]
    if len(stale) < 2:
        stale = []
    posts = _summary(wording, stale, max_characters) if stale else []
    for one in said:
        if one not in stale:
            posts += plain_posts(wording, one, max_characters)
    return posts


def _summary(wording: Wording, stale: Sequence[Spoken], max_characters: int) -> list[Rendered]:
    text = wording.say(
        "alert.while_away",
        since=stale[0].values["since"],
        until=stale[-1].values["time"],
        count=len(stale),
        last=_LAST,
        lines=listing([text_of(wording, one) for one in stale[-_LAST:]], _LAST),
    )
    members = tuple(one.id for one in stale)
    pieces = [(piece, members) for piece in split_text(text, max_characters)]
    return gather(pieces, kind="alert.while_away", max_characters=max_characters)


def listing(texts: Sequence[str], most: int) -> Said:
    """The last of these texts of ours as lines of a list, at most so many, cut to be short."""
    return Said("\n".join(f"• {_brief(text)}" for text in texts[-most:]))


def _brief(text: str) -> str:
    line = text.partition("\n")[0]
    return line if len(line) <= _LONGEST_LINE else line[: _LONGEST_LINE - 1] + "…"
