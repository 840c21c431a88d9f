"""What people see of a text: whom it mentions, where it links to, and how it reads."""

import html
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from tests.fakes.slack.world import Json, Message, World

__all__ = ["Reading", "read", "read_blocks", "read_message", "typed"]

_TOKEN = re.compile(r"<([@#!]?)([^<>|]+)(?:\|([^<>]*))?>")
_BARE_URL = re.compile(r"https?://[^\s<>|]+")
_BARE_DOMAIN = re.compile(r"\b(?:[a-z0-9-]+\.)+(?:com|org|net|io|dev|shop|co)\b(?:/\S*)?", re.I)
_NAME = re.compile(r"(?<![\w.])([@#])([\w.-]*\w)")
_CODE = re.compile(r"```.*?```|`[^`\n]+`", re.S)
_EVERYONE = ("channel", "here", "everyone")


def _unescaped(text: str) -> str:
    """Slack knows these three and no others: `&eacute;` stays what it is."""
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


@dataclass(frozen=True, slots=True)
class Reading:
    """`shown` is the text as people read it, `mentions` such as `@Mia`, `@here` or `#alerts`."""

    shown: str
    mentions: tuple[str, ...] = ()
    links: tuple[str, ...] = ()


class _Reader:
    """Reads one text after another, and keeps what it met."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.mentions: list[str] = []
        self.links: list[str] = []

    def mrkdwn(self, text: str, *, names: bool = False, urls: bool = True) -> str:
        """A text with `<…>` in it; with `names` also plain `@here`, `@mia` and `#alerts`."""
        parts, last = [], 0
        for token in _TOKEN.finditer(text):
            parts.append(self._plain(text[last : token.start()], names=names, urls=urls))
            parts.append(self._token(*token.groups()))
            last = token.end()
        parts.append(self._plain(text[last:], names=names, urls=urls))
        return "".join(parts)

    def full(self, text: str) -> str:
        """A text of `parse=full`: as if typed, so `<!here>` is letters and `@here` is not."""
        shown = self._plain(text, names=True, urls=True)
        self.links += _BARE_DOMAIN.findall(_BARE_URL.sub(" ", shown))
        return shown

    def mention(self, kind: str, target: str) -> str:
        """Someone or something is mentioned: keep it, and return what is shown."""
        if kind == "@":
            user = self._world.users.get(target)
            shown = f"@{user.display_name if user else target}"
        elif kind == "#":
            channel = self._world.channels.get(target)
            shown = f"#{channel.name if channel else target}"
        elif target.startswith("subteam^"):
            group = self._world.groups.get(target.removeprefix("subteam^"))
            shown = f"@{group.handle if group else target}"
        else:
            shown = f"@{target}"
        self.mentions.append(shown)
        return shown

    def _token(self, kind: str, target: str, label: str | None) -> str:
        if kind == "!" and target.startswith("date^"):
            return _unescaped(label or target)
        if kind == "!" and target not in _EVERYONE and not target.startswith("subteam^"):
            return _unescaped(label or f"<{target}>")
        if kind:
            return self.mention(kind, target)
        if not re.match(r"(https?|mailto|tel|slack):", target):
            return f"<{target}>"
        self.links.append(_unescaped(target))
        return _unescaped(label or target)

    def _plain(self, text: str, *, names: bool, urls: bool) -> str:
        outside = _CODE.sub(" ", text)
        if urls:
            self.links += [_unescaped(one.rstrip(".,;:!?)")) for one in _BARE_URL.findall(outside)]
        if names:
            for kind, name in _NAME.findall(_BARE_URL.sub(" ", outside)):
                self._named(kind, name)
        return _unescaped(text)

    def _named(self, kind: str, name: str) -> None:
        if kind == "#":
            if (channel := self._world.channel_named(name)) is not None:
                self.mention("#", channel.id)
            return
        if name in _EVERYONE:
            self.mention("!", name)
        for user in self._world.users.values():
            if name in (user.handle, user.name):
                self.mention("@", user.id)
        for group in self._world.groups.values():
            if name == group.handle:
                self.mention("!", f"subteam^{group.id}")

    # --- blocks -----------------------------------------------------------------------------

    def text_object(self, part: Json | None, *, names: bool = False) -> str:
        """A text object; a plain one mentions nobody."""
        if not part:
            return ""
        text = str(part.get("text", ""))
        if part.get("type") != "mrkdwn":
            return _unescaped(text)
        plain = bool(part.get("verbatim"))
        return self.mrkdwn(text, names=names and not plain, urls=not plain)

    def block(self, block: Json, *, names: bool = False) -> str:
        """A block as lines; buttons and pictures are not read out."""
        match block.get("type"):
            case "section":
                parts = [block.get("text"), *(block.get("fields") or ())]
            case "header":
                parts = [block.get("text")]
            case "context":
                parts = [one for one in block["elements"] if one["type"] != "image"]
            case "input":
                parts = [block.get("label"), block.get("hint")]
            case "markdown":
                return self.mrkdwn(str(block["text"]))
            case "rich_text":
                return "".join(map(self.rich, block["elements"]))
            case _:
                return ""
        return "\n".join(filter(None, (self.text_object(one, names=names) for one in parts)))

    def rich(self, part: Json) -> str:
        """A piece of rich text."""
        match part.get("type"):
            case "user":
                return self.mention("@", part["user_id"])
            case "channel":
                return self.mention("#", part["channel_id"])
            case "usergroup":
                return self.mention("!", f"subteam^{part['usergroup_id']}")
            case "broadcast":
                return self.mention("!", part["range"])
            case "link":
                self.links.append(part["url"])
                return str(part.get("text") or part["url"])
            case "emoji":
                return f":{part['name']}:"
            case _:
                return str(part.get("text", "")) + "".join(map(self.rich, part.get("elements", ())))


def _reading(world: World, work: Callable[[_Reader], str]) -> Reading:
    reader = _Reader(world)
    shown = work(reader)
    return Reading(shown, tuple(dict.fromkeys(reader.mentions)), tuple(dict.fromkeys(reader.links)))


def read(world: World, text: str, *, parse: str | None = None, link_names: bool = False) -> Reading:
    """A text as posted, with `parse` and `link_names` as posted."""
    if parse == "full":
        return _reading(world, lambda reader: reader.full(text))
    return _reading(world, lambda reader: reader.mrkdwn(text, names=link_names))


def read_blocks(world: World, blocks: Iterable[Json], *, link_names: bool = False) -> Reading:
    """What blocks say, one below the other."""
    return _reading(world, lambda reader: "\n".join(_lines(reader, blocks, link_names)))


def _lines(reader: _Reader, blocks: Iterable[Json], names: bool) -> Iterator[str]:
    for block in blocks:
        if line := reader.block(block, names=names):
            yield line


def read_message(world: World, message: Message) -> Reading:
    """A message as people see it: its blocks, or its text where it has none.

    The text beside blocks is what notifications read out, so its mentions and links count too.
    """
    names = bool(message.options.get("link_names"))
    parse = message.options.get("parse")
    text = read(world, message.text, parse=parse, link_names=names)
    blocks = list(message.blocks)
    below = []
    for one in message.attachments:
        blocks += one.get("blocks") or ()
        below += [one[key] for key in ("pretext", "title", "text") if one.get(key)]
    seen = read_blocks(world, blocks, link_names=names)
    more = read(world, "\n".join(below), link_names=names)
    above = "" if message.blocks else text.shown
    return Reading(
        "\n".join(filter(None, (above, seen.shown, more.shown))),
        tuple(dict.fromkeys(text.mentions + seen.mentions + more.mentions)),
        tuple(dict.fromkeys(text.links + seen.links + more.links)),
    )


def typed(world: World, text: str) -> str:
    """What Slack makes of what a person types: `&` escaped, `@Andon` a mention, addresses links.

    What already is a mention, as `<@U0000001>`, stays.
    """
    kept = re.split(r"(<[@#!][^<>]+>)", text)
    return "".join(one if number % 2 else _typed(world, one) for number, one in enumerate(kept))


def _typed(world: World, text: str) -> str:
    text = html.escape(text, quote=False)
    text = _BARE_URL.sub(lambda found: f"<{found[0]}>", text)
    for user in sorted(world.users.values(), key=lambda one: -len(one.name)):
        text = re.sub(rf"@{re.escape(user.name)}\b", f"<@{user.id}>", text)
    text = re.sub(r"(?<![\w<!])@(channel|here|everyone)\b", r"<!\1>", text)
    for channel in world.channels.values():
        if not channel.user:
            name = re.escape(channel.name)
            text = re.sub(rf"(?<!\w)#{name}\b", f"<#{channel.id}|{channel.name}>", text)
    return text
