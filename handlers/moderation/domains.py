"""Finds links in a line, however they are written, and says what their domains pretend to be."""

import re
from dataclasses import dataclass, replace
from typing import Final

from rapidfuzz.distance import OSA

from handlers.claims.folding import fold
from handlers.moderation.confusables import scripts, skeleton

__all__ = ["BRANDS", "SHADY_ENDINGS", "Link", "find_links", "imitated", "is_under", "registrable"]

#: Endings that make a link of two words with a dot between them.
_SURE = (
    "com|net|org|info|biz|io|tv|ru|cn|xyz|top|club|online|site|website|shop|store|app|dev|link"
    "|click|icu|tk|pw|su|eu|uk|de|nl|pl|ph|vn|br|ua|example"
)
#: Endings that are words too, or short: the rest of the address must show that it is one.
_WORDS = (
    "live|life|world|fun|win|bid|sale|deals|gift|gifts|cash|money|today|news|space|vip|pro|zone"
    "|bond|cam|date|loan|party|review|stream|trade|chat|me|to|is|it|in|us|be|gg|fm|ly|cc|ws|co|ai"
    "|fr|es|ca|au|jp|kr|id|th|sg|my|tr|ir|ml|ga|cf|gq|lol|ch|at|se|no|dk|cz|mx|ar|cl|gl|zip|cfd"
    "|sbs|monster|rest|blog|art|bet|casino|games|tech|cloud|support|help|center|email|company"
)
_LABEL = r"[^\W_](?:[\w-]{0,61}[^\W_])?"
_LINK = re.compile(
    rf"(?P<scheme>\b[a-z]{{2,8}}://)(?P<authority>\[[0-9a-f:.]+\]|[^\s/?#<>()\[\]\"']+)(?P<path>[/?#]\S*)?"
    rf"|(?<![\w@.-])(?P<host>(?:{_LABEL}\.)+(?:{_SURE}|{_WORDS}|xn--[\w-]+))(?![\w-]|\.\w)"
    rf"(?P<rest>(?::\d+)?[/?#]\S*|:\d+)?"
    r"|(?<![\w.@/-])(?P<number>\d{1,3}(?:\.\d{1,3}){3})(?P<behind>(?::\d{2,5})?/\S*|:\d{2,5})"
    r"|(?P<data>\bdata:[\w/+.-]*(?:;[\w=-]+)*;base64,\S*)"
)
#: Addresses of apps, and where the same is found on the web.
_APPS: Final = {"tg": "t.me", "whatsapp": "wa.me", "discord": "discord.gg"}
#: Signs that turn the direction of what follows.
_TURNED = re.compile("[\u202d\u202e\u2066-\u2068]")
_MAY_LINK = re.compile(r"[.,]|data:|://|d[o0]t|punkt|punto|\[")
_MARKDOWN = re.compile(r"\[([^\]\n]{1,300})\]\s?\(\s*<?(\w+://[^)\s>]+|[\w.-]+\.\w+[^)\s]*)")
_DOT = (
    r"(?:\s*[\[({<]\s*(?:\.|,|dot|d0t|punkt|punto|point)\s*[\])}>]\s*"
    r"|\s+(?:dot|d0t|punkt|punto)\s+)"
)
_SPELLED = re.compile(
    rf"(?<![\w@])(?P<name>{_LABEL}(?:{_DOT}{_LABEL})*?){_DOT}"
    rf"(?P<ending>{_SURE}|gg|gift|gifts|win|live|me|co|ly|vip|cash|bet|lol|fun|deals|sale)(?!\w)"
    r"(?P<rest>\s?(?:/|slash\s)\s?\S+)?"
)
_BROKEN = re.compile(
    rf"(?<![\w@.-])(?P<name>{_LABEL})(?: \.|\. | \. |,)(?P<ending>com|net|org|ru|xyz|gg)"
    r"(?=\s*(?:$|/))(?P<rest>\s?/\s?\S+)?"
)
#: Words before "dot com" that speak of the thing, not of an address.
_TALK_OF_DOTS = frozenset({"the", "a", "this", "that", "polka", "of", "and", "or", "is", "red"})
_IP = re.compile(
    r"(?:0x[0-9a-f]{1,8}|\d{1,4})(?:\.(?:0x[0-9a-f]{1,8}|\d{1,4})){3}|0x[0-9a-f]{8}|\d{8,10}|\[[0-9a-f:]+\]"
)
_SECOND_LEVEL = frozenset({"co", "com", "org", "net", "gov", "ac", "edu"})

