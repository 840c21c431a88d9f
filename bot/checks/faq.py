"""The FAQ: what is wrong in its file, and which answers lack a fact."""

from datetime import tzinfo

from bot.checks.finding import Finding
from handlers.faq.desk import load_faq
from handlers.faq.entries import variables
from handlers.faq.facts import own_names
from handlers.faq.rules import FaqRules

__all__ = ["check_faq"]


def check_faq(rules: FaqRules, zone: tzinfo) -> list[Finding]:
    """Look at the FAQ of the settings, or at Andon's own where they name none."""
    if not rules.answers:
        return [Finding(about="FAQ", sentence="Off: questions are not answered.", fine=True)]
    desk = load_faq(rules, zone=zone, waits=True)
    if desk.problems:
        return [
            Finding(about="FAQ", sentence=f"{one} Nothing is answered until then.")
            for one in desk.problems
        ]
    known = own_names(rules) | desk.faq.facts.keys()
    lacking = {entry.id: variables(entry.answer) - known for entry in desk.faq.entries}
    silent = sorted(name for name, missing in lacking.items() if missing)
    facts = sorted({fact for missing in lacking.values() for fact in missing})
    whose = "Andon's own answers" if rules.file is None else f"answers of {rules.file.name}"
    count = len(lacking) - len(silent)
    found = [
        Finding(about="FAQ", sentence=f"{count} of {len(lacking)} {whose} can be said.", fine=True)
    ]
    if silent:
        sentence = (
            f"{', '.join(silent)} are not said, since these facts are not known: "
            f"{', '.join(facts)}. Set them in [faq.facts], or write a FAQ file (docs/faq.md)."
        )
        # Nobody has to use answers of ours.
        noted = rules.file is not None
        found.append(Finding(about="FAQ", sentence=sentence, fine=True, note=noted))
    notes = (Finding(about="FAQ", sentence=one, fine=True, note=True) for one in desk.faq.notes)
    return [*found, *notes]
