"""Every written form of an identifier is found; numbers of records and batches are not."""

from __future__ import annotations

import datetime as dt
import hashlib
import uuid

import polars as pl
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from stdnum import luhn
from stdnum.cn import ric

from livelihood.contracts import Contract, load_contract, load_contracts
from livelihood.settings import ROOT
from producers.identifiers import (
    BANK_CARD,
    IDENTITY_NUMBER,
    MOBILE_NUMBER,
    find_identifiers,
    identifier_kind,
)
from producers.leaks import GENERATED_ID, leak_reasons, suspects
from producers.sources.file import FORMATS, FileSource
from testkit.message_factory import row
from testkit.raw_rows import EMPLOYER_CODE, IDENTITY_NUMBERS, wage_rows

FULL_WIDTH = str.maketrans("0123456789Xx", "０１２３４５６７８９Ｘｘ")
COUNTIES = ("522327", "110105", "330802", "620102", "513426", "150802", "650104")
# Of ASCII they are the signs that a record id may have; others come from documents and phones.
SEPARATORS = ("", "", "", " ", "-", ".", "\u00a0", "\u200b", "\u2011", " - ", "　", "\u00ad")
DECOYS = ("", "A-", "x:", "工号", "000 ", "20220315-", "12345678901234567890 ", "1985 ", "pay:12:")
TAILS = ("", "-1", " 0001", "x", ":202203", "（张三）", "\u200b")


@st.composite
def written(draw: st.DrawFn, number: str, separators: tuple[str, ...] = SEPARATORS) -> str:
    """Return a number as offices write it: separators, full width, lower case."""
    parts = [character + draw(st.sampled_from(separators)) for character in number[:-1]]
    text = "".join(parts) + number[-1]
    if draw(st.booleans()):
        text = text.translate(FULL_WIDTH)
    return str(draw(st.sampled_from((text, text.lower()))))


@st.composite
def identity_numbers(draw: st.DrawFn, *, is_old: bool = False) -> str:
    """Return an identity number, whose check digit may be wrong."""
    last = dt.date(1999, 9, 30) if is_old else dt.date.today()
    birth = draw(st.dates(dt.date(1928, 1, 1), last))
    sequence = f"{draw(st.integers(0, 999)):03d}"
    county = draw(st.sampled_from(COUNTIES))
    if is_old:
        return f"{county}{birth:%y%m%d}{sequence}"
    body = f"{county}{birth:%Y%m%d}{sequence}"
    right = ric.calc_check_digit(body + "0")
    return body + str(draw(st.sampled_from((right, *"0123456789X"))))


mobile_numbers = st.from_regex(r"1[3-9][0-9]{9}", fullmatch=True)


@st.composite
def bank_cards(draw: st.DrawFn) -> str:
    """Return the number of a bank card that no project has."""
    issuer = draw(st.sampled_from(("621700", "622202", "625912", "411111", "955880", "356600")))
    length = draw(st.integers(9, 12))
    body = issuer + "".join(draw(st.lists(st.sampled_from("0123456789"), min_size=length,
                                          max_size=length)))  # fmt: skip
    return body + str(luhn.calc_check_digit(body))


def has_date_part(text: str) -> bool:
    """Return whether a part between separators may be a year, month or date."""
    plain = "".join(c if c.isdecimal() else " " for c in text if c not in "\u200b\u00ad")
    return any(part[:2] in ("19", "20", "１９", "２０") for part in plain.split() if len(part) < 9)


def kinds(text: str) -> set[str]:
    return {identifier.kind for identifier in find_identifiers(text)}


def leaks(text: str) -> bool:
    """Return whether a column that contains the text is not sent."""
    return any(identifier_kind(suspect) for suspect in suspects(pl.Series([text])))


@given(st.data(), st.sampled_from(DECOYS), st.sampled_from(TAILS))
def test_an_identity_number_is_found(data: st.DataObject, decoy: str, tail: str) -> None:
    text = decoy + data.draw(identity_numbers().flatmap(written)) + tail
    assert IDENTITY_NUMBER in kinds(text)
    assert leaks(text)


@given(st.data(), st.text("0123456789", max_size=8), st.text("0123456789", max_size=8))
def test_an_identity_number_is_found_within_a_longer_run_of_digits(
    data: st.DataObject, before: str, after: str
) -> None:
    number = data.draw(identity_numbers().filter(lambda text: text[-1] != "X"))
    assert leaks(before + number + after)


@given(st.data(), st.sampled_from([d for d in DECOYS if not d[-1:].isdecimal()]))
def test_an_old_identity_number_is_found(data: st.DataObject, decoy: str) -> None:
    text = decoy + data.draw(identity_numbers(is_old=True).flatmap(written)) + " x"
    assert IDENTITY_NUMBER in kinds(text)
    assert leaks(text)


@given(st.data(), st.sampled_from(("", "+86", "86-", "0086 ", "电话", "emp", "20220315-")))
def test_a_mobile_number_is_found(data: st.DataObject, before: str) -> None:
    text = data.draw(mobile_numbers.flatmap(written))
    assume(not has_date_part(text))
    assert MOBILE_NUMBER in kinds(before + text)
    assert leaks(f"{before}{text}/x")


@given(mobile_numbers, st.sampled_from(("{}-{}-{}", "{} {} {}", "{}.{}.{}")))
def test_a_mobile_number_in_its_usual_parts_is_found(number: str, form: str) -> None:
    assert leaks(form.format(number[:3], number[3:7], number[7:]))


