"""The shop as its handlers know it, and the voice in which it speaks: both from the settings."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import structlog
import yaml

from bot.clock import Clock, SystemClock
from bot.settings import Settings
from handlers.capability import Telling
from handlers.faq.desk import FaqDesk, load_faq
from handlers.messages import Channel
from handlers.moderation.memory import Memory
from handlers.orders.rules import OrderDesk
from handlers.payments.rules import Ways
from handlers.people import EVERYONE, Role
from handlers.registry import Registry
from handlers.returns.rules import ReturnDesk
from handlers.runs.books import Playbooks, load_playbooks
from handlers.speech import Merge, Speaker
from handlers.wording import CopyError, Wording
from handlers.work import House
from storage.order_states import PaymentWay

__all__ = ["house_of", "voice_of"]

_log = structlog.get_logger("andon")


def house_of(
    settings: Settings, registry: Registry, stream: Sequence[Channel], clock: Clock
) -> House:
    """What every handler may know.

    Raises `CopyError` or `ReasonsError` where the shop's own copy or reasons cannot be used.
    """
    return House(
        rules=settings.sale,
        wording=Wording(registry.copy, _shop_copy(settings.shop.copy_file)),
        shop_name=settings.shop.name,
        timezone=settings.shop.zone,
        locale=settings.shop.locale,
        currency=settings.shop.currency,
        stream=tuple(stream),
        quiet_hours=settings.team.quiet,
        given=_given(settings),
        playbooks=_playbooks(settings, registry, clock),
        faq=_faq(settings, clock),
        moderation=Memory(settings.moderation),
        orders=OrderDesk.of(
            settings.orders,
            settings.shipping,
            settings.tax,
            currency=settings.shop.currency,
            locale=settings.shop.locale,
            invoices=settings.invoices,
        ),
        payments=_ways(settings),
        sealer=settings.privacy.sealer(),
        support=settings.support,
        returns=ReturnDesk.of(
            settings.returns,
            currency=settings.shop.currency,
            locale=settings.shop.locale,
            shop_name=settings.shop.name,
        ),
    )


def voice_of(house: House, registry: Registry) -> Speaker:
    """What turns outbox rows into sentences, those of one kind merged as it wants them."""
    merges: dict[str, Merge] = {}
    for telling in set(registry.tellings.values()):
        merges |= dict.fromkeys(telling.kinds, _merge_of(telling, house))
    return Speaker(house.wording, merges)


def _merge_of(telling: Telling, house: House) -> Merge:
    return lambda spoken, most: telling.merge(house.wording, house.rules, spoken, most)


def _given(settings: Settings) -> frozenset[Role]:
    """The roles that somebody can have; on the local stage everyone has what they choose."""
    places = [one for one in (settings.discord, settings.slack) if one.configured]
    if settings.web.stage or not places:
        return EVERYONE
    return frozenset(
        role for role in Role if any(getattr(place.roles, role.value, ()) for place in places)
    )


def _ways(settings: Settings) -> Ways:
    """The ways to pay that are set up; what is left is a transfer, or cash."""
    offered = [PaymentWay.STRIPE] if settings.stripe.configured else []
    if settings.hook.configured:
        offered.append(PaymentWay.HOOK)
    if settings.payments.instructions or not offered:
        offered.append(PaymentWay.MANUAL)
    return Ways(rules=settings.payments, offered=tuple(offered))


def _playbooks(settings: Settings, registry: Registry, clock: Clock) -> Playbooks:
    """The playbooks that can be used; what is wrong with the others is logged."""
    found = load_playbooks(settings.team.playbooks, registry.commands, now=clock.now)
    for problem in found.problems:
        _log.warning("a playbook is left out", problem=str(problem))
    return found


def _faq(settings: Settings, clock: Clock) -> FaqDesk:
    """The FAQ; one with a problem answers nothing, and what is wrong is logged."""
    # Where the clock is moved by hand the same log must come out the same: learning is waited for.
    waits = not isinstance(clock, SystemClock)
    desk = load_faq(settings.faq, zone=settings.shop.zone, waits=waits)
    for problem in desk.problems:
        _log.warning("the FAQ is left out", problem=str(problem))
    return desk


def _shop_copy(path: Path | None) -> Mapping[str, str]:
    """The shop's own sentences. Raises `CopyError`."""
    if path is None:
        return {}
    try:
        read = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise CopyError(f"the copy file {path} cannot be read: {error}") from error
    if not isinstance(read, dict) or not all(isinstance(one, str) for one in read.values()):
        raise CopyError(f"the copy file {path} must hold sentences by key")
    return read
