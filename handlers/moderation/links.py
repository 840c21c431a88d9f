"""Links: who may post which, what hides, what imitates, and what invites elsewhere."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from handlers.moderation.confusables import skeleton
from handlers.moderation.domains import (
    BRANDS,
    SHADY_ENDINGS,
    Link,
    imitated,
    is_under,
    registrable,
)
from handlers.moderation.model import Finding, Rule
from handlers.moderation.rules import ModerationRules

__all__ = ["LinkRules", "bare", "narrowest"]

_INVITES = frozenset({
    "discord.gg", "dsc.gg", "discord.me", "invite.gg", "t.me", "telegram.me", "telegram.dog",
    "wa.me", "chat.whatsapp.com", "signal.group", "signal.me", "m.me", "line.me", "lin.ee",
})  # fmt: skip
_INVITE_PATHS = ("discord.com/invite/", "discordapp.com/invite/", "whatsapp.com/channel/")
_SHORTENERS = frozenset({
    "bit.ly", "tinyurl.com", "is.gd", "cutt.ly", "rb.gy", "rebrand.ly", "shorturl.at", "t.ly",
    "goo.gl", "ow.ly", "tiny.cc", "linktr.ee", "shorte.st", "adf.ly", "s.id", "v.gd",
})  # fmt: skip
_SHADY_NAME = re.compile(
    r"free|nitro|gift|airdrop|claim|reward|bonus|prize|giveaway|winner|wallet|verify|login|secure"
    r"|promo|casino|robux|skins|crypto|coin|btc|forex|invest|loan|viagra|porn|xxx|sex|dating"
    r"|followers|replica|(?:^|[.-])(?:eth|musk|elon)(?=[.-])|unlock|account|support|refund|payment|invoice|cheap"
)
_HOSTED = frozenset({
    "github.io", "gitlab.io", "myshopify.com", "web.app", "firebaseapp.com", "blogspot.com",
    "netlify.app", "vercel.app", "pages.dev", "workers.dev", "herokuapp.com", "wixsite.com",
    "weebly.com", "wordpress.com", "square.site", "webflow.io", "carrd.co", "notion.site",
    "surge.sh", "glitch.me", "repl.co", "tumblr.com", "godaddysites.com", "onrender.com",
    "fly.dev", "azurewebsites.net", "cloudfront.net", "r2.dev", "framer.website", "bigcartel.com",
})  # fmt: skip
#: Shorter names are words that a domain may hold by chance.
_LONG_NAME = 6
_SHADY_FILE = re.compile(r"\.(?:exe|scr|apk|msi|bat|zip|rar|dmg|jar)(?:$|[?#])")


@dataclass(frozen=True, slots=True)
class LinkRules:
    """What a shop allows, blocks and is imitated by."""

    allowed: tuple[str, ...]
    blocked: tuple[str, ...]
    invites: tuple[str, ...]
    names: tuple[tuple[str, str], ...] = ()

    @classmethod
    def of(cls, rules: ModerationRules, names: Iterable[str] = ()) -> "LinkRules":
        """Make them from the settings, and the names that no other domain may carry."""
        invites = (bare(invite) for invite in rules.allowed_invites)
        drawn = ((skeleton(name), name) for name in names)
        return cls(
            rules.allowed_domains,
            rules.blocked_domains,
            tuple(invites),
            tuple((bones, name) for bones, name in drawn if len(bones) >= _LONG_NAME),
        )

    def finding(self, link: Link, *, permitted: bool) -> Finding | None:
        """Return what is wrong with a link, worst first. A permit covers what is only a link."""
        host = link.host
        if link.hidden:
            return _found(Rule.HIDDEN_LINK, f"a link to {host} that hides: {link.hidden}")
        if like := imitated(host, (*self.allowed, *BRANDS)):
            return _found(Rule.LOOK_ALIKE_LINK, f"{host} looks like {like}")
        if carried := self._carried(host):
            return _found(Rule.LOOK_ALIKE_LINK, f"{host} carries the name {carried}")
        if any(is_under(host, domain) for domain in self.blocked):
            return _found(Rule.RISKY_LINK, f"{host} is on the list of blocked domains")
        address = bare(host + link.path)
        if host in _INVITES or address.startswith(_INVITE_PATHS):
            if permitted or address in self.invites:
                return None
            return _found(Rule.INVITE, f"an invite elsewhere: {address[:60]}")
        if (
            permitted
            or address in self.allowed
            or any(is_under(host, domain) for domain in self.allowed)
        ):
            return None
        if why := _risk(link):
            return _found(Rule.RISKY_LINK, f"a link to {host}: {why}")
        return _found(Rule.LINK, f"a link to {registrable(host)}, which is not on the allow list")

    def _carried(self, host: str) -> str | None:
        """Return the name of the shop or its team that a foreign domain carries."""
        if any(is_under(host, domain) for domain in self.allowed):
            return None
        label = registrable(host).partition(".")[0]
        bones = skeleton(label)
        found = (name for drawn, name in self.names if drawn in bones)
        # The bare name may well be the shop's own domain that nobody has put on the list yet.
        return next((name for name in found if _letters(name) != _letters(label)), None)


def narrowest(link: Link) -> str:
    """What to allow, so that this link and as little else as can be passes."""
    host = link.host
    if host in _SHORTENERS or host in _INVITES:
        return bare(host + link.path)
    if link.is_number:
        return host
    own = registrable(host)
    # Beneath these everybody may have a page of their own.
    return ".".join(host.split(".")[-own.count(".") - 2 :]) if own in _HOSTED else own


def _risk(link: Link) -> str | None:
    if link.is_number:
        return "a bare network address"
    if link.host in _SHORTENERS:
        return "a shortened link shows not where it leads"
    if link.ending in SHADY_ENDINGS:
        return f".{link.ending} is mostly used for spam"
    if shady := _SHADY_NAME.search(link.host):
        return f"its name says {shady[0]!r}"
    if registrable(link.host).count("-") > 1:
        return "a name of many parts"
    return "it downloads a program or archive" if _SHADY_FILE.search(link.path) else None


def _letters(name: str) -> str:
    return "".join(filter(str.isalnum, name.lower()))


def bare(address: str) -> str:
    """An address as it is compared: without scheme, case and what closes a sentence."""
    return address.lower().removeprefix("https://").removeprefix("www.").rstrip("/.,!?")


def _found(rule: Rule, why: str) -> Finding:
    return Finding(rule=rule, why=why)
