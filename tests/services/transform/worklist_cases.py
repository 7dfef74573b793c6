"""A county with so many cases that each monitor lists a subject, however small the county is."""

from __future__ import annotations

from typing import Any

from simulator.profiles.profile import Profile


def with_worklist_cases(profile: Profile) -> Profile:
    """Return the profile with more cases for the monitors; its size does not change."""
    worse: dict[str, dict[str, Any]] = {
        "population": {
            "monitored_share_of_others": 0.2,
            "low_income_share_of_others": 0.2,
            "exited_poverty_household_share": 0.2,
            "relocated_household_share": 0.3,
        },
        "careers": {
            "zero_household_exception_share": 1.0,
            "zero_household_job_finding_rate": 0.1,
            "leaving_labour_force_share": 0.1,
            "refusing_share": 0.8,
            "second_job_share": 0.2,
        },
        "wages": {
            "real_name_share_at_start": 0.8,
            "real_name_share_at_end": 0.9,
            # Below the minimum of 1 570 yuan.
            "intern_wage_before_fen": 150_000,
            "troubled_project_months": 20,
            "outside_workers": 3_000,
        },
        "insurance": {
            "on_time_shares": {
                "employee_pension": 0.9,
                "resident_pension": 0.9,
                "unemployment": 0.7,
            },
            "wrong_payment_share": 0.004,
            "proof_lapsed_share": 0.05,
        },
        "training": {"persons_per_year": 10_000, "subsidy_never_paid_share": 0.2},
        "cases": {"never_closed_share": 0.1},
    }
    return profile.with_values(worse)
