"""The platforms that are set up, in the order in which the team is told things."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.andon import new_reference
from bot.clock import Clock
from bot.overtaken import overtaken_in
from bot.platforms.base import Platform
from bot.platforms.local import LocalPlatform
from bot.platforms.local_store import SqlPostStore
from bot.settings import Settings
from bot.web.host_desk import LocalDesk, RunsDesk, WebDesk
from bot.web.server import Outside
from handlers.registry import Registry
from storage.engine import Storage
from storage.repositories import installation

if TYPE_CHECKING:
    from bot.platforms.discord import DiscordPlatform
    from bot.platforms.slack import SlackPlatform

__all__ = ["Chats", "open_chats"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Chats:
    """Where people talk, and the doors of that in the web.

    The first of `platforms` that has a channel for an audience gets what is meant for it. `local`
    is the stage, which is one of them only where the stream is; `desk` takes what the host presses.
    """

    platforms: tuple[Platform, ...]
    local: LocalPlatform
    desk: RunsDesk
    outside: tuple[Outside, ...]


async def open_chats(
    settings: Settings, storage: Storage, registry: Registry, clock: Clock
) -> Chats:
    """Make the platforms. None is connected yet."""
    local = LocalPlatform(store=SqlPostStore(storage), clock=clock.now)
    known = settings.slack.configured or settings.discord.configured
    salt = await _salt(storage) if known else ""
    outside: list[Outside] = []
    team: list[Platform] = []
    if settings.slack.configured:
        slack = _slack(settings, storage, registry, clock, salt)
        team.append(slack)
        if settings.slack.app_token is None:
            outside.append(Outside(method="POST", path="/slack/events", answer=slack.answer))
    desk: RunsDesk
    if settings.discord.configured:
        desk = pressed = WebDesk(clock.now)
        stream: list[Platform] = [_discord(settings, registry, clock, salt), pressed]
    else:
        desk, stream = LocalDesk(local), [local]
    return Chats(platforms=(*team, *stream), local=local, desk=desk, outside=tuple(outside))


async def _salt(storage: Storage) -> str:
    """What makes the ids that a platform is given this installation's own."""
    async with storage.write() as tx:
        return await installation.salt(tx)


def _discord(settings: Settings, registry: Registry, clock: Clock, salt: str) -> "DiscordPlatform":
    # On first use: who has no Discord need not wait for its SDK.
    from bot.platforms.discord import DiscordPlatform

    return DiscordPlatform(
        settings.discord,
        registry=registry,
        salt=salt,
        now=clock.now,
        new_reference=new_reference,
    )


def _slack(
    settings: Settings, storage: Storage, registry: Registry, clock: Clock, salt: str
) -> "SlackPlatform":
    from bot.platforms.slack import SlackPlatform

    return SlackPlatform(
        settings.slack,
        registry=registry,
        salt=salt,
        now=clock.now,
        new_reference=new_reference,
        overtaken=overtaken_in(storage),
    )
