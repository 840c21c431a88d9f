"""The team: does somebody hear alerts, and can somebody run a show, wherever they are."""

from collections.abc import Iterator

from bot.checks.finding import Finding
from bot.settings import Settings
from handlers.people import MODERATORS, SETTLERS

__all__ = ["NOBODY_SETTLES", "check_team"]

NOBODY_SETTLES = (
    "Nobody can settle exceptions: set roles for support, producer or owner (`andon setup` asks)."
)
_NO_CHAT = (
    "No chat is set up, so no claim is heard; set up Discord or Slack (`andon setup`), or open the "
    "local stage (web.stage = true)."
)
_NOWHERE_TO_CLAIM = (
    "Nowhere to claim: Slack is for the team, and viewers claim in the stream chat; set Discord "
    "(`andon setup` asks), or try it on this machine with the local stage (web.stage = true)."
)


def check_team(settings: Settings) -> Iterator[Finding]:
    """Look at who the team is. On the local stage it is as it chooses."""
    places = [
        (name, one)
        for name, one in (("discord", settings.discord), ("slack", settings.slack))
        if one.configured
    ]
    if not places:
        if not settings.web.stage:
            yield Finding(about="chat", sentence=_NO_CHAT)
        return
    if not (settings.discord.configured or settings.web.stage):
        yield Finding(about="chat", sentence=_NOWHERE_TO_CLAIM)
    if not any(one.channels.alerts for _, one in places):
        ways = " or ".join(f"{name}.channels.alerts" for name, _ in places)
        yield Finding(
            about="team",
            sentence=f"Nobody hears alerts: no channel is set; set {ways} (`andon setup` asks).",
        )
    if not any(getattr(one.roles, role.value) for _, one in places for role in MODERATORS):
        ways = " or ".join(f"{name}.roles.moderator" for name, _ in places)
        yield Finding(
            about="team",
            sentence=f"Nobody is a moderator, so nobody can run a show; set {ways} "
            "(`andon setup` asks).",
        )
    if not any(getattr(one.roles, role.value) for _, one in places for role in SETTLERS):
        yield Finding(about="team", sentence=NOBODY_SETTLES)
