"""The local stage as a chat platform: here Andon itself is the chat server.

A line is durable before anyone sees it and before it is heard, so a crash loses nothing that a
person saw. Browsers are not known here: `bot.web.stage` calls these methods and is told, as a
`Watcher`, what to show to whom.
"""

import re
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import fields, replace
from datetime import datetime, timedelta
from types import MappingProxyType

from bot.pictures_in import Taken
from bot.platforms.base import Ears, Heard, Outgoing, PlatformState, PostDelayed, PostFailed
from bot.platforms.local_lines import (
    PLATFORM,
    ReplyTo,
    heard,
    heard_deleted,
    heard_edit,
    line_key,
    team_line,
)
from bot.platforms.local_moderating import Paces, Pauses
from bot.platforms.local_posts import (
    DIRECT,
    Change,
    GroupCommit,
    NewPost,
    Post,
    PostStore,
    Refused,
    Room,
    StoreBusy,
    Watcher,
)
from handlers.messages import (
    ActKind,
    Channel,
    Command,
    DirectMessage,
    Form,
    FormSubmit,
    OutsideAct,
    Picture,
    Press,
    Reach,
)
from handlers.people import TEAM, Person, Role

__all__ = [
    "BOT",
    "DIRECT",
    "LocalPlatform",
    "NewPost",
    "Post",
    "PostStore",
    "Refused",
    "Room",
    "StoreBusy",
    "Watcher",
]

#: Who the bot is on its own stage; nobody else may take this id.
BOT = "andon"
LONGEST_LINE = 10_000
STREAMS = MappingProxyType({"stream": "live"})
AUDIENCES = ("alerts", "playbooks", "exceptions", "returns", "packing", "support")
BUSY = "Not kept: the database is busy. Your text is still here; please send it again."

#: Pictures that are at hand without the table.
_SHOWN = 30
#: Longer than anybody is asked to pause.
_LONGEST_PAUSE = timedelta(hours=25)
_PERSON_ID = re.compile(r"[^\s:|{}@\x00-\x1f\ud800-\udfff]{1,40}")
_NONCE = re.compile(r"[A-Za-z0-9-]{1,64}")


