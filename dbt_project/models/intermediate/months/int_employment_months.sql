{%- set people = [
    'all', 'urban', 'rural', 'exited_poverty', 'relocated', 'graduate', 'hardship', 'disabled',
    'veteran', 'monitored', 'low_income', 'migrant_worker',
] %}
{%- set employed = "status = 'employed'" %}
{%- set export = employed ~ " and workplace_scope <> 'in_county'" %}
{%- set welfare = employed ~ " and post_type = 'public_welfare'" %}
{%- set low_income = '(is_monitored or is_low_income or is_exited_poverty)' %}
{%- set definitions = [
    ('records', 'true', ['all']),
    ('employed_persons', employed, people),
    ('unemployed_persons', "status = 'unemployed'", ['all', 'urban']),
    ('labour_force_persons', "status in ('employed', 'unemployed')", people),
    ('export_employed_persons', export, ['all', 'rural', 'exited_poverty']),
    ('organised_export_persons', export ~ " and channel = 'organised'", ['all', 'exited_poverty']),
    ('public_welfare_post_persons', welfare, ['all']),
    ('public_welfare_low_income_persons', welfare ~ ' and ' ~ low_income, ['all']),
    ('skilled_worker_persons', employed ~ " and skill_level <> 'none'", ['all']),
    ('self_employed_persons', employed ~ " and post_type = 'self_employed'", ['all']),
] %}

with grouped as (
    select
        township_code,
        {{ first_month_of_spell() }} as first_month,
        {{ last_month_of_spell() }} as last_month,
        {{ measures(definitions) }}
    from {{ ref('int_employment_spells') }}
    where effective_date <= {{ as_of_date() }} and {{ is_changed(
            'int_employment_measures', 'int_changed_months', ['township_code'], stream='employment'
        ) }}
    group by
        township_code,
        {{ first_month_of_spell() }},
        {{ last_month_of_spell() }}
)

select
    period.township_code,
    period.period_month,
    {{ measure_sums(definitions) }}
from {{ ref('int_township_periods') }} as period
inner join grouped
    on
        period.township_code = grouped.township_code
        and period.period_month between grouped.first_month and grouped.last_month
where {{ is_changed(
        'int_employment_measures', 'int_changed_months', ['period.township_code', 'period.period_month'],
        stream='employment'
    ) }}
group by period.township_code, period.period_month
