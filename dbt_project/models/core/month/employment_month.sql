{{ config(meta={'touched': 'employment_touched'}) }}

{%- set people = [
    'all', 'urban', 'rural', 'exited_poverty', 'relocated', 'graduate', 'hardship', 'disabled',
    'veteran', 'monitored', 'low_income', 'migrant_worker',
] %}

with spell as (
    select
        spell.*,
        period.period_month,
        active.is_active and spell.status = 'employed' as is_employed,
        active.is_active and spell.status in ('employed', 'unemployed') as is_labour_force,
        spell.status = 'employed' and spell.effective_date >= period.period_month as is_new,
        -- A class leaves college in July and is followed until the next one does.
        spell.is_graduate and spell.graduation_year
        = extract(year from period.period_month - interval '6 months') as is_class
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
            and period.period_end >= spell.effective_date
            and (period.period_end <= spell.last_date or period.period_month <= spell.effective_date)
    cross join lateral (select period.period_end <= spell.last_date as is_active) as active
)

select
    township_code,
    period_month,
    {{ measure('employed_persons', 'is_employed', people) }},
    {{ measure('labour_force_persons', 'is_labour_force', people) }},
    {{ measure('unemployed_persons', 'is_labour_force and not is_employed', ['all', 'urban']) }},
    {{ measure('newly_employed_persons', 'is_new', [
        'all', 'hardship', 'exited_poverty', 'relocated', 'veteran', 'graduate',
    ]) }},
    {{ measure('new_urban_employed_persons', 'is_new and is_urban_post') }},
    {{ measure('export_employed_persons', "is_employed and workplace_scope <> 'in_county'", [
        'all', 'rural', 'exited_poverty',
    ]) }},
    {{ measure(
        'organised_export_persons',
        "is_employed and workplace_scope <> 'in_county' and channel = 'organised'",
        ['all', 'exited_poverty'],
    ) }},
    {{ measure('public_welfare_post_persons', "is_employed and post_type = 'public_welfare'") }},
    {{ measure(
        'public_welfare_low_income_persons',
        "is_employed and post_type = 'public_welfare'"
        ~ " and (is_monitored or is_low_income or is_exited_poverty)"
    ) }},
    {{ measure('skilled_worker_persons', "is_employed and skill_level <> 'none'") }},
    {{ measure('self_employed_persons', "is_employed and post_type = 'self_employed'") }},
    {{ measure('class_labour_force_persons', 'is_labour_force and is_class') }},
    {{ measure('class_employed_persons', 'is_employed and is_class') }}
from spell
group by township_code, period_month
