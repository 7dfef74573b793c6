"""The query of the rule `foreign_source`: one alert for each stream, source system and reason."""

from __future__ import annotations

DAYS = 7

FOREIGN_SOURCE = f"""
    with rejected as (
        select
            stream, split_part(reasons[1], ' ', 3) as source_system,
            split_part(reasons[1], ':', 1) as code, count(*) as records
        from ops.quarantine
        where replayed_load_id is null and purged_at is null
            and quarantined_at > now() - interval '{DAYS} days'
            and split_part(reasons[1], ':', 1) in
                ('unknown_source', 'foreign_stream', 'foreign_region', 'foreign_token_key')
        group by 1, 2, 3
    )
    select
        concat_ws(':', rejected.stream, source_system, code) as subject, 'orange' as level,
        '来源系统 ' || source_system || ' 的记录被退回（' || code || '）' as title_zh,
        'Records of source ' || source_system || ' were rejected: ' || code as title_en,
        coalesce(title_zh, rejected.stream) || '，近 {DAYS} 天 ' || records
            || ' 条；登记后重放' as summary_zh,
        rejected.stream || ', ' || records || ' in {DAYS} days; register the source '
            || 'with `livelihood source add`, then replay' as summary_en,
        jsonb_build_object('stream', rejected.stream, 'source_system', source_system,
            'code', code, 'records', records) as detail,
        %(operators)s as owner
    from rejected
    left join stream on stream.name = rejected.stream"""
