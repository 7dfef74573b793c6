{% macro reused_record_ids(entity_keys) -%}
{% for stream, entity in entity_keys.items() -%}
select
    '{{ stream }}' as stream,
    source_system,
    record_id,
    coalesce(
        min({{ entity }}) filter (where is_current) <> max({{ entity }}) filter (where is_current),
        false
    ) as is_ambiguous
from {{ ref('int_' ~ stream ~ '_records') }}
{%- if is_incremental_for('int_reused_record_ids') %}
where (record_id, source_system) in (
    select
        changed.record_id,
        changed.source_system
    from {{ ref('int_' ~ stream ~ '_records') }} as changed
    where {{ changed_since_checkpoint(stream) }}
)
{%- endif %}
group by record_id, source_system
having min({{ entity }}) <> max({{ entity }})
{{ 'union all' if not loop.last }}
{% endfor -%}
{%- endmacro %}
