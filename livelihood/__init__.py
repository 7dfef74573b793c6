"""Livelihood (民生监测): from records of employment, insurance and wages to monitored promises."""
