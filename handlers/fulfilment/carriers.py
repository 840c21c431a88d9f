"""Carriers: their names, where their parcels are followed, and which numbers are surely theirs.

The addresses are those of the carriers' public tracking pages, written down from memory.
"""

import re
from enum import StrEnum
from urllib.parse import quote

__all__ = ["Carrier", "carrier_named", "guess_carrier", "link_of", "tracking_link"]


class Carrier(StrEnum):
    """A carrier whose parcels can be followed by a link."""

    USPS = "USPS"
    UPS = "UPS"
    FEDEX = "FedEx"
    DHL = "DHL"
    DPD = "DPD"
    GLS = "GLS"
    ROYAL_MAIL = "Royal Mail"
    CANADA_POST = "Canada Post"
    LA_POSTE = "La Poste"
    POSTNL = "PostNL"
    EVRI = "Evri"


_LINKS = {
    Carrier.USPS: "https://tools.usps.com/go/TrackConfirmAction?tLabels={}",
    Carrier.UPS: "https://www.ups.com/track?tracknum={}",
    Carrier.FEDEX: "https://www.fedex.com/fedextrack/?trknbr={}",
    Carrier.DHL: "https://www.dhl.com/global-en/home/tracking.html?tracking-id={}",
    Carrier.DPD: "https://tracking.dpd.de/status/en_US/parcel/{}",
    Carrier.GLS: "https://gls-group.com/GROUP/en/parcel-tracking?match={}",
    Carrier.ROYAL_MAIL: "https://www.royalmail.com/track-your-item#/tracking-results/{}",
    Carrier.CANADA_POST: "https://www.canadapost-postescanada.ca/track-reperage/en#/details/{}",
    Carrier.LA_POSTE: "https://www.laposte.fr/outils/suivre-vos-envois?code={}",
    Carrier.POSTNL: "https://jouw.postnl.nl/track-and-trace/{}",
    Carrier.EVRI: "https://www.evri.com/track/parcel/{}/details",
}
#: How label software and people write them, without blanks and signs, longest first.
_NAMES = (
    ("unitedstatespostalservice", Carrier.USPS),
    ("unitedparcelservice", Carrier.UPS),
    ("stampscom", Carrier.USPS),
    ("upsmailinnovations", None),
    ("endicia", Carrier.USPS),
    ("usps", Carrier.USPS),
    ("upsbyshipstation", Carrier.UPS),
    ("ups", Carrier.UPS),
    ("federalexpress", Carrier.FEDEX),
    ("fedex", Carrier.FEDEX),
    ("deutschepost", Carrier.DHL),
    ("dhlecommerce", None),
    ("dhl", Carrier.DHL),
    ("dpd", Carrier.DPD),
    ("gls", Carrier.GLS),
    ("royalmail", Carrier.ROYAL_MAIL),
    ("canadapost", Carrier.CANADA_POST),
    ("postescanada", Carrier.CANADA_POST),
    ("laposte", Carrier.LA_POSTE),
    ("colissimo", Carrier.LA_POSTE),
    ("postnl", Carrier.POSTNL),
    ("myhermes", Carrier.EVRI),
    ("hermes", Carrier.EVRI),
    ("evri", Carrier.EVRI),
)
#: The last two letters of a number by the Universal Postal Union name the post that gave it out.
_POSTS = {
    "US": Carrier.USPS,
    "GB": Carrier.ROYAL_MAIL,
    "CA": Carrier.CANADA_POST,
    "FR": Carrier.LA_POSTE,
    "NL": Carrier.POSTNL,
    "DE": Carrier.DHL,
}
_SIGNS = re.compile(r"[\W_]+")
_UPU = re.compile(r"[A-Z]{2}([0-9]{8})([0-9])([A-Z]{2})")
_UPU_WEIGHTS = (8, 6, 4, 2, 3, 5, 9, 7)
_UPS = re.compile(r"1Z([0-9A-Z]{15})([0-9])")
_USPS = re.compile(r"(9[2-5][0-9]{19,23})([0-9])")
_DHL = re.compile(r"JJD[0-9]{16,20}")


def tracking_link(carrier: Carrier, tracking: str) -> str:
    """Where a parcel of this carrier is followed."""
    return _LINKS[carrier].format(quote(tracking, safe=""))


def link_of(carrier: str, tracking: str) -> str:
    """Where a parcel is followed; empty for a carrier that we do not link to."""
    known = carrier_named(carrier)
    return tracking_link(known, tracking) if known and tracking else ""


def carrier_named(text: str) -> Carrier | None:
    """The carrier that `USPS Ground Advantage`, `ups` or `Hermes UK` names; None for others."""
    plain = _SIGNS.sub("", text).casefold()
    return next((carrier for name, carrier in _NAMES if plain.startswith(name)), None)


def guess_carrier(tracking: str) -> Carrier | None:
    """The carrier whose number this must be, by its form and check digit; None where unsure.

    Sure are UPS's `1Z…`, USPS's numbers that begin with 92 to 95, DHL's `JJD…`, and those of the
    Universal Postal Union (S10). Numbers of 10 to 16 digits fit several carriers: no guess.
    """
    plain = _SIGNS.sub("", tracking).upper()
    if (found := _UPU.fullmatch(plain)) and _upu_digit(found[1]) == int(found[2]):
        return _POSTS.get(found[3])
    if (found := _UPS.fullmatch(plain)) and _ups_digit(found[1]) == int(found[2]):
        return Carrier.UPS
    if len(plain) in {22, 26} and (found := _USPS.fullmatch(plain)):
        return Carrier.USPS if _usps_digit(found[1]) == int(found[2]) else None
    return Carrier.DHL if _DHL.fullmatch(plain) else None


def _upu_digit(digits: str) -> int:
    rest = 11 - sum(int(one) * by for one, by in zip(digits, _UPU_WEIGHTS, strict=True)) % 11
    return {10: 0, 11: 5}.get(rest, rest)


def _ups_digit(signs: str) -> int:
    values = [int(one) if one.isdigit() else (ord(one) - 63) % 10 for one in signs]
    return -(sum(values[0::2]) + 2 * sum(values[1::2])) % 10


def _usps_digit(digits: str) -> int:
    values = [int(one) for one in reversed(digits)]
    return -(3 * sum(values[0::2]) + sum(values[1::2])) % 10
