"""`andon demo`: a sample shop with an audience, on the local stage, in a temporary database."""

from bot.demo.show import demo

__all__ = ["demo"]
