{%- set people = ['all', 'urban', 'exited_poverty', 'relocated', 'monitored', 'low_income'] %}

with household as (
    -- A household belongs to a group when one of its members in the labour force does.
    select
        period.township_code,
        period.period_month,
        spell.household_token,
        {% for population in people[1:] -%}
        bool_or(spell.is_{{ population }}) as is_{{ population }},
        {% endfor -%}
        bool_or(spell.status = 'employed') as has_employed
    from {{ ref('township_period') }} as period
    inner join {{ ref('employment_spell') }} as spell
        on
            period.township_code = spell.township_code
            and period.period_end between spell.effective_date and spell.last_date
    where
        spell.status in ('employed', 'unemployed')
        and {{ is_touched_month('employment') }}
    group by period.township_code, period.period_month, spell.household_token
)

select
    township_code,
    period_month,
    {{ measure('labour_households', 'true', people) }},
    {{ measure('employed_households', 'has_employed', people) }},
    {{ measure('zero_employment_households', 'not has_employed', people) }}
from household
group by township_code, period_month
