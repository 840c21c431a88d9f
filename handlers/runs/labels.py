"""The label of a form's field, as long as it may be, and its hint, where that says more."""

__all__ = ["LONGEST_LABEL", "more_of"]

#: What Discord shows of them.
LONGEST_LABEL = 45
_LONGEST_HINT = 100


def more_of(text: str) -> str:
    """The hint of a field whose label is cut; none where the label says it all."""
    return text[:_LONGEST_HINT] if len(text) > LONGEST_LABEL else ""
