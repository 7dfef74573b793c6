"""The form as an Excel workbook: only the cells to fill in are unlocked, and they are checked."""

from __future__ import annotations

from pathlib import Path

from openpyxl import Workbook
from openpyxl.cell import Cell, MergedCell
from openpyxl.styles import Alignment, Font, PatternFill, Protection
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

from livelihood.escaping import for_terminal
from producers.forms.due import Figure, Form

SHEET = "填报"
HEADER_LINE = 4
# Title of each column and its width; the mapping refers to these titles.
COLUMNS = {
    "指标代码": 38,
    "指标名称": 42,
    "地区代码": 10,
    "地区": 12,
    "计量单位": 16,
    "目标值": 18,
    "报告期末": 13,
    "报送单位": 18,
    "上报数值": 16,
    "报送时间": 20,
    "佐证材料编号": 26,
    "版次": 8,
    "操作": 10,
}
ASKED = ("上报数值", "报送时间", "佐证材料编号", "版次", "操作")
OPERATIONS = ("报送", "撤回")
# Units of whole numbers that are not negative.
COUNTED = (
    "persons", "households", "person_times", "cases", "sites", "projects", "organisations", "head",
)  # fmt: skip
NOTES = (
    "只填写黄色单元格；其余单元格已锁定。无法填报的行请整行删除。",
    "上报数值按“计量单位”填写：pct 为百分数(填 95，不填 0.95)，yuan 为元；"
    "增长类填增幅，年度和累计类填自期初起的累计数。",
    "更正已报数：版次加 1 后重新发送；撤回：版次加 1，操作选“撤回”。",
    "报送时间为北京时间，如 2023-06-15 09:30。佐证材料编号填文件号或台账号。",
    "Fill in the yellow cells only. Delete rows you cannot report. To correct a figure, raise 版次 "
    "by one and send the file again.",
)


def write_form(form: Form, path: Path) -> None:
    """Write the blank form; replace an existing file."""
    book = Workbook()
    sheet = book.create_sheet(SHEET, 0)
    _head(sheet, form)
    for number, figure in enumerate(form.figures, start=HEADER_LINE + 1):
        _row(sheet, number, figure, form)
    _check(sheet, form)
    sheet.freeze_panes = f"C{HEADER_LINE + 1}"
    sheet.protection.enable()
    sheet.protection.deleteRows = False
    # Use the default sheet of a new workbook for the notes.
    notes = book.worksheets[1]
    notes.title = "填报说明"
    notes.column_dimensions["A"].width = 110
    for line, note in enumerate(NOTES, start=1):
        notes.cell(line, 1, note).alignment = Alignment(wrap_text=True)
    book.save(path)


def _head(sheet: Worksheet, form: Form) -> None:
    due = f"，{form.due_date:%Y-%m-%d} 前报送" if form.due_date else ""
    _write(sheet["A1"], f"{form.plan_zh} 季度填报表")
    sheet["A1"].font = Font(bold=True, size=14)
    quarter = f"{form.period_end:%Y} 年第 {form.period_end.month // 3} 季度{due}"
    _write(sheet["A2"], f"{form.office}：{quarter}")
    for number, (title, width) in enumerate(COLUMNS.items(), start=1):
        cell = sheet.cell(HEADER_LINE, number, title)
        cell.font = Font(bold=True)
        cell.fill = PatternFill("solid", fgColor="DDE7F0")
        sheet.column_dimensions[cell.column_letter].width = width


def _row(sheet: Worksheet, number: int, figure: Figure, form: Form) -> None:
    locked_values: dict[str, str | int] = {
        "指标代码": figure.figure_code,
        "指标名称": figure.name_zh,
        "地区代码": figure.region_code,
        "地区": figure.region_zh,
        "计量单位": figure.unit,
        "目标值": figure.promised,
        "报告期末": form.period_end.isoformat(),
        "报送单位": form.office,
        "版次": 1,
        "操作": OPERATIONS[0],
    }
    for column, title in enumerate(COLUMNS, start=1):
        cell = sheet.cell(number, column)
        _write(cell, locked_values.get(title))
        if title in ASKED:
            cell.protection = Protection(locked=False)
            cell.fill = PatternFill("solid", fgColor="FFF8DC")
        if title == "报送时间":
            cell.number_format = "yyyy-mm-dd hh:mm"


def _write(cell: Cell | MergedCell, value: str | int | None) -> None:
    """Write a value: text is never a formula and has no control characters."""
    cell.value = for_terminal(value, "\n") if isinstance(value, str) else value
    if isinstance(value, str):
        cell.data_type = "s"


def _check(sheet: Worksheet, form: Form) -> None:
    """Restrict each unlocked cell to valid values."""
    for number, figure in enumerate(form.figures, start=HEADER_LINE + 1):
        _allow(sheet, f"{_letter('上报数值')}{number}", value_rule(figure.unit))
    last = HEADER_LINE + len(form.figures)
    rules = {
        "报送时间": DataValidation("date", operator="greaterThan", formula1="36526"),
        "佐证材料编号": DataValidation(
            "textLength", operator="between", formula1="1", formula2="120"
        ),
        "版次": DataValidation("whole", operator="between", formula1="1", formula2="9999"),
        "操作": DataValidation("list", formula1=f'"{",".join(OPERATIONS)}"'),
    }
    for title, rule in rules.items():
        _allow(sheet, f"{_letter(title)}{HEADER_LINE + 1}:{_letter(title)}{last}", rule)


def value_rule(unit: str) -> DataValidation:
    """Return the rule for a value in this unit."""
    if unit == "day_of_month":
        return DataValidation("whole", operator="between", formula1="1", formula2="31")
    if unit in COUNTED:
        return DataValidation("whole", operator="greaterThanOrEqual", formula1="0")
    low, high = ("-100", "1000") if unit in ("pct", "percentage_points") else ("-1E13", "1E13")
    return DataValidation("decimal", operator="between", formula1=low, formula2=high)


def _allow(sheet: Worksheet, cells: str, rule: DataValidation) -> None:
    rule.showErrorMessage = True
    rule.errorTitle = "填报有误"
    rule.error = "请按填报说明填写。"
    rule.add(cells)
    sheet.add_data_validation(rule)


def _letter(title: str) -> str:
    return chr(ord("A") + list(COLUMNS).index(title))
