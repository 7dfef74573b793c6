"""Forms for offices: an Excel workbook of the values to report, and the mapping that reads it."""

from producers.forms.due import Form, form_of
from producers.forms.reading import form_mapping
from producers.forms.workbook import write_form

__all__ = ["Form", "form_mapping", "form_of", "write_form"]