#: What is imitated most, and where it really lives.
BRANDS: Final = (
    "amazon.com", "apple.com", "binance.com", "coinbase.com", "dhl.com", "discord.com",
    "discord.gg", "discordapp.com", "ebay.com", "etsy.com", "facebook.com", "fedex.com",
    "google.com", "instagram.com", "klarna.com", "metamask.io", "microsoft.com", "netflix.com",
    "opensea.io", "paypal.com", "roblox.com", "shopify.com", "steamcommunity.com",
    "steampowered.com", "stripe.com", "telegram.org", "tiktok.com", "trustwallet.com",
    "twitch.tv", "twitter.com", "usps.com", "venmo.com", "whatsapp.com", "youtube.com",
)  # fmt: skip
#: Those that have no sites under other endings than their own.
_AT_HOME = frozenset({
    "binance", "coinbase", "discord", "discordapp", "instagram", "metamask", "opensea", "paypal",
    "roblox", "steamcommunity", "steampowered", "tiktok", "trustwallet", "twitch", "whatsapp",
})  # fmt: skip
#: Endings that are mostly used for spam.
SHADY_ENDINGS: Final = frozenset({
    "ru", "cn", "xyz", "top", "click", "link", "gift", "gifts", "win", "bid", "icu", "tk", "ml",
    "ga", "cf", "gq", "pw", "loan", "su", "vip", "cash", "bond", "cam", "date", "zip", "cfd",
    "sbs", "monster", "rest", "bet", "casino", "money", "party", "trade",
})  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """A link in a line: the host it leads to, what follows it, and how it hides, if it does."""

    host: str
    path: str = ""
    hidden: str | None = None

    @property
    def ending(self) -> str:
        """The last label of the host."""
        return self.host.rpartition(".")[2]

    @property
    def is_number(self) -> bool:
        """Whether it leads to a bare network address."""
        return _IP.fullmatch(self.host) is not None


def find_links(text: str) -> tuple[Link, ...]:
    """Return the links of a line, in order and each once."""
    folded = fold(text).replace("\uff61", ".")
    if not _MAY_LINK.search(folded):
        return ()
    lowered = text.lower()
    found = [_lying(shown, target) for shown, target in _MARKDOWN.findall(folded)]
    found += [_written(match, lowered) for match in _LINK.finditer(folded)]
    if _TURNED.search(text):
        found += [
            replace(link, hidden="it is written from right to left")
            for match in _LINK.finditer(fold(text[::-1]))
            if (link := _written(match, lowered[::-1]))
        ]
    if not any(found):
        found += [_spelled(match) for match in _SPELLED.finditer(folded)]
        found += [_spelled(match) for match in _BROKEN.finditer(folded)]
    return tuple(dict.fromkeys(link for link in found if link))


def _written(match: re.Match[str], lowered: str) -> Link | None:
    if match["data"]:
        return Link(host="data:", hidden="a page that is written into its own address")
    if match["number"]:
        return Link(host=match["number"], path=match["behind"])
    if match["scheme"] and (app := _APPS.get(match["scheme"].removesuffix("://"))):
        return Link(host=app, path=f"/{match['authority']}{match['path'] or ''}")
    if match["scheme"]:
        before, at, host = match["authority"].rpartition("@")
        host = host if host.startswith("[") else host.partition(":")[0].strip(".,!;")
        if not host or ("." not in host and not _IP.fullmatch(host)):
            return None
        hidden = f"what stands before @ ({before}) is not where it leads" if at else None
        path = match["path"] or ""
    else:
        host, path, hidden = match["host"], match["rest"] or "", None
        if not _is_address(host, path):
            return None
    if hidden is None and host not in lowered:
        hidden = "invisible or styled characters inside the address"
    return Link(host=_decoded(host).removeprefix("www."), path=path, hidden=hidden)