class LocalPlatform:
    """A chat platform of one process and one table.

    `streams` and `audiences` map channel ids to the names shown.
    """

    name = PLATFORM
    max_characters = 4000
    pace_seconds = 0.2

    def __init__(
        self,
        *,
        store: PostStore,
        clock: Callable[[], datetime],
        streams: Mapping[str, str] = STREAMS,
        audiences: Sequence[str] = AUDIENCES,
    ) -> None:
        self._store = store
        self._clock = clock
        self._streams = dict(streams)
        self._audiences = tuple(audiences)
        self._commit = GroupCommit(store, self._kept)
        self._ears: Ears | None = None
        self._watchers: list[Watcher] = []
        self._names: dict[str, str] = {}
        self._last_at: datetime | None = None
        self._shown: OrderedDict[str, bytes] = OrderedDict()
        self._shouts = 0
        self._pauses = Pauses(clock)
        self._paces = Paces(clock)

    # --- what Andon asks of every platform ------------------------------------------------------

    def stream_channels(self) -> Sequence[Channel]:
        """The channels in which viewers claim."""
        return [Channel(self.name, id) for id in self._streams]

    def audience_channel(self, audience: str) -> Channel | None:
        """Every audience has a channel of its name."""
        return Channel(self.name, audience) if audience in self._audiences else None

    async def start(self, ears: Ears) -> None:
        """Remember who spoke lately, then hear."""
        for post in await self._store.latest(channel=None, person=None, limit=500):
            self._last_at = post.at
            if not post.bot:
                self._names[post.author] = post.author_name
        for channel, act in await self._store.acts(self._clock() - _LONGEST_PAUSE):
            self._quieten(act, channel)
        self._ears = ears

    async def stop(self) -> None:
        """Hear nothing new; what was handed in is kept first."""
        await self._commit.drain()
        self._ears = None

    async def close(self) -> None:
        """There is nobody to disconnect from."""

    def state(self) -> PlatformState:
        """Connected as soon as it was started: there is nobody else to connect to."""
        up = self._ears is not None
        return PlatformState(connected=up, detail="The stage is open." if up else "Not started.")

    async def post(self, outgoing: Outgoing) -> str | None:
        """Post a delivery once, however often it is tried, and return the id of the post."""
        try:
            if outgoing.act is not None:
                await self._carry_out(outgoing.act, outgoing.address.target)
                return None
            if outgoing.replaces is not None:
                return await self._rewrite(outgoing, outgoing.replaces)
            for line, emoji in outgoing.reactions:
                await self._react(line, emoji)
            self._keep_shown(outgoing.pictures)
            if not (outgoing.text or outgoing.pictures):
                return None
            return str((await self._commit.keep(self._as_post(outgoing))).id)
        except StoreBusy as error:
            raise PostDelayed("The stage's table is busy.", retry_after=1.0) from error

    async def shout(self, channel: Channel, text: str) -> None:
        """Show `text` to who is there now, unkept: the table may be what is broken."""
        self._shouts += 1
        said = self._by_bot(channel.id, None, kind="shout", text=text)
        values = {field.name: getattr(said, field.name) for field in fields(said)}
        for watcher in self._watchers:
            watcher.posted(Post(id=-self._shouts, **values))

    async def history(
        self, channel: Channel, after: tuple[datetime, str] | None
    ) -> AsyncIterator[Heard]:
        """People's lines after a place, and changes made since then to lines before it."""
        last = 0
        if after is not None:
            last = int(after[1])
            for post in await self._store.changed(channel.id, after[0], 500):
                if post.id <= last and not post.bot:
                    yield heard_deleted(post) if post.deleted_at else heard_edit(post)
        while posts := await self._store.after(channel.id, last, 500):
            for post in posts:
                if not post.bot and post.deleted_at is None:
                    yield heard(post)
            last = posts[-1].id

    # --- what people do -------------------------------------------------------------------------

    async def picture(self, id: str) -> bytes | None:
        """What the picture of this id holds; None where there is none, or the table is busy.

        One that is kept sealed elsewhere is shown as long as it is among the latest.
        """
        if id in self._shown:
            return self._shown[id]
        try:
            return await self._store.picture(id)
        except StoreBusy:
            return None

    def watch(self, watcher: Watcher) -> None:
        """Tell `watcher` of everything that happens from now on."""
        self._watchers.append(watcher)

    def greet(self, person: Person) -> None:
        """Let `person` in, so that mentions show the name. Raises `Refused`."""
        if not _PERSON_ID.fullmatch(person.id) or not 0 < len(person.name.strip()) <= 40:
            raise Refused("Please choose a name of 1 to 40 letters or digits.")
        if person.id.casefold() == BOT:
            raise Refused("Andon is the bot's own name; please choose another one.")
        self._names[person.id] = person.name

    def rooms(self, person: Person) -> Sequence[Room]:
        """The channels that `person` sees: the team's are for team roles."""
        rooms = [Room(id=id, name=name, sort="stream") for id, name in self._streams.items()]
        rooms.append(Room(id=DIRECT, name="Direct messages", sort="direct"))
        if person.may(TEAM):
            rooms += [Room(id=id, name=id, sort="team") for id in self._audiences]
        return rooms

    def sees(self, person: Person, post: Post) -> bool:
        """Whether `post` is for `person`'s eyes."""
        if post.person is not None and post.person != person.id:
            return False
        return post.channel not in self._audiences or person.may(TEAM)

    async def recent(self, person: Person, limit: int = 200) -> Sequence[Post]:
        """The newest posts of every channel that `person` sees, by id."""
        posts: list[Post] = []
        for room in self.rooms(person):
            posts += await self._store.latest(channel=room.id, person=person.id, limit=limit)
        return sorted(posts, key=lambda post: post.id)

    async def say(
        self, person: Person, channel: str, text: str, nonce: str, brought: Taken | None = None
    ) -> Post:
        """Post a line, or run it if it starts with a slash. Raises `Refused`.

        The same nonce again is the same line again: it stands once. A direct message may have
        `brought` pictures, and then needs no words; on the stage there is only a sign of them.
        """
        taken = brought or Taken()
        signs = "📷" * (len(taken.pictures) + len(taken.not_taken))
        shown = f"{text}\n{signs}".strip() if signs else text
        self._let_in(person, channel, shown, nonce)
        command = text.lstrip().startswith("/")
        private = command or channel == DIRECT
        if not private:
            self._may_write(person, channel, nonce)
        post = await self._keep(
            NewPost(
                channel=channel,
                person=person.id if private else None,
                author=person.id,
                author_name=person.name,
                author_role=_role(person),
                kind="command" if command else "direct" if private else "chat",
                text=shown,
                at=self._now(),
                once=f"{person.id}:{nonce}",
            )
        )
        if command:
            reply_to = ReplyTo(channel=channel, nonce=nonce, person=person.id)
            await self._act(
                Command(
                    key=line_key(post),
                    person=person,
                    channel=Channel(self.name, channel),
                    sent_at=post.at,
                    line=text.strip(),
                    reply_to=str(reply_to),
                )
            )
        elif private:
            await self._listening().direct(
                DirectMessage(
                    key=line_key(post),
                    person=person,
                    text=text,
                    sent_at=post.at,
                    pictures=taken.pictures,
                    not_taken=taken.not_taken,
                )
            )
        elif channel in self._audiences:
            await self._listening().overhear(team_line(post))
        return post

    async def edit(self, person: Person, id: int, text: str) -> Post:
        """Change one's own line. Raises `Refused`."""
        await self._own(person, id)
        _check_text(text)
        post = await self._change(id, text=text)
        self._tell(post, "edited")
        if self._is_chat(post) and self._ears is not None:
            self._ears.hear(heard_edit(post))
        return post

    async def delete(self, person: Person, id: int) -> None:
        """Take back one's own line. Raises `Refused`."""
        await self._own(person, id)
        post = await self._change(id, deleted=True)
        self._tell(post, "deleted")
        if self._is_chat(post) and self._ears is not None:
            self._ears.hear(heard_deleted(post))

    async def press(
        self, person: Person, channel: str, button: str, line: int | None, nonce: str
    ) -> None:
        """Press a button, or an entry of the menu of `line`. Raises `Refused`."""
        self._let_in(person, channel, button, nonce)
        await self._act(
            Press(
                key=f"local:press:{person.id}:{nonce}",
                person=person,
                channel=Channel(self.name, channel),
                sent_at=self._now(),
                button=button,
                reply_to=str(ReplyTo(channel=channel, nonce=nonce, person=person.id)),
                message=None if line is None else f"local:{line}",
            )
        )

    async def submit(
        self, person: Person, channel: str, form: str, values: Mapping[str, str], nonce: str
    ) -> None:
        """Hand in a form. Raises `Refused`, also with what is wrong in its fields."""
        self._let_in(person, channel, form, nonce)
        submit = FormSubmit(
            key=f"local:form:{person.id}:{nonce}",
            person=person,
            channel=Channel(self.name, channel),
            sent_at=self._now(),
            form=form,
            values=dict(values),
            reply_to=str(ReplyTo(channel=channel, nonce=nonce, person=person.id)),
        )
        faults = await self._listening().checking(submit)
        if faults:
            raise Refused("\n".join(faults.values()))
        await self._listening().act(submit)

    # --- how ------------------------------------------------------------------------------------

    def _keep_shown(self, pictures: Sequence[Picture]) -> None:
        self._shown |= {one.id: one.content for one in pictures if one.content}
        while len(self._shown) > _SHOWN:
            self._shown.popitem(last=False)

    def _now(self) -> datetime:
        """A time later than any before: lines stand in the order of their ids."""
        now = self._clock()
        if self._last_at is not None and now <= self._last_at:
            now = self._last_at + timedelta(microseconds=1)
        self._last_at = now
        return now

    def _listening(self) -> Ears:
        if self._ears is None:
            raise Refused("Andon is just starting or stopping. Your text is kept; try again soon.")
        return self._ears

    async def _act(self, act: Command | Press) -> None:
        """Show the form that `act` opens, or hand it in where it opens none."""
        form = await self._listening().opening(act)
        if form is None:
            await self._listening().act(act)
        else:
            await self._keep(self._as_form(act, form))

    def _as_form(self, act: Command | Press, form: Form) -> NewPost:
        asked = self._by_bot(act.channel.id, act.person.id, kind="form", text="")
        # Asked for once: the same press again is the same form again.
        return replace(asked, form=form, once=f"{BOT}:form:{act.key}")

    def _let_in(self, person: Person, channel: str, text: str, nonce: str) -> None:
        self._listening()
        if channel not in {room.id for room in self.rooms(person)}:
            raise Refused("That channel is for the team. Choose a team role to write there.")
        if not _NONCE.fullmatch(nonce):
            raise Refused("That did not arrive whole. Reload the page and send it again.")
        _check_text(text)

    def _may_write(self, person: Person, channel: str, nonce: str) -> None:
        paced = self._paces.why_not(channel, person, nonce)
        if refused := self._pauses.why_not(person.id) or paced:
            raise Refused(refused)
        self._paces.wrote(channel, person, nonce)

    async def _keep(self, new: NewPost) -> Post:
        try:
            return await self._commit.keep(new)
        except StoreBusy as error:
            raise Refused(BUSY) from error

    def _kept(self, post: Post) -> None:
        for watcher in self._watchers:
            watcher.posted(post)
        if self._is_chat(post) and self._ears is not None:
            self._ears.hear(heard(post))

    def _tell(self, post: Post, change: Change) -> None:
        for watcher in self._watchers:
            watcher.changed(post, change)

    async def _own(self, person: Person, id: int) -> None:
        try:
            post = await self._store.get(id)
        except StoreBusy as error:
            raise Refused(BUSY) from error
        if post is None or post.deleted_at is not None:
            raise Refused("That line is gone.")
        if post.bot or post.author != person.id:
            raise Refused("You can change only what you wrote yourself.")
        if post.kind != "chat":
            raise Refused("Andon has read that one already; it stays as it is.")

    async def _change(self, id: int, *, text: str | None = None, deleted: bool = False) -> Post:
        try:
            post = await self._store.change(id, text=text, deleted=deleted, at=self._now())
        except StoreBusy as error:
            raise Refused(BUSY) from error
        if post is None:
            raise Refused("That line is gone.")
        return post

    async def _rewrite(self, outgoing: Outgoing, replaces: str) -> str:
        post = await self._store.change(
            _post_id(replaces),
            text=outgoing.text,
            buttons=outgoing.buttons,
            mentions=self._named(outgoing),
            pictures=outgoing.pictures,
            at=self._now(),
        )
        if post is None:
            raise PostFailed(f"The post {replaces} is not on the local stage.")
        self._tell(post, "edited")
        return str(post.id)

    async def _carry_out(self, act: OutsideAct, channel: str) -> None:
        if act.kind is not ActKind.DELETE:
            self._quieten(act, channel)
            return
        post = await self._store.change(_post_id(act.line), deleted=True, at=self._now())
        if post is not None:  # its author may have been faster
            self._tell(post, "deleted")
            if self._is_chat(post) and self._ears is not None:
                self._ears.hear(heard_deleted(post))

    def _quieten(self, act: OutsideAct, channel: str) -> None:
        if act.kind is ActKind.SLOW:
            self._paces.carry_out(channel, act)
        elif act.kind is not ActKind.DELETE:
            self._pauses.carry_out(act)

    async def _react(self, line: str, emoji: str) -> None:
        post = await self._store.change(_post_id(line), reaction=emoji, at=self._now())
        if post is not None:  # a line deleted in the meantime needs no reaction
            self._tell(post, "reaction")

    def _as_post(self, outgoing: Outgoing) -> NewPost:
        address = outgoing.address
        channel, person = address.target, None
        if address.reach is Reach.PERSON:
            channel, person = DIRECT, address.target
        elif address.reach is Reach.REPLY:
            reply = ReplyTo.parse(address.target)
            channel = reply.channel
            person = reply.person if outgoing.private or channel == DIRECT else None
        if channel not in {DIRECT, *self._streams, *self._audiences}:
            raise PostFailed(f"The local stage has no channel {channel!r}.")
        said = self._by_bot(channel, person, kind=outgoing.kind, text=outgoing.text)
        return replace(
            said,
            buttons=outgoing.buttons,
            mentions=self._named(outgoing),
            pictures=outgoing.pictures,
            once=f"{BOT}:{outgoing.id}",
        )

    def _named(self, outgoing: Outgoing) -> tuple[tuple[str, str], ...]:
        return tuple((id, self._names.get(id, id)) for id in outgoing.mentions)

    def _by_bot(self, channel: str, person: str | None, *, kind: str, text: str) -> NewPost:
        return NewPost(
            channel=channel,
            person=person,
            author=BOT,
            author_name="Andon",
            author_role="",
            bot=True,
            kind=kind,
            text=text,
            at=self._now(),
        )

    def _is_chat(self, post: Post) -> bool:
        return post.kind == "chat" and not post.bot and post.channel in self._streams


def _check_text(text: str) -> None:
    if not text.strip():
        raise Refused("There is nothing to send yet.")
    if len(text) > LONGEST_LINE:
        raise Refused(
            f"That is {len(text):,} characters; a line holds {LONGEST_LINE:,}. Please shorten it."
        )


def _post_id(native: str) -> int:
    if not native.isdecimal():
        raise PostFailed(f"{native!r} is not a post of the local stage.")
    return int(native)


def _role(person: Person) -> str:
    return min(person.roles, default=Role.VIEWER).value
