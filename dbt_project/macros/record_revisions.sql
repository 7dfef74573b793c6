{% macro record_revisions(stream, identity, derived_columns=[], clustered_by=[]) %}
{%- set columns = '*' %}
{%- if is_incremental() %}
    {#- Both parts of the union have the same columns in the same order. -#}
    {%- set columns = ([landing_columns(stream)] + derived_columns) | join(', ') %}
{%- endif %}
with arrived as (
    select {{ columns }}
    from {{ ref('stg_' ~ stream) }}
    where _load_id <= {{ horizon(stream) }}
    {%- if is_incremental() %}
        and _load_id > {{ watermark(stream, this.identifier) }}
    {%- endif %}
),

revisions as (
    select * from arrived
    {%- if is_incremental() %}
    union all
    select {{ columns }}
    from {{ this }}
    where ({{ identity | join(', ') }}) in (
        select arrived.{{ identity | join(', arrived.') }} from arrived
    )
    {%- endif %}
)

select
    revisions.*,
    row_number() over newest_first = 1 and operation <> 'withdraw' as is_current,
    max(_load_id) over (
        newest_first rows between unbounded preceding and unbounded following
    ) as _changed_load_id
from revisions
window newest_first as (
    partition by {{ identity | join(', ') }}
    order by revision desc, recorded_at desc, _produced_at desc, _partition desc, _offset desc
)
{% if clustered_by -%} {{ cluster_by(clustered_by) }} {%- endif %}
{% endmacro %}
