"""The methods by which files are uploaded."""

from collections.abc import Callable
from dataclasses import dataclass

from tests.fakes.slack.api import Method, place, required
from tests.fakes.slack.chat import Chat
from tests.fakes.slack.faults import ApiError
from tests.fakes.slack.payloads import file_payload
from tests.fakes.slack.world import File, Json, Message, World

__all__ = ["FileMethods"]


@dataclass(slots=True)
class _Upload:
    name: str
    length: int
    content: bytes | None = None


class FileMethods:
    """An address for each file, the file itself, and where it is shown."""

    def __init__(self, world: World, chat: Chat) -> None:
        self.base_url: Callable[[], str] = str
        self._world = world
        self._chat = chat
        self._uploads: dict[str, _Upload] = {}
        self.largest = 1024**3

    def methods(self) -> dict[str, Method]:
        """What it answers."""
        return {
            "files.getUploadURLExternal": Method(self.begin, "files:write"),
            "files.completeUploadExternal": Method(self.complete, "files:write"),
        }

    def begin(self, args: Json) -> Json:
        """`files.getUploadURLExternal`."""
        required(args, "filename", "length")
        if int(args["length"]) > self.largest:
            raise ApiError("file_upload_size_restricted")
        file_id = self._world.make_id("F")
        self._uploads[file_id] = _Upload(str(args["filename"]), int(args["length"]))
        return {"file_id": file_id, "upload_url": f"{self.base_url()}/upload/v1/{file_id}"}

    def receive(self, file_id: str, content: bytes) -> str:
        """What was sent to such an address. Raises `ApiError`."""
        upload = self._uploads.get(file_id)
        if upload is None or upload.content is not None:
            raise ApiError("upload_not_found", status=404)
        if len(content) != upload.length:
            raise ApiError("size_mismatch", status=400)
        upload.content = content
        return f"OK - {len(content)}"

    def complete(self, args: Json) -> Json:
        """`files.completeUploadExternal`."""
        required(args, "files")
        files = tuple(self._made(one) for one in args["files"])
        many = args.get("channels") or ()
        wanted = many.split(",") if isinstance(many, str) else list(many)
        if args.get("channel_id"):
            wanted.append(args["channel_id"])
        places = [place(self._world, {"channel": one}, member=True) for one in wanted]
        if any(one.archived for one in places):
            raise ApiError("is_archived")
        for where in places:
            message = Message(
                channel_id=where.id,
                ts=self._world.make_ts(),
                user=self._world.bot.id,
                bot=True,
                text=str(args.get("initial_comment") or ""),
                thread_ts=args.get("thread_ts"),
                files=files,
            )
            self._chat.put(message)
        for one in files:
            del self._uploads[one.id]
            self._world.files[one.id] = one
        return {"files": [file_payload(one) for one in files]}

    def _made(self, one: Json) -> File:
        upload = self._uploads.get(str(one.get("id")))
        if upload is None or upload.content is None:
            raise ApiError("file_not_found")
        title = str(one.get("title") or upload.name)
        return File(id=one["id"], name=upload.name, title=title, content=upload.content)