@given(st.data(), st.sampled_from([d for d in DECOYS if not d[-1:].isdecimal()]))
def test_a_bank_card_is_found(data: st.DataObject, decoy: str) -> None:
    text = data.draw(bank_cards().flatmap(written))
    assume(not has_date_part(text))
    assert BANK_CARD in kinds(decoy + text)
    assert leaks(decoy + text)


def test_a_number_behind_an_invalid_one_is_found() -> None:
    for text in (
        f"522327198513010011,{IDENTITY_NUMBERS[0]}",
        f"00052232719851301{IDENTITY_NUMBERS[0]}",
        "12800138000 / 13800138000",
        "6222021234567890120;6222021234567890128",
    ):
        assert leaks(text), text


def test_the_positions_are_those_of_the_written_text() -> None:
    text = "张三\u200b　５２２３２７ 1994-1225-900２，x"
    [identifier] = find_identifiers(text)
    assert text[identifier.start : identifier.end] == "５２２３２７ 1994-1225-900２"


BUSINESS_NUMBERS = (
    "20220315-0001", "2022-0315-001", "522327001000", "522327001", "20220315123000",
    "20220315123000123", "2022-03-15T12:30:00.123456", "1647331200000", "1647331200000000",
    "520123220315001", "2203-522327-04-01-123456", "5223272203159901", "13-2022-00001",
    "15000-202203", "15-20220315-1", "522327001000-0001", "GJ-2022-000123456789",
    "黔人社发〔2022〕15号", "册劳人仲案字〔2022〕第1234567890号", EMPLOYER_CODE, "H522327EX0",
    "100000000000000000", "10000000000000000",
)  # fmt: skip


@pytest.mark.parametrize("text", BUSINESS_NUMBERS)
def test_a_number_of_a_batch_project_case_or_time_is_none(text: str) -> None:
    assert not leaks(text)
    assert not kinds(text)


@given(
    st.dates(dt.date(2000, 1, 1), dt.date(2049, 12, 31)),
    st.integers(0, 99_999),
    st.sampled_from(("{:%Y%m%d}-{:04d}", "{:%Y%m%d}{:05d}", "b:{:%Y-%m-%d}:{:05d}",
                     "pay:13345:{:%Y%m}:{:d}", "15{1:03d}-{0:%Y%m}", "w{1}.{0:%Y%m%d}")),
)  # fmt: skip
def test_a_number_with_a_date_is_none(day: dt.date, number: int, form: str) -> None:
    assert not leaks(form.format(day, number))


@given(st.binary(max_size=20))
def test_a_digest_or_uuid_is_none(content: bytes) -> None:
    digest = hashlib.sha256(content).hexdigest()
    for text in (digest, digest[:32], f"{digest[:24]}-123", str(uuid.UUID(hex=digest[:32]))):
        assert not kinds(text) & {MOBILE_NUMBER, BANK_CARD}


@pytest.mark.parametrize("stream", load_contracts())
def test_texts_of_the_contracts_and_of_test_records_are_none(stream: str) -> None:
    contract = load_contract(stream)
    texts = [str(text) for column in contract.columns for text in column.examples]
    texts += [v for n in range(1000) for v in row(stream, n).values() if isinstance(v, str)]
    assert not [text for text in texts if leaks(text)]


def test_the_rows_of_the_examples_pass() -> None:
    paths = [p for p in (ROOT / "producers" / "examples").iterdir() if p.suffix in FORMATS]
    columns = [column for p in paths for frame in FileSource(p).frames() for column in frame]
    searched = [c for c in columns if c.dtype == pl.String and "身份证" not in c.name]
    texts = [text for c in searched if c.name != "identity_number" for text in c.drop_nulls()]
    assert len(texts) > 100
    assert not [text for text in texts if leaks(text)]


@pytest.mark.parametrize("column", ["record_id", "source_system", "township_code", "project_code"])
@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("W-1380013.8000", MOBILE_NUMBER),
        ("0001-6222021234567890128", BANK_CARD),
        ("x522327-750315-001", IDENTITY_NUMBER),
        ("52232719850101999x", IDENTITY_NUMBER),
    ],
)
def test_each_column_of_text_is_searched(
    wages: Contract, column: str, text: str, kind: str
) -> None:
    rows = outgoing(wages, column, text)
    reason = f"identifier: {column}: it contains {kind}, which must not be sent"
    assert leak_reasons(rows, wages).to_list() == [None, reason]


def test_only_generated_ids_are_not_searched(wages: Contract) -> None:
    rows = outgoing(wages, "record_id", IDENTITY_NUMBERS[0])
    for generated in ([True, True], [False, False]):
        reasons = leak_reasons(rows.with_columns(pl.Series(GENERATED_ID, generated)), wages)
        assert reasons.is_not_null().to_list() == [False, not generated[1]]


def outgoing(contract: Contract, column: str, text: str) -> pl.DataFrame:
    """Return two rows in the contract's text columns, the second with a text in one of them."""
    names = [c.name for c in contract.columns if c.logical_type == "string"]
    source = wage_rows(2)
    values = [
        source[name] if name in source.columns else pl.Series(name, [None, None], dtype=pl.String)
        for name in names
    ]
    return pl.DataFrame(values).with_columns(
        pl.Series(column, [source[column][0] if column in source.columns else None, text])
    )
