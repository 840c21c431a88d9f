"""What `andon check` looks at, changing nothing: every problem with its way out."""

import os
import shutil
import socket
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import yaml
from sqlalchemy import text

from bot.installed import strangers
from bot.settings import Settings, SettingsError, load_settings
from handlers.catalog.import_values import KnownItem
from handlers.catalog.importing import load_known
from handlers.catalog.model import code_key
from handlers.claims.folding import fold
from handlers.claims.lexicon import ClaimWords, Lexicon
from handlers.claims.sizing import known_spellings
from handlers.claims.vocabulary import Is
from handlers.registry import Registry
from handlers.wording import CopyError, Wording
from storage.engine import Storage
from storage.errors import StorageError
from storage.places import file_of, place_of, shown
from storage.unit_of_work import Transaction
from storage.upgrade import ensure_current, version_of

__all__ = ["Finding", "check_all", "check_catalogue", "check_copy", "check_settings"]

_ROOM_NEEDED = 200 * 1024 * 1024
_SIZES = ("xxs", "xs", "s", "m", "l", "xl", "xxl", "one size")


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that was looked at, and how it is; a problem names its way out."""

    about: str
    sentence: str
    fine: bool = False


def check_settings(
    config: Path | None, database: str | None
) -> tuple[Settings | None, list[Finding]]:
    """The settings, None if they cannot be used, and what there is to say of them."""
    try:
        settings = load_settings(config, database_url=database)
    except SettingsError as error:
        return None, [Finding(about="settings", sentence=problem) for problem in error.problems]
    return settings, [Finding(about="settings", sentence="All are known and valid.", fine=True)]


async def check_all(settings: Settings) -> list[Finding]:
    """Look at everything but the settings themselves."""
    found = [*_packages(), *_platforms(settings)]
    found += await _database(settings)
    found += _web(settings)
    if settings.shop.copy_file is not None:
        found += check_copy(settings.shop.copy_file)
    return found


def _packages() -> Iterator[Finding]:
    for sentence in strangers():
        yield Finding(about="installation", sentence=sentence)


def _platforms(settings: Settings) -> Iterator[Finding]:
    for name, one in (("Discord", settings.discord), ("Slack", settings.slack)):
        state = "A token is set; `andon run` tries it." if one.configured else "Off, no token."
        yield Finding(about=name, sentence=state, fine=True)


# --- the database and the catalogue in it ---------------------------------------------------------


async def _database(settings: Settings) -> list[Finding]:
    try:
        place = place_of(settings.database_url)
        version = await version_of(place)
        if version is None:
            return [*_room(settings.database_url), _not_yet(settings.database_url)]
        await ensure_current(place, create=False)
        async with Storage(place) as storage, storage.read() as tx:
            rights = await _rights(tx)
            catalogue = check_catalogue(await load_known(tx), settings)
    except (StorageError, OSError) as error:
        return [Finding(about="database", sentence=str(error))]
    at = Finding(
        about="database", sentence=f"{shown(place)} is up to date (revision {version}).", fine=True
    )
    return [*_room(settings.database_url), *rights, at, *catalogue]


def _not_yet(url: str) -> Finding:
    return Finding(
        about="database",
        sentence=f"There is none at {shown(place_of(url))} yet; the first `andon catalog import` "
        "or `andon run` makes it.",
        fine=True,
    )


async def _rights(tx: Transaction) -> list[Finding]:
    if tx.dialect != "postgresql":
        return []
    asked = "SELECT has_table_privilege('claims', 'INSERT') AND NOT pg_is_in_recovery()"
    if await tx.scalar(text(asked)):
        return []
    sentence = "It can only be read; grant this user the rights on Andon's tables."
    return [Finding(about="database", sentence=sentence)]


def _room(url: str) -> Iterator[Finding]:
    """Whether an SQLite file and what it needs beside it can be written."""
    file = file_of(place_of(url))
    if file is None:
        return
    for path in (file.parent, *([file] if file.exists() else [])):
        if not os.access(path, os.W_OK):
            yield Finding(
                about="database",
                sentence=f"{path.absolute()} cannot be written; give this user the right to.",
            )
    free = shutil.disk_usage(file.parent).free
    if free < _ROOM_NEEDED:
        yield Finding(
            about="database",
            sentence=f"Only {free // 2**20} MB are free on its disk; a show wants 200 MB or more. "
            "Free some space.",
        )


def check_catalogue(items: Sequence[KnownItem], settings: Settings) -> list[Finding]:
    """Look for what viewers or the team would stumble over."""
    if not items:
        sentence = "It is empty: `andon catalog import FILE.csv`, or /item add during the show."
        return [Finding(about="catalogue", sentence=sentence, fine=True)]
    found = [
        Finding(about="catalogue", sentence=sentence)
        for sentences in (
            _without_stock(items),
            _words_taken(items, settings),
            _names_clashing(items),
            _unknown_replacements(items),
            _other_currencies(items, settings.shop.currency),
        )
        for sentence in sentences
    ]
    skus = sum(len(item.variants) for item in items)
    counted = Finding(about="catalogue", sentence=f"{len(items)} items, {skus} SKUs.", fine=True)
    return [counted, *found]


def _without_stock(items: Sequence[KnownItem]) -> Iterator[str]:
    for item in items:
        if not any(variant.on_hand for variant in item.variants):
            yield f"{item.code} has no stock: /stock set {item.code}, or import it with stock."


def _words_taken(items: Sequence[KnownItem], settings: Settings) -> Iterator[str]:
    words = ClaimWords(words=frozenset(settings.sale.claim_words))
    table: Mapping[str, Sequence[object]] = (spoken := Lexicon.of((), words)).table
    sizes = known_spellings({*_SIZES, *(v.name for i in items for v in i.variants if v.name)})
    for item in items:
        for name in (item.code, *item.aliases):
            folded = fold(name).replace("-", "").replace(" ", "")
            what = "alias" if name != item.code else "code"
            if folded in sizes:
                yield (
                    f"The {what} {name!r} of {item.code} is also a size or colour, so a claim of "
                    "it may be read as that; choose another."
                )
            elif folded in table and not folded.isdecimal():
                kinds = {part.kind for part in spoken.table[folded]}
                yield (
                    f"The {what} {name!r} of {item.code} is "
                    f"{'a claim word' if Is.WORD in kinds else 'a word of claims'} itself; "
                    "choose another."
                )


def _names_clashing(items: Sequence[KnownItem]) -> Iterator[str]:
    owners: dict[str, KnownItem] = {}
    for item in items:
        owner = owners.setdefault(code_key(item.code), item)
        if owner is not item:
            yield f"The codes {owner.code} and {item.code} read alike; change one of them."
    for item in items:
        for alias in item.aliases:
            owner = owners.setdefault(code_key(alias), item)
            if owner is not item:
                yield (
                    f"The alias {alias!r} of {item.code} also means {owner.code}; take it from "
                    "one of them."
                )


def _unknown_replacements(items: Sequence[KnownItem]) -> Iterator[str]:
    keys = {code_key(item.code) for item in items}
    for item in items:
        for code in item.replacements:
            if code_key(code) not in keys:
                yield f"{item.code} is to be replaced by {code}, which there is not; correct it."


def _other_currencies(items: Sequence[KnownItem], currency: str) -> Iterator[str]:
    priced: dict[str, list[str]] = {}
    for item in items:
        for one in {variant.price.currency for variant in item.variants} - {currency}:
            priced.setdefault(one, []).append(item.code)
    for other, codes in sorted(priced.items()):
        named = ", ".join(codes[:5]) + (f" and {len(codes) - 5} more" if len(codes) > 5 else "")
        yield (
            f"{named}: priced in {other}, though the shop's currency is {currency}; set "
            "shop.currency, or import prices in it."
        )


# --- the web and the words ------------------------------------------------------------------------


def _web(settings: Settings) -> Iterator[Finding]:
    host, port = settings.web.host.strip("[]"), settings.web.port
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM
        )[0]
        with socket.socket(family, kind, protocol) as trial:
            trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            trial.bind(address)
    except OSError as error:
        yield Finding(
            about="web",
            sentence=f"Port {port} of {host} cannot be had ({error.strerror}): stop what uses it "
            "(another `andon run`?), or set web.port or web.host.",
        )
    else:
        closed = "" if settings.web.token else ", for this machine only"
        yield Finding(about="web", sentence=f"{host}:{port} is free{closed}.", fine=True)


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
