{%- set groups = ['urban', 'exited_poverty', 'relocated', 'monitored', 'low_income'] %}
{%- set people = ['all'] + groups %}
{%- set definitions = [
    ('labour_households', 'true', people),
    ('employed_households', 'has_employed', people),
    ('zero_employment_households', 'not has_employed', people),
] %}

with step as (
    -- A member in the labour force counts from the first month of a spell until after its last.
    select
        spell.*,
        edge.step,
        edge.month
    from {{ ref('int_employment_spells') }} as spell
    cross join
        lateral (
            values
            (1, {{ first_month_of_spell() }}),
            (-1, ({{ last_month_of_spell() }} + interval '1 month')::date)
        ) as edge (step, month)
    where
        status in ('employed', 'unemployed')
        and effective_date <= {{ as_of_date() }}
        and {{ is_changed(
            'int_employment_measures', 'int_changed_months', ['township_code'], stream='employment'
        ) }}
),

household as (
    -- A household belongs to a group when one of its members in the labour force does.
    select
        township_code,
        month as from_month,
        lead(month, 1, 'infinity') over of_household as until_month,
        sum(sum(step)) over of_household as members,
        {% for group in groups -%}
        sum(sum(step * is_{{ group }}::integer)) over of_household > 0 as is_{{ group }},
        {% endfor -%}
        sum(sum(step * (status = 'employed')::integer)) over of_household > 0 as has_employed
    from step
    group by township_code, household_token, month
    window of_household as (partition by township_code, household_token order by month)
),

grouped as (
    select
        township_code,
        from_month,
        until_month,
        {{ measures(definitions) }}
    from household
    where members > 0
    group by township_code, from_month, until_month
)

select
    period.township_code,
    period.period_month,
    {{ measure_sums(definitions) }}
from {{ ref('int_township_periods') }} as period
inner join grouped
    on
        period.township_code = grouped.township_code
        and period.period_month >= grouped.from_month
        and period.period_month < grouped.until_month
where {{ is_changed(
        'int_employment_measures', 'int_changed_months', ['period.township_code', 'period.period_month'],
        stream='employment'
    ) }}
group by period.township_code, period.period_month
