"""What is offered on every venue: our own capabilities and one more, and how a command is read."""

from collections.abc import Mapping
from typing import Any

from handlers.capability import Capability, CommandSpec, PressSpec
from handlers.catalog.files import read_catalog
from handlers.claims.lexicon import Lexicon
from handlers.command_line import Misread, match, read_command, read_given
from handlers.messages import Answer, Command, Visibility
from handlers.registry import Registry, find_capabilities
from handlers.snapshot import CatalogueView, ItemView, Snapshot, TimelineView, VariantView
from handlers.work import Work

__all__ = ["offered", "read"]

_CATALOGUE = """code,variant,sku,title,price,currency,stock,aliases
S3,,S3,Box,9.00,USD,3,silver box
"""


async def _nothing(work: Work, *_: object) -> Answer:
    raise AssertionError("the ears only write down")


async def _no_form(work: Work, *_: object) -> None:
    raise AssertionError("the ears say what opens")


#: Beside our own: a command that is answered before all, and things that open a form.
_SUITE = Capability(
    name="suite",
    summary="what no room of ours offers yet",
    commands=(
        CommandSpec(
            name="suite tell", summary="tell all", run=_nothing, visibility=Visibility.PUBLIC
        ),
        CommandSpec(name="suite form", summary="open a form", run=_nothing, opens=_no_form),
    ),
    presses=(
        PressSpec(name="suite.tell", run=_nothing, visibility=Visibility.PUBLIC),
        PressSpec(name="suite.form", run=_nothing, opens=_no_form),
    ),
)


def offered() -> Registry:
    """The table of all of it."""
    return Registry.of([*find_capabilities(), _SUITE])


def _snapshot() -> Snapshot:
    [item] = read_catalog(_CATALOGUE, name="catalogue.csv", currency="USD").items
    variants: dict[str | None, VariantView] = {None: VariantView(id=1, name=None, sku="S3")}
    view = ItemView(id=1, code="S3", title="Box", position=1, variants=variants)
    catalogue = CatalogueView(
        version=1, lexicon=Lexicon.of([item]), items={"S3": view}, by_id={1: view}
    )
    return Snapshot.of(catalogue, TimelineView(version=1, shows=(), taken_codes=()))


def read(command: Command, registry: Registry) -> tuple[str, Mapping[str, Any] | Misread]:
    """A command as the table reads it: its name and its options, or the slip."""
    found = match(command.line, registry.commands)
    assert not isinstance(found, Misread), found
    spec, rest = found
    if command.options is None:
        return spec.name, read_command(spec, rest, _snapshot(), "USD")
    return spec.name, read_given(spec, command.options, _snapshot(), "USD")
