"""Folding: many ways to type a line, one way to read it.

What only decorates (emoji, superscripts, invisible characters) goes; widths, digits and case
become one. Look-alike letters of another script stay what they are: `latin` shows what they
pretend to be, so that the grammar can say so.
"""
# ruff: noqa: RUF001 - look-alikes are what this module is about.

import re
import unicodedata

__all__ = ["fold", "key", "latin"]

#: Emoji go before NFKC, which would turn ™ into letters and keycaps into digits. ⓜ goes with Ⓜ,
#: so that case does not matter.
_EMOJI = (
    r"[0-9#*]\ufe0f?\u20e3"
    r"|[\u00a9\u00ae\u203c\u2049\u2139\u2190-\u21ff\u2300-\u23ff\u24c2\u24dc\u2500-\u27bf"
    r"\u2900-\u297f\u2b00-\u2bff\u2800\u3030\u303d\u3297\u3299"
    r"\U0001f000-\U0001f0ff\U0001f16a-\U0001f2ff\U0001f300-\U0001fbff]"
)
#: Every character whose decomposition is `<super>` (Unicode 14).
_SUPERSCRIPTS = (
    r"[\u00aa\u00b2\u00b3\u00b9\u00ba\u02b0-\u02b8\u02e0-\u02e4\u10fc\u1d2c-\u1d2e\u1d30-\u1d3a"
    r"\u1d3c-\u1d4d\u1d4f-\u1d61\u1d78\u1d9b-\u1dbf\u2070\u2071\u2074-\u207f\u2120\u2122\u2c7d"
    r"\u2d6f\u3192-\u319f\ua69c\ua69d\ua770\ua7f2-\ua7f4\ua7f8\ua7f9\uab5c-\uab5f\uab69"
    r"\U00010781-\U00010785\U00010787-\U000107b0\U000107b2-\U000107ba]"
)
_DECORATION = re.compile(f"{_EMOJI}|{_SUPERSCRIPTS}")
_INVISIBLE = re.compile(
    r"[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e"
    r"\u2060-\u206f\u20e3\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff9-\ufffb\U000e0000-\U000e0fff]"
)
_FOREIGN_DIGIT = re.compile(r"[^\D0-9]")
_NOT_IN_KEYS = re.compile(r"[\W_]")

#: One spelling for dashes, primes and breaks; the dotless i has the capital I of the dotted one.
_ONE_SPELLING = str.maketrans(
    dict.fromkeys("‐‒–−﹣", "-")
    | dict.fromkeys("’‘‛ʼ´", "'")
    | {"؟": "?", "、": ",", "。": ".", "№": "#", "ı": "i", "\u0307": None}
    | dict.fromkeys("\u0085\u2028\u2029", "\n")
)

#: Folded letters of other scripts that are drawn like Latin capitals or small letters.
_LOOK_ALIKES = str.maketrans(
    dict(zip("авекмнорстухѕіјԁԛԝһӏьгпѵ", "abekmhopctyxsijdqwhlbrnv", strict=True))
    | dict(zip("αβεζηικμνορτυχϲϳ", "abezhikmnoptyxcj", strict=True))
    | dict(zip("օսհոցւյ", "ouhngij", strict=True))
    | dict(zip("ꭰꮃꮇꭺꮯꭼꮋꮪꮖꮲ", "dwmacehsip", strict=True))
    | dict(zip("ɑɡᴀʙᴄᴅᴇɢʜɪᴊᴋʟᴍɴᴏᴘʀꜱᴛᴜᴠᴡʏᴢ", "agabcdeghijklmnoprstuvwyz", strict=True))
)


def fold(text: str) -> str:
    """Return `text` without decoration, in one width, one case and one kind of digit."""
    if text.isascii():
        return text.lower()
    bare = _INVISIBLE.sub("", _DECORATION.sub(" ", text))
    wide = unicodedata.normalize("NFKC", bare.translate(_ONE_SPELLING))
    cased = unicodedata.normalize("NFKC", wide.casefold())
    return _FOREIGN_DIGIT.sub(_ascii_digit, cased.translate(_ONE_SPELLING))


def latin(folded: str) -> str:
    """Return a folded text with the look-alikes of other scripts as the letters they resemble."""
    return folded.translate(_LOOK_ALIKES)


def key(typed: str) -> str:
    """Return what identifies a code however it is typed: its folded letters and digits."""
    return _NOT_IN_KEYS.sub("", fold(typed))


def _ascii_digit(match: re.Match[str]) -> str:
    return str(unicodedata.decimal(match[0], 0))
