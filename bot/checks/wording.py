"""The copy file: are its sentences ones that Andon can say."""

from pathlib import Path

import yaml

from bot.checks.finding import Finding
from handlers.registry import Registry
from handlers.wording import CopyError, Wording

__all__ = ["check_copy"]


def check_copy(file: Path) -> list[Finding]:
    """Look at every sentence of a shop's copy file."""
    try:
        read = yaml.safe_load(file.read_text(encoding="utf-8")) or {}
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        return [Finding(about="copy file", sentence=f"{file} cannot be read: {error}; correct it.")]
    if not isinstance(read, dict):
        return [Finding(about="copy file", sentence=f"{file} must hold sentences by key.")]
    sentences = Registry.of().copy
    found = []
    for key, sentence in read.items():
        if not isinstance(sentence, str):
            found.append(
                Finding(about="copy file", sentence=f"{key} is no text; put it in quotes.")
            )
            continue
        try:
            Wording(sentences, {str(key): sentence})
        except CopyError as error:
            found.append(
                Finding(about="copy file", sentence=f"{error}; correct it or take it out.")
            )
    fine = Finding(about="copy file", sentence=f"{len(read)} sentences of yours.", fine=True)
    return found or [fine]
