"""What `andon check` looks at, changing nothing: every problem with its way out."""

from bot.checks.finding import Finding
from bot.checks.whole import check_all, check_settings

__all__ = ["Finding", "check_all", "check_settings"]
