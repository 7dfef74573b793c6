"""Search for numbers that identify a person in text where no identifier may be.

A number counts as an identifier by these rules. Digits may be full-width, with separators between
them, and next to other numbers:

- Identity number of 18 characters (GB 11643), anywhere in a run of digits: a birth date from 1900
  to today, and a correct check digit behind a province (GB/T 2260), or any behind a prefecture.
- Identity number of 15 digits, issued until 1999: a county, and a birth date in the last 99 years.
  A date of this century (520123220315001) is that of a batch.
- Mobile number: 11 digits from 13 to 19, with or without +86.
- Bank card: 16 to 19 digits of an issuer (UnionPay, Visa, Mastercard, JCB) with the check digit
  of ISO/IEC 7812 (Luhn), unless they begin with a county as project numbers do.

Only identity numbers of 18 characters are searched in hexadecimal digests, where some digits always
look like another one. A mobile or card number with a separated year, month or date is one of a
batch. Passports and other documents look like codes of projects, and are not searched.
"""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from stdnum import luhn, numdb
from stdnum.cn import ric

IDENTITY_NUMBER = "an identity number"
MOBILE_NUMBER = "a mobile number"
BANK_CARD = "the number of a bank card"

# At most three characters separate two digits. Within an identity number they are of any kind; in
# the other numbers they are blanks, dashes and dots: colons separate the parts of a record id.
WIDE = r"[\W_]{0,3}"
NARROW = r"[\s.·•‐-―−-]{0,3}"
_DIGITS = re.compile(rf"\d(?:{WIDE}\d){{16,}}(?:{WIDE}X)?")
_IDENTITY = re.compile(r"(?=([1-8]\d{5}(?:19|20)\d\d[01]\d[0-3]\d{4}[\dX]))")
_OLD_IDENTITY = re.compile(rf"(?<!\d)(?=([1-8](?:{NARROW}\d){{14}})(?!\d))")
_MOBILE = re.compile(
    rf"(?<!\d)(?=((?:(?:00)?8{NARROW}6{NARROW})?1{NARROW}[3-9](?:{NARROW}\d){{9}})(?!\d))"
)
_CARDS = [
    re.compile(rf"(?<!\d)(?=([3-9](?:{NARROW}\d){{{length - 1}}})(?!\d))")
    for length in range(16, 20)
]
_ISSUERS = re.compile("62|4|5[1-5]|35|9558")
# A digest or UUID of 24 hexadecimal digits or more, two of which at least are letters.
_DIGEST = re.compile(
    r"(?<![0-9A-Z])(?=(?:[0-9-]*[A-F]){2})"
    r"(?:[0-9A-F]{8}(?:-[0-9A-F]{4}){3}-[0-9A-F]{12}|[0-9A-F]{24,})(?![0-9A-Z])"
)
_DATE_PART = re.compile(r"(?:19|20)\d\d(?:(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])?)?")
# How people write a mobile or card number, even if a part of it looks like a year.
_USUAL_PARTS = (
    (3, 4, 4),
    (2, 3, 4, 4),
    (4, 4, 4, 4),
    (4, 4, 4, 4, 1),
    (4, 4, 4, 4, 2),
    (4, 4, 4, 4, 3),
)
_LIKE_X = str.maketrans("×✕✖╳Хх", "XXXXXX")


class Identifier(NamedTuple):
    """A number of a person: the characters from `start` to before `end`, and its kind."""

    start: int
    end: int
    kind: str


@lru_cache(maxsize=65_536)
def identifier_kind(text: str) -> str | None:
    """Return the kind of the first identifier in a text, or None."""
    return next((identifier.kind for identifier in _found(_folded(text)[0])), None)


def find_identifiers(text: str) -> list[Identifier]:
    """Return all identifiers in a text, which may overlap."""
    folded, origins = _folded(text)
    return [
        Identifier(origins[start], origins[end - 1] + 1, kind)
        for start, end, kind in _found(folded)
    ]


def _folded(text: str) -> tuple[str, range | list[int]]:
    """Return the text in capitals, half-width and without format characters, and the origins.

    The origins are the positions of the characters in the text.
    """
    if text.isascii():
        return text.upper(), range(len(text))
    pairs = [
        (plain, position)
        for position, character in enumerate(text)
        if unicodedata.category(character) != "Cf"
        for plain in _plain(character)
    ]
    return "".join(plain for plain, _ in pairs), [position for _, position in pairs]


def _plain(character: str) -> str:
    digit = unicodedata.decimal(character, None)
    if digit is not None:
        return str(digit)
    return unicodedata.normalize("NFKC", character).upper().translate(_LIKE_X)


def _found(text: str) -> Iterator[Identifier]:
    for run in _DIGITS.finditer(text):
        yield from _identity_numbers(run)
    searched = _DIGEST.sub(lambda digest: " " * len(digest[0]), text)
    for match in _OLD_IDENTITY.finditer(searched):
        if _is_old_identity(_joined(match[1])):
            yield Identifier(*match.span(1), IDENTITY_NUMBER)
    for match in _MOBILE.finditer(searched):
        if not _has_date_part(match[1]):
            yield Identifier(*match.span(1), MOBILE_NUMBER)
    for pattern in _CARDS:
        for match in pattern.finditer(searched):
            if _is_card(_joined(match[1])) and not _has_date_part(match[1]):
                yield Identifier(*match.span(1), BANK_CARD)


def _identity_numbers(run: re.Match[str]) -> Iterator[Identifier]:
    characters = [(run.start() + n, c) for n, c in enumerate(run[0]) if c.isdigit() or c == "X"]
    for match in _IDENTITY.finditer("".join(character for _, character in characters)):
        if _is_identity(match[1]):
            first, last = match.start(1), match.end(1) - 1
            yield Identifier(characters[first][0], characters[last][0] + 1, IDENTITY_NUMBER)


def _is_identity(number: str) -> bool:
    birth = _date(number[6:14])
    if birth is None or birth > dt.date.today():
        return False
    is_checked = number[17] == ric.calc_check_digit(number)
    return _is_region(f"{number[:2]}0000" if is_checked else f"{number[:4]}00")


def _is_old_identity(digits: str) -> bool:
    birth = _date("19" + digits[6:12])
    is_alive = birth is not None and birth.year > dt.date.today().year - 100
    return is_alive and _is_region(f"{digits[:4]}00")


def _is_card(digits: str) -> bool:
    if not _ISSUERS.match(digits) or not luhn.is_valid(digits):
        return False
    # Many cards of UnionPay begin like the counties of Gansu: there a date must follow.
    follows = _date("20" + digits[6:12]) or _date(digits[6:14])
    is_county = _is_region(digits[:6])
    return not is_county or (digits.startswith("62") and follows is None)


def _has_date_part(number: str) -> bool:
    parts = re.findall(r"\d+", number)
    if len(parts) == 1 or tuple(map(len, parts)) in _USUAL_PARTS:
        return False
    return any(_DATE_PART.fullmatch(part) for part in parts)


def _joined(number: str) -> str:
    return re.sub(r"\D", "", number)


def _date(digits: str) -> dt.date | None:
    try:
        return dt.date(int(digits[:4]), int(digits[4:6]), int(digits[6:8]))
    except ValueError:
        return None


@lru_cache(maxsize=65_536)
def _is_region(code: str) -> bool:
    """Return whether a code of six digits is or was that of a province, prefecture or county."""
    parts = numdb.get("cn/loc").info(code)
    return len(parts) == 2 and bool(parts[1][1])
