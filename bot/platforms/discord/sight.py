"""Whether the streams can be seen: a bot may be taken off its server, or out of a channel."""

from collections.abc import Iterable

import discord

from handlers.messages import Channel

__all__ = ["Sight"]


class Sight:
    """Which of the streams cannot be seen. At first all of them are thought to be seen."""

    def __init__(self, streams: Iterable[Channel]) -> None:
        self._streams = tuple(streams)
        self._unseen: frozenset[Channel] = frozenset()
        #: One sentence while a stream cannot be seen.
        self.trouble = ""

    def look(self, guild: discord.Guild | None) -> frozenset[Channel]:
        """Look again; the streams that are seen now and were not. `guild` is None where it is gone.

        After it, `trouble` says how it is.
        """
        unseen = frozenset(one for one in self._streams if not _seen(guild, one))
        back, self._unseen = self._unseen - unseen, unseen
        self.trouble = _sentence(guild, sorted(unseen)) if unseen else ""
        return back


def _seen(guild: discord.Guild | None, stream: Channel) -> bool:
    if guild is None or guild.unavailable:
        return False
    channel = guild.get_channel_or_thread(int(stream.id))
    # The bot's own member may be missing in what the SDK typed as always there.
    me: discord.Member | None = guild.me
    return channel is not None and (me is None or channel.permissions_for(me).view_channel)


def _sentence(guild: discord.Guild | None, unseen: list[Channel]) -> str:
    if guild is None:
        return (
            "The bot is not on the Discord server any more, so claims there are not heard: invite "
            "it again with the link of andon setup."
        )
    if guild.unavailable:
        return (
            "Discord has an outage of this server, so claims there are not heard until it is over."
        )
    names = ", ".join(f"<#{one.id}>" for one in unseen)
    return (
        f"The bot does not see {names} any more, so claims there are not heard: open the channel, "
        "Permissions, and allow it View Channel."
    )
