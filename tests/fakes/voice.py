"""A voice with few words."""

from collections.abc import Sequence

from handlers.speech import Rendered, Spoken

__all__ = ["PlainVoice"]


class PlainVoice:
    """Says `values["text"]`; what waits together is one post, lines joined; a card is its own.

    `merged` lists how many messages each rendering had before it.
    """

    def __init__(self) -> None:
        self.merged: list[int] = []

    def render(self, waiting: Sequence[Spoken], *, max_characters: int) -> Sequence[Rendered]:
        """One post for all lines, as many as `max_characters` asks for; then one a card."""
        self.merged.append(len(waiting))
        lines = [each for each in waiting if each.card is None]
        posts: list[Rendered] = []
        for start in range(0, len(text := "\n".join(map(self._text, lines))), max_characters):
            piece = text[start : start + max_characters]
            members = tuple(each.id for each in lines)
            posts.append(Rendered(members=members, kind=lines[0].kind, text=piece))
        for card in dict.fromkeys(each.card for each in waiting if each.card):
            states = [each for each in waiting if each.card == card]
            members = tuple(each.id for each in states)
            last = states[-1]
            posts.append(
                Rendered(members=members, kind=last.kind, text=self._text(last), card=card)
            )
        return posts

    def _text(self, spoken: Spoken) -> str:
        return str(spoken.values["text"])
