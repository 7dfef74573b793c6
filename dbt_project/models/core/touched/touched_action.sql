{%- set persons_in = ['employment', 'social_insurance'] -%}
-- Lists to be made anew: of monitors that read a changed stream, in the townships of the changed
-- records, in any revision, and of what else is known of the same person or project. All of them
-- when the as-of date moves.
with changed as (
    {% for stream in streams().split() -%}
    select
        '{{ stream }}' as stream,
        township_code,
        {{ 'person_token' if stream in persons_in else 'null::text' }} as person_token,
        {{ 'project_code' if stream == 'wage_payment' else 'null::text' }} as project_code
    from {{ ref(stream ~ '_record') }}
    where {{ touched_since_chain_end(stream) }}
    {{ 'union all' if not loop.last }}
    {% endfor -%}
),

place as (
    select township_code from changed

    union

    select record.township_code
    from changed
    inner join {{ ref('employment_record') }} as record
        on changed.person_token = record.person_token

    union

    select record.township_code
    from changed
    inner join {{ ref('wage_payment_record') }} as record
        on changed.project_code = record.project_code and record.is_unpaid
),

reader (monitor_code, stream) as (
    values
    {% for monitor in monitors().split() -%}
    {%- set outer = loop -%}
    {%- for stream in read_streams(monitor) -%}
    ('{{ monitor }}', '{{ stream }}'){{ ',' if not (outer.last and loop.last) }}
    {% endfor -%}
    {%- endfor -%}
)

select distinct
    reader.monitor_code,
    closure.region_code
from reader
inner join {{ ref('region_closure') }} as closure on closure.level = 'township'
where
    {{ 'true or' if has_as_of_moved() }}
    (
        reader.stream in (select changed.stream from changed)
        and closure.region_code in (select place.township_code from place)
    )
