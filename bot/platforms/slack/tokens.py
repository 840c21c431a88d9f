"""Slack's tokens: which is which, where it is found, and what is wrong with one. Pure.

`check`, `setup` and the start say so in the same words.
"""

import re

from bot.platforms.slack.manifest import APP_SCOPE

__all__ = [
    "LOGIN_REFUSED",
    "REFUSED",
    "WHERE_APP",
    "WHERE_BOT",
    "app_problem",
    "wrong_kind",
]

WHERE_BOT = (
    "at api.slack.com/apps open your app, page Install App, and copy the Bot User OAuth Token "
    "(xoxb-)"
)
WHERE_APP = (
    "at api.slack.com/apps open your app, page Basic Information, App-Level Tokens, Generate Token "
    f"and Scopes, add {APP_SCOPE}, and copy it (xapp-)"
)
LOGIN_REFUSED = f"Slack does not know this token of a bot; {WHERE_BOT}."

#: Slack's words for a token that is of no use.
REFUSED = frozenset(
    {
        "account_inactive",
        "invalid_auth",
        "not_allowed_token_type",
        "not_authed",
        "token_expired",
        "token_revoked",
    }
)

#: By how a token begins; what it is instead of the bot's.
_OTHERS = {
    "xapp-": "the token of the app, which belongs into slack.app_token",
    "xoxp-": "the token of a person, and Andon speaks for itself alone",
    "xoxe": (
        "a token that dies after twelve hours: this app has token rotation, which cannot be "
        "switched off, so make a new app"
    ),
}
_OF_APP = re.compile(r"xapp-\d+-(A[A-Z0-9]+)-")


def wrong_kind(token: str) -> str | None:
    """What a token is, if its beginning says that it is not the bot's; and where that one is."""
    for beginning, what in _OTHERS.items():
        if token.startswith(beginning):
            return f"That is {what}; {WHERE_BOT}."
    return None


def app_problem(token: str, refused: str | None, *, app_id: str | None = None) -> str | None:
    """What is wrong with the token of the app: by how it looks, or as Slack `refused` it.

    `app_id` is the app of the bot, if that is known.
    """
    if token.startswith("xoxb-"):
        return f"slack.app_token is the token of the bot; {WHERE_APP}."
    if not token.startswith("xapp-"):
        return f"slack.app_token is no token of an app; {WHERE_APP}."
    of = _OF_APP.match(token)
    if of is not None and app_id is not None and of[1] != app_id:
        return f"slack.app_token is of another app than slack.bot_token; {WHERE_APP}."
    if refused == "missing_scope":
        return f"slack.app_token lacks the scope {APP_SCOPE}; {WHERE_APP}."
    if refused in REFUSED:
        return f"Slack does not know slack.app_token; {WHERE_APP}."
    if refused is not None:
        return (
            f"Slack opens no socket for slack.app_token ({refused}); on the page Socket Mode of "
            "your app switch it on, and try again."
        )
    return None
