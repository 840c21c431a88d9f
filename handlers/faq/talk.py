"""What is said in a chat besides questions to a shop: lines written for this."""

from importlib.resources import files

__all__ = ["ordinary_talk"]


def ordinary_talk() -> list[str]:
    """Return lines of ordinary chat and questions that no shop answers."""
    text = (files("handlers.faq") / "background.txt").read_text(encoding="utf-8")
    return text.splitlines()
