-- Spells that begin in the month, of any status for `records`.
select
    period.township_code,
    period.period_month,
    {{ measure('records', 'true') }},
    {{ measure('newly_employed_persons', "status = 'employed'", [
        'all', 'hardship', 'exited_poverty', 'relocated', 'veteran', 'graduate',
    ]) }},
    {{ measure('new_urban_employed_persons', "status = 'employed' and is_urban_post") }}
from {{ ref('int_township_periods') }} as period
inner join {{ ref('int_employment_spells') }} as spell
    on
        period.township_code = spell.township_code
        and period.period_month = date_trunc('month', spell.effective_date)::date
        and period.period_end >= spell.effective_date
where {{ is_changed(
        'int_employment_measures', 'int_changed_months', ['period.township_code', 'period.period_month'],
        stream='employment'
    ) }}
group by period.township_code, period.period_month
