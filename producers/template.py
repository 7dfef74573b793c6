"""Templates for those who export records: a CSV header, or a mapping file to fill in."""

from __future__ import annotations

from livelihood.contracts import Column, Contract
from producers.sources.mapping import FILLED, raw_name


def csv_header(contract: Contract) -> str:
    """Return the column names of a file that needs no mapping, separated by commas."""
    return ",".join(raw_name(column) for column in contract.columns if column.name not in FILLED)


def mapping_template(contract: Contract) -> str:
    """Return a YAML mapping file with a line for each column: its meaning and valid values."""
    head = (
        f"# {contract.title_zh}: {contract.description}",
        "# Write the name of your column after each colon; optional ones may stay empty.",
        "#   amount_due_fen: {from: 应发工资, unit: yuan}          yuan, wan_yuan, jiao or fen",
        "#   value_ten_thousandths: {from: 数值, unit: one}     a plain number, as written",
        '#   due_date: {from: 日期, date: "%d.%m.%Y"}              only for unusual formats',
        "#   post_type: {from: 岗位, values: {公益性岗位: public_welfare}, otherwise: regular}",
        '#   wage_month: {from: [年, 月], join: "-"}               several columns joined',
        '#   birth_year: {from: 身份证号, extract: "^.{6}(....)"}   a part of the text',
        "#   is_local: {constant: true}                            the same for all rows",
        f"stream: {contract.name}",
        "source_system: my_system",
        "# file: {header_line: 1, sheet: Sheet1, encoding: gb18030, delimiter: ','}",
        "#   header_rows: 2     column names over two lines;  sheets: all     every visible sheet",
        *_identification(contract),
        "# If each export contains all records of a scope, name its columns: records that a later",
        "# export of the scope lacks are withdrawn.",
        "# complete_for: [employer_code, wage_month]",
        "# Several rows with the same key are rejected, or the amounts named here are added up.",
        "# sum: [amount_due_fen, amount_paid_fen]",
        "columns:",
    )
    lines = [_line(column) for column in contract.columns if column.name not in FILLED]
    optional = [f"  # {name}:" for name in ("revision", "operation", "recorded_at")]
    number = "  {}record_id:  # number that the source gives a record (letters, digits, . _ : -)"
    optional = [number.format("# " if contract.business_key else ""), *optional]
    return "\n".join([*head, *lines, *optional]) + "\n"


def _key(contract: Contract) -> list[str]:
    return [raw_name(contract.column(name)) for name in contract.business_key]


def _identification(contract: Contract) -> tuple[str, ...]:
    """Return lines on what makes two rows of two exports the same record."""
    if not contract.business_key:
        return (
            "# Name the columns that identify a fact, or map record_id below to the number that",
            "# the source gives it. Otherwise a later export of the same facts counts them again.",
            "# key: [employer_code, filed_date]",
        )
    return (
        f"# A row corrects the record with the same {', '.join(_key(contract))}.",
        "# Where other columns identify a fact, name them.",
        f"# key: [{', '.join(_key(contract))}]",
    )


def _line(column: Column) -> str:
    kind = ", ".join(column.valid_values) or column.logical_type
    need = "" if column.required else "optional, "
    return f"  {raw_name(column)}:  # {column.title_zh} ({need}{kind})"
