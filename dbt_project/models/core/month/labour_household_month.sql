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
    from {{ ref('employment_spell') }} as spell
    cross join
        lateral (
            values
            (1, {{ first_month_of_spell() }}),
            (-1, ({{ last_month_of_spell() }} + interval '1 month')::date)
        ) as edge (step, month)
    where
        status in ('employed', 'unemployed')
        and effective_date <= {{ as_of_date() }}
        and {{ is_touched_township('employment') }}
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

alike as (
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
from {{ ref('township_period') }} as period
inner join alike
    on
        period.township_code = alike.township_code
        and period.period_month >= alike.from_month
        and period.period_month < alike.until_month
where {{ is_touched_month('employment') }}
group by period.township_code, period.period_month
