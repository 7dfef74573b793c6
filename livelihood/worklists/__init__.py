"""Work lists: the persons, households, employers and projects that an office must act upon."""