def _is_address(host: str, path: str) -> bool:
    """Whether two words with a dot between them are an address, and not a missing space."""
    label, _, ending = host.rpartition(".")
    if label.replace(".", "").isdigit() and not path:
        # A price, and a sentence that begins right behind it.
        return False
    if host.startswith("www.") or path.startswith(("/", ":")) or ending in _SURE.split("|"):
        return not label.replace(".", "").isdigit()
    name = label.rpartition(".")[2]
    mixed = "-" in name or (any(map(str.isdigit, name)) and not name.isdigit())
    return "." in label or len(name) >= 9 or (mixed and len(name) >= 5) or _known(host)


def _known(host: str) -> bool:
    return any(is_under(host, brand) for brand in BRANDS) or bool(imitated(host, BRANDS))


def _spelled(match: re.Match[str]) -> Link | None:
    name = re.sub(_DOT, ".", match["name"])
    well_played = match["ending"] == "gg" and name not in ("discord", "dsc", "invite")
    if name in _TALK_OF_DOTS or well_played:
        return None
    path = re.sub(r"\s|slash", "", match["rest"] or "")
    host = f"{name}.{match['ending']}"
    return Link(host=host, path=path, hidden="the address is spelled out to pass as words")


def _lying(shown: str, target: str) -> Link | None:
    """Return the link of a Markdown link that shows another address than it leads to."""
    leads = _LINK.search(target)
    shows = _LINK.search(shown)
    if not leads or not shows:
        return None
    there, here = (m["host"] or m["authority"].rpartition("@")[2] for m in (leads, shows))
    if registrable(there) == registrable(here):
        return None
    return Link(host=there.removeprefix("www."), hidden=f"it shows {here} and leads to {there}")


def _decoded(host: str) -> str:
    if "xn--" not in host:
        return host
    try:
        return host.encode("ascii").decode("idna")
    except UnicodeError:
        return host


def registrable(host: str) -> str:
    """Return the domain that someone registered: `shop.example` of `www.shop.example`."""
    labels = host.removeprefix("www.").split(".")
    deep = len(labels) > 2 and len(labels[-1]) == 2 and labels[-2] in _SECOND_LEVEL
    return ".".join(labels[-3:] if deep else labels[-2:])


def is_under(host: str, domain: str) -> bool:
    """Whether `host` is `domain` or one of its subdomains."""
    return host == domain or host.endswith(f".{domain}")


def imitated(host: str, genuine: tuple[str, ...]) -> str | None:
    """Return the genuine domain that `host` looks like; None if it is genuine, or like none."""
    if any(is_under(host, domain) for domain in genuine):
        return None
    own = registrable(host)
    name, ending = own.partition(".")[0], own.rpartition(".")[2]
    drawn = skeleton(name)
    parts = {skeleton(part) for part in re.split(r"[.-]", host.rpartition(".")[0])} - {""}
    for domain in genuine:
        real = registrable(domain).partition(".")[0]
        bones = skeleton(real)
        if len(bones) < 3:
            continue
        if drawn == bones and (name != real or ending in SHADY_ENDINGS or real in _AT_HOME):
            return domain
        if len(bones) >= 5 and drawn != bones and bones in parts:
            return domain
        slips = 2 if len(bones) >= 9 else 1 if len(bones) >= 7 else 0
        if slips and drawn != bones and OSA.distance(drawn, bones, score_cutoff=slips) <= slips:
            return domain
    mixed = scripts(name) - {"DIGIT"}
    two = len(mixed) > 1 and "LATIN" in mixed
    return "another domain, in letters of two scripts" if two else None
