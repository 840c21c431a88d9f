"""Pictures on Slack: put up as files that the bot alone has, then shown by a message of its own.

A message that a file is shared with has no id of its own until Slack is done with the file, so it
could not be found again after an uncertain end. In a block of ours the picture is part of a post
that is: a file that was put up twice is seen once, in whichever post names it.

Slack looks at a file for a moment before it can be shown, and refuses a post that names it before.
"""

from collections import OrderedDict
from collections.abc import Sequence

from slack_sdk.errors import SlackApiError, SlackRequestError
from slack_sdk.web.async_client import AsyncWebClient

from bot.platforms.base import PostDelayed
from bot.platforms.slack.dressing import Shown
from bot.platforms.slack.people import refusal
from handlers.messages import Picture

__all__ = ["Uploads"]

_REMEMBERED = 200
_MOST = 10
#: Of our own: it has to go up within the time of one post.
_LARGEST = 20 * 1024 * 1024
_LONGEST_ALT = 1000
#: So often a post may come too early for a picture; then Slack cannot show it at all.
_TRIES = 6
_LOOKS_SECONDS = 2.0
_NEEDS = {
    "missing_scope": "the app may not put files up yet: install it again (files:write)",
    "no_permission": "the app may not put files up yet: install it again (files:write)",
    "file_upload_size_restricted": "Slack takes no file of that size here",
    "storage_limit_reached": "this workspace has no room left for files",
    "file_uploads_disabled": "this workspace takes no files",
}


class Uploads:
    """Puts pictures up with one client, each once as long as this process runs."""

    def __init__(self, client: AsyncWebClient) -> None:
        self._client = client
        #: The file of each picture, and how often a post came too early for it.
        self._files: OrderedDict[str, str] = OrderedDict()
        self._refused: dict[str, int] = {}

    async def shown(self, pictures: Sequence[Picture]) -> Shown:
        """The pictures as a message shows them, and a sentence for each that it cannot.

        Raises what the SDK raises, and `PostDelayed`.
        """
        files, notes = [], []
        for number, one in enumerate(pictures):
            why = self._why_not(one, number)
            if why is None:
                try:
                    files.append((await self._file(one), one.alt))
                    continue
                except SlackApiError as error:
                    why = _NEEDS.get(refusal(error)[1])
                    if why is None:
                        raise
            notes.append(f"A picture is left out ({one.alt[:100]}): {why}.")
        return Shown(files=tuple(files), notes=tuple(notes))

    def refused(self, pictures: Sequence[Picture], error: SlackApiError) -> None:
        """A post that shows these was refused. Raises `PostDelayed` where they came too early."""
        if refusal(error)[1] != "invalid_blocks":
            return
        waits = [one.id for one in pictures if self._refused.get(one.id, 0) < _TRIES]
        for id in waits:
            self._refused[id] = self._refused.get(id, 0) + 1
        if waits:
            raise PostDelayed("Slack is not done with a picture", retry_after=_LOOKS_SECONDS)

    def _why_not(self, one: Picture, number: int) -> str | None:
        if not one.content:
            return "it could not be found"
        if len(one.content) > _LARGEST:
            return f"it is larger than {_LARGEST // 1024**2} MB"
        if number >= _MOST:
            return f"a message shows {_MOST} at most"
        return "Slack cannot show it" if self._refused.get(one.id, 0) >= _TRIES else None

    async def _file(self, one: Picture) -> str:
        """The id of the file that holds it, which is put up if it is not there yet."""
        known = self._files.get(one.id)
        if known is not None:
            return known
        try:
            put_up = await self._client.files_upload_v2(
                content=one.content,
                filename=one.name,
                title=one.name,
                alt_txt=one.alt[:_LONGEST_ALT],
                highlight_type=one.mime.rpartition("/")[2].replace("jpeg", "jpg"),
            )
        except SlackRequestError as error:
            # The address that Slack gave for it did not take it.
            raise PostDelayed("Slack did not take a picture") from error
        self._files[one.id] = str(put_up["files"][0]["id"])
        if len(self._files) > _REMEMBERED:
            gone, _ = self._files.popitem(last=False)
            self._refused.pop(gone, None)
        return self._files[one.id]
