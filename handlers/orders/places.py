"""What addresses look like from country to country: postcodes, regions, house numbers.

The forms are those of the national posts; countries that are not here are taken as they are.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from babel import Locale

__all__ = [
    "HOUSE_NUMBERED",
    "NO_POSTCODE",
    "PostcodeForm",
    "country_code",
    "form_of",
    "region_code",
    "region_fits",
    "regions_of",
]

_GAPS = re.compile(r"[\s.\-\u2010-\u2015\u2212]+")
# `D-80331`, `LV-1010`: the sign of a country before what is only digits.
_SIGN = re.compile(r"[A-Z]{1,3}(?=[0-9])")
# In CLDR's list of territories, but nowhere to send anything.
_NOWHERE = frozenset({"AQ", "EU", "EZ", "QO", "UN", "XA", "XB", "ZZ"})
_OTHER_NAMES: Mapping[str, str] = MappingProxyType(
    {
        "uk": "GB",
        "great britain": "GB",
        "england": "GB",
        "scotland": "GB",
        "wales": "GB",
        "northern ireland": "GB",
        "usa": "US",
        "u.s.": "US",
        "u.s.a.": "US",
        "united states of america": "US",
        "america": "US",
        "holland": "NL",
        "the netherlands": "NL",
        "czech republic": "CZ",
        "turkey": "TR",
        "deutschland": "DE",
        "österreich": "AT",
        "schweiz": "CH",
        "suisse": "CH",
        "españa": "ES",
        "italia": "IT",
    }
)

#: No postcode is asked for here.
NO_POSTCODE = frozenset({"AE", "AG", "AO", "BS", "BZ", "FJ", "GH", "HK", "JM", "MO", "QA", "ZW"})
#: A street without a number is hardly ever whole here.
HOUSE_NUMBERED = frozenset(
    {"AT", "BE", "CH", "CZ", "DE", "DK", "ES", "FI", "FR", "IT", "NL", "NO", "PL", "SE", "SK"}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class PostcodeForm:
    """How a country writes its postcodes; `gap` stands before the last `behind` signs.

    One of `alone` signs is written without it.
    """

    pattern: str
    example: str
    gap: str = ""
    behind: int = 0
    alone: int = 0

    def read(self, typed: str) -> str | None:
        """The postcode as the post writes it, None if it has another form."""
        plain = _GAPS.sub("", typed).upper()
        if "A-" not in self.pattern:
            plain = _SIGN.sub("", plain)
        if re.fullmatch(self.pattern, plain) is None:
            return None
        if not self.gap or len(plain) == self.alone:
            return plain
        return plain[: -self.behind] + self.gap + plain[-self.behind :]


def _digits(count: int, example: str, gap: str = "", behind: int = 0) -> PostcodeForm:
    return PostcodeForm(pattern=rf"[0-9]{{{count}}}", example=example, gap=gap, behind=behind)


_FORMS: Mapping[str, PostcodeForm] = MappingProxyType(
    {
        "AT": PostcodeForm(pattern=r"[1-9][0-9]{3}", example="1010"),
        "AU": _digits(4, "2000"),
        "BE": PostcodeForm(pattern=r"[1-9][0-9]{3}", example="1000"),
        "BG": _digits(4, "1000"),
        "BR": _digits(8, "01310-100", "-", 3),
        "CA": PostcodeForm(
            pattern=r"[A-CEGHJ-NPR-TVXY][0-9][A-CEGHJ-NPR-TV-Z][0-9][A-CEGHJ-NPR-TV-Z][0-9]",
            example="K1A 0B1",
            gap=" ",
            behind=3,
        ),
        "CH": PostcodeForm(pattern=r"[1-9][0-9]{3}", example="8001"),
        "CN": _digits(6, "100000"),
        "CZ": _digits(5, "110 00", " ", 2),
        "DE": PostcodeForm(pattern=r"(?!00)[0-9]{5}", example="10115"),
        "DK": _digits(4, "1050"),
        "EE": _digits(5, "10111"),
        "ES": PostcodeForm(pattern=r"(?:0[1-9]|[1-4][0-9]|5[0-2])[0-9]{3}", example="28001"),
        "FI": _digits(5, "00100"),
        "FR": _digits(5, "75001"),
        "GB": PostcodeForm(
            pattern=r"(?:[A-Z]{1,2}[0-9][A-Z0-9]?[0-9][A-Z]{2}|GIR0AA)",
            example="SW1A 1AA",
            gap=" ",
            behind=3,
        ),
        "GR": _digits(5, "105 57", " ", 2),
        "HR": _digits(5, "10000"),
        "HU": _digits(4, "1051"),
        "ID": _digits(5, "10110"),
        "IE": PostcodeForm(
            pattern=r"[A-Z][0-9][0-9W][A-Z0-9]{4}", example="D02 AF30", gap=" ", behind=4
        ),
        "IN": PostcodeForm(pattern=r"[1-9][0-9]{5}", example="110001"),
        "IT": _digits(5, "00118"),
        "JP": _digits(7, "100-0001", "-", 4),
        "KR": _digits(5, "03051"),
        "LT": _digits(5, "01100"),
        "LU": _digits(4, "1111"),
        "LV": _digits(4, "1010"),
        "MX": _digits(5, "06000"),
        "MY": _digits(5, "50000"),
        "NL": PostcodeForm(pattern=r"[1-9][0-9]{3}[A-Z]{2}", example="1012 AB", gap=" ", behind=2),
        "NO": _digits(4, "0150"),
        "NZ": _digits(4, "6011"),
        "PH": _digits(4, "1000"),
        "PL": _digits(5, "00-001", "-", 3),
        "PT": _digits(7, "1000-001", "-", 3),
        "RO": _digits(6, "010011"),
        "SE": _digits(5, "111 20", " ", 2),
        "SG": _digits(6, "018956"),
        "SI": _digits(4, "1000"),
        "SK": _digits(5, "811 01", " ", 2),
        "TH": _digits(5, "10200"),
        "TR": _digits(5, "34110"),
        "US": PostcodeForm(
            pattern=r"[0-9]{5}(?:[0-9]{4})?", example="10001", gap="-", behind=4, alone=5
        ),
        "VN": PostcodeForm(pattern=r"[0-9]{5,6}", example="100000"),
        "ZA": _digits(4, "8001"),
    }
)

_REGIONS: Mapping[str, str] = MappingProxyType(
    {
        "US": (
            "AL Alabama|AK Alaska|AZ Arizona|AR Arkansas|CA California|CO Colorado|CT Connecticut|"
            "DE Delaware|DC District of Columbia|FL Florida|GA Georgia|HI Hawaii|ID Idaho|"
            "IL Illinois|IN Indiana|IA Iowa|KS Kansas|KY Kentucky|LA Louisiana|ME Maine|"
            "MD Maryland|MA Massachusetts|MI Michigan|MN Minnesota|MS Mississippi|MO Missouri|"
            "MT Montana|NE Nebraska|NV Nevada|NH New Hampshire|NJ New Jersey|NM New Mexico|"
            "NY New York|NC North Carolina|ND North Dakota|OH Ohio|OK Oklahoma|OR Oregon|"
            "PA Pennsylvania|RI Rhode Island|SC South Carolina|SD South Dakota|TN Tennessee|"
            "TX Texas|UT Utah|VT Vermont|VA Virginia|WA Washington|WV West Virginia|WI Wisconsin|"
            "WY Wyoming|PR Puerto Rico|VI Virgin Islands|GU Guam|AS American Samoa|"
            "MP Northern Mariana Islands|AA Armed Forces Americas|AE Armed Forces Europe|"
            "AP Armed Forces Pacific"
        ),
        "CA": (
            "AB Alberta|BC British Columbia|MB Manitoba|NB New Brunswick|NL Newfoundland|"
            "NS Nova Scotia|NT Northwest Territories|NU Nunavut|ON Ontario|"
            "PE Prince Edward Island|QC Quebec|SK Saskatchewan|YT Yukon"
        ),
        "AU": (
            "ACT Australian Capital Territory|NSW New South Wales|NT Northern Territory|"
            "QLD Queensland|SA South Australia|TAS Tasmania|VIC Victoria|WA Western Australia"
        ),
    }
)
#: By the first sign of the postcode, the regions that it may be in, generously at the borders.
_BY_FIRST_SIGN: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        "US": {
            "0": "CT MA ME NH NJ NY PR RI VI VT AE",
            "1": "DE NY PA",
            "2": "DC MD NC SC VA WV",
            "3": "AL FL GA MS TN AA",
            "4": "IN KY MI OH",
            "5": "DC IA MN MT ND SD WI",
            "6": "IL KS MO NE",
            "7": "AR LA OK TX",
            "8": "AZ CO ID NM NV TX UT WY",
            "9": "AK AP AS CA GU HI MP OR WA",
        },
        "CA": {
            **{"A": "NL", "B": "NS", "C": "PE", "E": "NB", "R": "MB", "S": "SK", "T": "AB"},
            **{"V": "BC", "X": "NT NU", "Y": "YT"},
            **dict.fromkeys("GHJ", "QC ON"),
            **dict.fromkeys("KLMNP", "ON QC"),
        },
        "AU": {
            **{"0": "NT ACT SA WA QLD", "1": "NSW", "2": "NSW ACT QLD VIC", "3": "VIC NSW"},
            **{"4": "QLD NSW", "5": "SA", "6": "WA", "7": "TAS", "8": "VIC", "9": "QLD"},
        },
    }
)


def form_of(country: str) -> PostcodeForm | None:
    """The form of a country's postcodes, None if it is not known."""
    return _FORMS.get(country)


