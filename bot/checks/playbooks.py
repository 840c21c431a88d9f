"""The playbooks: what is wrong with one, by file, line and field; the others can be used."""

from pathlib import Path

from bot.checks.finding import Finding
from handlers.registry import Registry
from handlers.runs.books import load_playbooks

__all__ = ["check_playbooks"]


def check_playbooks(folder: Path | None) -> list[Finding]:
    """Look at the library and at every playbook of a shop's folder."""
    found = load_playbooks(folder, Registry.of().commands)
    # Once for each file, after the last that is wrong in it.
    last = {one.file: place for place, one in enumerate(found.problems)}
    wrong = [
        Finding(
            about="playbooks",
            sentence=f"{one}. This playbook is left out until then."
            if last[one.file] == place
            else f"{one}.",
        )
        for place, one in enumerate(found.problems)
    ]
    count = f"{len(found.by_id)} playbooks can be used."
    return [*wrong, Finding(about="playbooks", sentence=count, fine=True)]
