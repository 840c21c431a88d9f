"""What Slack's refusals, and whatever else may come instead of an answer, mean for a post."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import aiohttp
from slack_sdk.errors import SlackApiError

from bot.platforms.base import PersonUnreachable, PostDelayed, PostFailed
from bot.platforms.slack.people import GARBLED, refusal

__all__ = ["GONE", "LOCKED_OUT", "PASSES", "seconds", "trouble"]

#: Nothing the channel or the bot could do about it now: somebody has to.
GONE = frozenset({"channel_not_found", "not_in_channel", "is_archived", "restricted_action"})
_SHUT = frozenset(
    {
        "cannot_dm_bot",
        "messages_tab_disabled",
        "user_disabled",
        "user_not_found",
        "user_not_visible",
    }
)
LOCKED_OUT = frozenset(
    {"invalid_auth", "not_authed", "account_inactive", "token_revoked", "token_expired"}
)
PASSES = frozenset({"internal_error", "fatal_error", "service_unavailable", "request_timeout"})


@contextmanager
def trouble(gone: Callable[[str], None] = lambda _error: None) -> Iterator[None]:
    """Say what Slack's errors mean for a delivery; `gone` hears of a place that is no more."""
    try:
        yield
    except SlackApiError as error:
        status, code = refusal(error)
        if status == 429 or code == "ratelimited":
            wait = seconds(error.response.headers.get("Retry-After"))
            raise PostDelayed("Slack asks to wait", retry_after=wait) from None
        if status >= 500 or not code or code in PASSES:
            raise PostDelayed(f"Slack answered {code or status}") from None
        if code in LOCKED_OUT:
            raise PostDelayed(f"Slack does not let the bot in ({code})", retry_after=60) from None
        if code in _SHUT:
            raise PersonUnreachable("this person takes no direct messages") from None
        if code in GONE:
            gone(code)
        raise PostFailed(f"Slack refused it: {code}") from None
    except (aiohttp.ClientError, TimeoutError) as error:
        raise PostDelayed(f"Slack could not be reached: {type(error).__name__}") from None
    except GARBLED as error:
        if not _of_sdk(error):
            raise
        raise PostDelayed("What answered is not Slack") from None


def _of_sdk(error: BaseException) -> bool:
    """Whether the SDK stumbled, over an answer that is none: else it is a bug of ours."""
    where, deepest = error.__traceback__, ""
    while where is not None:
        deepest = str(where.tb_frame.f_globals.get("__name__", ""))
        where = where.tb_next
    return deepest.partition(".")[0] == "slack_sdk"


def seconds(retry_after: str | None) -> float:
    """How long Slack asks to wait; a second where it does not say."""
    return float(retry_after) if retry_after is not None and retry_after.isdecimal() else 1.0
