{{ config(meta={'touched': 'employment_touched'}) }}

-- Of the enterprise posts held at the end of the month before, those still held at the end of this one.
select
    period.township_code,
    period.period_month,
    {{ measure('enterprise_post_persons', 'true') }},
    {{ measure('retained_post_persons', 'spell.last_date >= period.period_end') }}
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
        and period.previous_end between spell.effective_date and spell.last_date
where spell.status = 'employed' and spell.employer_kind = 'enterprise'
group by period.township_code, period.period_month