def country_code(typed: str, locale: str = "en") -> str | None:
    """The two letters of a country: `de`, `Germany`, `USA`; also by its name in `locale`."""
    plain = " ".join(typed.split()).casefold()
    codes = _countries("en")
    if plain.upper() in codes:
        return plain.upper()
    if plain in _OTHER_NAMES:
        return _OTHER_NAMES[plain]
    for names in (codes, _countries(locale)):
        for code, name in names.items():
            if name.casefold() == plain:
                return code
    return None


def _countries(locale: str) -> dict[str, str]:
    """The name in `locale` of every country that something can be sent to, by code."""
    return {
        str(code): str(name)
        for code, name in Locale.parse(locale).territories.items()
        if len(str(code)) == 2 and code not in _NOWHERE
    }


def regions_of(country: str) -> Mapping[str, str]:
    """The regions that a country's addresses need, name by code; empty where they need none."""
    entries = (entry.partition(" ") for entry in _REGIONS.get(country, "").split("|") if entry)
    return {code: name for code, _, name in entries}


def region_code(country: str, typed: str) -> str | None:
    """The code of a region, by code or name; None if the country needs one and this is none."""
    known = regions_of(country)
    plain = " ".join(typed.replace(".", "").split()).casefold().replace("é", "e")
    for code, name in known.items():
        if plain in {code.casefold(), name.casefold()}:
            return code
    return None


def region_fits(country: str, region: str, postcode: str) -> bool:
    """Whether a postcode may be in a region; yes where that is not known."""
    by_sign = _BY_FIRST_SIGN.get(country)
    if by_sign is None or not postcode:
        return True
    return region in by_sign.get(postcode[0], region).split()
