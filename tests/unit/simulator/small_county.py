"""A county small enough to simulate in a blink, by the same code as the large one."""

import datetime as dt

START, END = dt.date(2022, 1, 1), dt.date(2022, 9, 30)
SMALL = 0.008
