"""The questions of `andon setup`, apart from any terminal.

A chapter asks about one thing (the shop, Discord, Slack) and returns the settings that it learned;
an interview asks its chapters in turn. Another platform is one more chapter.
"""

from bot.setup.asking import Voice
from bot.setup.interview import Chapter, Learned, interview, to_write

__all__ = ["Chapter", "Learned", "Voice", "interview", "to_write"]
