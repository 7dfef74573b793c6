{#- Days the law allows, usually and when extended. Complaints and inspections: 60 working days and
    30 more, five of them taken as a week (劳动保障监察条例 art. 17). Mediation and arbitration:
    calendar days (劳动争议调解仲裁法 art. 14 and 43). Mediation counts from the application, all
    others from the day the case was accepted or put on file. -#}
{%- set limits = {
    'complaint': (84, 126),
    'inspection': (84, 126),
    'mediation': (15, 15),
    'arbitration': (45, 60),
} %}

with limited as (
    select
        *,
        case case_kind
            {%- for kind, (usual, extended) in limits.items() %}
            when '{{ kind }}' then case when is_extended then {{ extended }} else {{ usual }} end
            {%- endfor %}
        end as limit_days
    from {{ source('landing', 'labour_case') }}
),

dated as (
    select
        *,
        case
            when case_kind = 'mediation' then filed_date
            else coalesce(accepted_date, filed_date)
        end + limit_days as due_date
    from limited
)

select
    {{ landing_columns('labour_case') }},
    due_date,
    date_trunc('month', due_date)::date as due_month
from dated
