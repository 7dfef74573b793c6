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
        "# Columns that identify a fact; without them, each row of a new file is a new fact.",
        "# key: [identity_number]",
        "columns:",
    )
    lines = [_line(column) for column in contract.columns if column.name not in FILLED]
    optional = [f"  # {name}:" for name in ("record_id", "revision", "operation", "recorded_at")]
    return "\n".join([*head, *lines, *optional]) + "\n"


def _line(column: Column) -> str:
    kind = ", ".join(column.valid_values) or column.logical_type
    need = "" if column.required else "optional, "
    return f"  {raw_name(column)}:  # {column.title_zh} ({need}{kind})"
