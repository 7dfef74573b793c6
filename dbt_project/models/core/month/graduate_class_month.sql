{{ config(meta={'touched': 'employment_touched'}) }}

-- A class leaves college in July and is followed until the next one does.
select
    period.township_code,
    period.period_month,
    {{ measure('class_labour_force_persons', "spell.status in ('employed', 'unemployed')") }},
    {{ measure('class_employed_persons', "spell.status = 'employed'") }}
from {{ ref('township_period') }} as period
{%- if touched_only() %}
inner join {{ ref('employment_touched') }} as touched
    on
        period.township_code = touched.township_code
        and period.period_month = touched.period_month
{%- endif %}
inner join {{ ref('employment_spell') }} as spell
    on
        period.township_code = spell.township_code
        and spell.graduation_year = extract(year from period.period_month - interval '6 months')
        and period.period_end between spell.effective_date and spell.last_date
where spell.is_graduate
group by period.township_code, period.period_month
