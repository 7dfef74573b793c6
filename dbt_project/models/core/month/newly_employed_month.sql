{{ config(meta={'touched': 'employment_touched'}) }}

-- A row for each month in which a spell of any status begins; the counts are of the employed ones.
select
    spell.township_code,
    period.period_month,
    {{ measure('newly_employed_persons', "status = 'employed'", [
        'all', 'hardship', 'exited_poverty', 'relocated', 'veteran', 'graduate',
    ]) }},
    {{ measure('new_urban_employed_persons', "status = 'employed' and is_urban_post") }}
from {{ ref('employment_spell') }} as spell
inner join {{ ref('township_period') }} as period
    on
        spell.township_code = period.township_code
        and date_trunc('month', spell.effective_date)::date = period.period_month
{%- if touched_only() %}
inner join {{ ref('employment_touched') }} as touched
    on
        period.township_code = touched.township_code
        and period.period_month = touched.period_month
{%- endif %}
where spell.effective_date <= period.period_end
group by spell.township_code, period.period_month
