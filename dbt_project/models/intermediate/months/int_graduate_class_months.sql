-- A class graduates in July and is followed until the next class graduates.
select
    period.township_code,
    period.period_month,
    {{ measure('class_labour_force_persons', "spell.status in ('employed', 'unemployed')") }},
    {{ measure('class_employed_persons', "spell.status = 'employed'") }}
from {{ ref('int_township_periods') }} as period
inner join {{ ref('int_employment_spells') }} as spell
    on
        period.township_code = spell.township_code
        and extract(year from period.period_month - interval '6 months') = spell.graduation_year
        and period.period_end between spell.effective_date and spell.last_date
where spell.is_graduate and {{ is_changed(
        'int_employment_measures', 'int_changed_months', ['period.township_code', 'period.period_month'],
        stream='employment'
    ) }}
group by period.township_code, period.period_month
