"""The whole list: one look after the other."""

from collections.abc import Iterator
from pathlib import Path

from bot.checks.database import check_database
from bot.checks.discord import check_discord
from bot.checks.faq import check_faq
from bot.checks.finding import Finding
from bot.checks.payments import check_payments
from bot.checks.playbooks import check_playbooks
from bot.checks.privacy import check_privacy
from bot.checks.returns import check_returns
from bot.checks.slack import check_slack
from bot.checks.team import check_team
from bot.checks.web import check_web
from bot.checks.wording import check_copy
from bot.installed import strangers
from bot.settings import Settings, SettingsError, load_settings

__all__ = ["check_all", "check_settings"]


def check_settings(
    config: Path | None, database: str | None
) -> tuple[Settings | None, list[Finding]]:
    """The settings, None if they cannot be used, and what there is to say of them."""
    try:
        settings = load_settings(config, database_url=database)
    except SettingsError as error:
        return None, [Finding(about="settings", sentence=problem) for problem in error.problems]
    return settings, [Finding(about="settings", sentence="All are known and valid.", fine=True)]


async def check_all(settings: Settings) -> list[Finding]:
    """Look at everything but the settings themselves."""
    found = [*_packages(), *await check_discord(settings.discord)]
    found += await check_slack(settings)
    found += check_team(settings)
    found += await check_database(settings)
    found.append(await check_web(settings))
    found += await check_payments(settings)
    found += await check_privacy(settings)
    found += check_returns(settings)
    if settings.shop.copy_file is not None:
        found += check_copy(settings.shop.copy_file)
    found += check_playbooks(settings.team.playbooks)
    found += check_faq(settings.faq, settings.shop.zone)
    return found


def _packages() -> Iterator[Finding]:
    for sentence in strangers():
        yield Finding(about="installation", sentence=sentence)
