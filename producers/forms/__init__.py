"""Blank forms for offices: an Excel workbook of the figures to report, and how it is read back."""

from producers.forms.due import Form, form_of
from producers.forms.reading import form_mapping
from producers.forms.workbook import write_form

__all__ = ["Form", "form_mapping", "form_of", "write_form"]
