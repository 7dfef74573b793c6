"""Period and scale of a county that takes little time to simulate."""

import datetime as dt

START, END = dt.date(2022, 1, 1), dt.date(2022, 9, 30)
SMALL = 0.008
