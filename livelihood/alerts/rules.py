"""Rules of alerts: each is a query that returns the conditions that hold now.

| rule            | level  | condition                                                            |
|-----------------|--------|----------------------------------------------------------------------|
| target          | red    | a stated or implied target of the whole area is missed               |
|                 | orange | an interpreted target is missed, or a target is missed in a part     |
|                 | yellow | a target of the whole area is behind before its end                  |
| figure_overdue  | yellow | a target has had no value for 45 days, while others of its plan have |
| report_overdue  | orange | the newest report of an office is more than 30 days late             |
|                 | yellow | the newest report of an office is up to 30 days late                 |
| wage_arrears    | red    | wages of ten workers or more are unpaid by one payer in one township |
|                 | yellow | wages of fewer are unpaid in a township, all payers in one alert     |
| gate_closed     | red    | the gate is closed for the newest candidate: nothing is published    |
| build_failed    | orange | the newest build failed: new records are not in the indicators       |
| stream_stopped  | red    | a stream is stopped: offsets lost, quarantine full, or a failing load |
| stream_silent   | orange | the newest record of a stream is older than its contract allows      |
| quarantine      | yellow | records were rejected in the last seven days and not replayed        |
| foreign_source  | orange | records were rejected because their source is not registered for it  |
| quarantine_quota | orange | rejects of the last seven days exceed the quota and are not stored  |

One rule covers all levels of a condition, so a deterioration changes the level of the same alert
instead of opening a second one. A part that is only behind has no alert of its own: the alert of
the whole area lists it.

To add a rule, write its query, append a `Rule` to `RULES`, and add a case to
`tests/services/alerts/test_alert_rules.py`.
"""

from __future__ import annotations

from dataclasses import dataclass

from livelihood.alerts.foreign_source import FOREIGN_SOURCE
from livelihood.warehouse.ledger import builds, loads, offsets, verdicts

OPERATORS = "监测平台运维 platform operators"
FIGURE_OVERDUE_DAYS = 45
QUARANTINE_DAYS = 7
REPORT_OVERDUE_DAYS = 30


@dataclass(frozen=True)
class Rule:
    """A named query, and the relations it reads.

    `query` returns subject, level, title_zh, title_en, summary_zh, summary_en, detail (jsonb) and
    owner. It may use the relation `stream` (name, title_zh, owner, freshness_days, newest_at) and
    the parameters %(today)s (date) and %(operators)s.
    """

    name: str
    relations: tuple[str, ...]
    query: str


_LATEST = """
    select
        status.target_id, status.plan_id, status.region_code, status.period_month, status.status,
        status.status_since, status.value, status.target_value, status.gap, status.unit,
        status.is_part, status.owner, progress.expected_value, progress.indicator_code,
        target.name_zh, target.name_en, target.supporting, target.basis, target.section,
        region.name_zh as region_zh,
        coalesce(nullif(region.name_en, ''), region.name_zh) as region_en,
        case status.unit when 'pct' then '%%' else coalesce(' ' || status.unit_zh, '') end
            as unit_zh,
        coalesce(' ' || status.unit_en, '') as unit_en
    from published.target_status as status
    join published.target_progress as progress using (target_id, region_code, period_month)
    join published.dim_target as target on target.target_id = status.target_id
    join published.dim_region as region on region.region_code = status.region_code
    where status.is_shown"""

_TARGET = f"""
    with latest as ({_LATEST}),
    parts as (
        select target_id, jsonb_agg(region_zh order by value) as short_parts
        from latest
        where is_part and status in ('missed', 'behind')
        group by target_id
    )
    select
        latest.target_id || ':' || latest.region_code as subject,
        case when status = 'behind' then 'yellow'
            when is_part or basis = 'reading' then 'orange' else 'red' end as level,
        region_zh || '“' || name_zh || '”'
            || case status when 'missed' then '未达标' else '进度滞后' end as title_zh,
        name_en || ': ' || status || ' in ' || region_en as title_en,
        '现为 ' || trim_scale(value) || unit_zh || coalesce('，应达 '
            || trim_scale(round(coalesce(expected_value, target_value), 4)) || unit_zh, '')
            || '，自 ' || status_since || ' 起' as summary_zh,
        'now ' || trim_scale(value) || unit_en || coalesce(', should be '
            || trim_scale(round(coalesce(expected_value, target_value), 4)) || unit_en, '')
            || ', since ' || status_since as summary_en,
        jsonb_build_object('target_id', latest.target_id, 'plan_id', plan_id, 'section', section,
            'region_code', region_code, 'period_month', period_month, 'status', status,
            'status_since', status_since, 'value', value, 'target_value', target_value,
            'expected_value', expected_value, 'gap', gap, 'unit', unit,
            'supporting', supporting, 'short_parts', coalesce(short_parts, '[]')) as detail,
        owner
    from latest
    left join parts on parts.target_id = latest.target_id and not latest.is_part
    where status = 'missed' or (status = 'behind' and not is_part)"""

_FIGURE_OVERDUE = f"""
    with latest as ({_LATEST})
    select
        target_id || ':' || region_code as subject, 'yellow' as level,
        region_zh || '“' || name_zh || '”没有数据' as title_zh,
        name_en || ': no data in ' || region_en as title_en,
        '自 ' || status_since || ' 起没有数据' as summary_zh,
        'no data since ' || status_since as summary_en,
        jsonb_build_object('target_id', target_id, 'plan_id', plan_id, 'region_code', region_code,
            'indicator_code', indicator_code, 'status_since', status_since) as detail,
        owner
    from latest
    where status = 'no_data' and not is_part and value is null and indicator_code is not null
        and status_since < %(today)s::date - {FIGURE_OVERDUE_DAYS}
        and plan_id in (select plan_id from latest where value is not null)"""

_REPORT_OVERDUE = f"""
    with newest as (
        select distinct on (plan_id, office) *
        from published.report_clock
        where status <> 'pending'
        order by plan_id, office, due_date desc
    )
    select
        plan_id || ':' || office as subject,
        case when days_late > {REPORT_OVERDUE_DAYS} then 'orange' else 'yellow' end as level,
        office || '未按时报送，缺 ' || figures_due - figures_received || ' 项' as title_zh,
        'Report of ' || office || ' is missing: ' || figures_due - figures_received || ' of '
            || figures_due || ' figures' as title_en,
        '应于 ' || due_date || ' 报送，已逾期 ' || days_late || ' 天' as summary_zh,
        'due ' || due_date || ', ' || days_late || ' days late' as summary_en,
        jsonb_build_object('plan_id', plan_id, 'office', office, 'due_date', due_date,
            'section', section, 'period_end_date', period_end_date, 'figures_due', figures_due,
            'figures_received', figures_received, 'days_late', days_late) as detail,
        office as owner
    from newest
    where status = 'missing'"""

_WAGE_ARREARS = """
    with cases as (
        -- Each case of ten workers or more has its own alert; smaller ones share one per township.
        select
            concat_ws(':', nullif(project_code, ''), employer_token, township_code) as subject,
            'red' as level, township_code, workers_persons, unpaid_yuan, oldest_due_date, days_late,
            coalesce('项目 ' || nullif(project_code, ''), '单位 ' || left(employer_token, 8))
                as payer_zh,
            coalesce('project ' || nullif(project_code, ''), 'employer ' || left(employer_token, 8))
                as payer_en,
            jsonb_build_object('project_code', project_code, 'employer_token', employer_token)
                as payer
        from published.wage_arrears
        where is_group

        union all

        select
            township_code, 'yellow', township_code, sum(workers_persons), sum(unpaid_yuan),
            min(oldest_due_date), max(days_late),
            count(*) || ' 家单位', count(*) || ' payers', jsonb_build_object('payers', count(*))
        from published.wage_arrears
        where not is_group
        group by township_code
    )
    select
        subject, cases.level,
        coalesce(region.name_zh, township_code) || '拖欠工资：' || payer_zh || '，'
            || trim_scale(workers_persons::numeric) || ' 人' as title_zh,
        'Wages unpaid in ' || coalesce(nullif(region.name_en, ''), township_code) || ': '
            || payer_en || ', ' || trim_scale(workers_persons::numeric)
            || case when workers_persons = 1 then ' worker' else ' workers' end as title_en,
        '欠 ' || trim_scale(round(unpaid_yuan, 2)) || ' 元，最早应于 ' || oldest_due_date
            || ' 支付，已逾期 ' || days_late || ' 天' as summary_zh,
        trim_scale(round(unpaid_yuan, 2)) || ' yuan, oldest due ' || oldest_due_date || ', '
            || days_late || ' days late' as summary_en,
        payer || jsonb_build_object('township_code', township_code,
            'workers_persons', workers_persons, 'unpaid_yuan', unpaid_yuan,
            'oldest_due_date', oldest_due_date, 'days_late', days_late) as detail,
        (select owner from stream where name = 'wage_payment') as owner
    from cases
    left join published.dim_region as region on region.region_code = township_code"""

_GATE_CLOSED = f"""
    select
        'gate' as subject, 'red' as level,
        '发布闸门关闭，图表停留在上一批次' as title_zh,
        'The gate is closed: the last release remains published' as title_en,
        critical_failed || ' 项关键检查未通过（构建 ' || build_id || '）' as summary_zh,
        critical_failed || ' critical checks failed on build ' || build_id as summary_en,
        jsonb_build_object('build_id', build_id, 'gate_id', gate_id,
            'critical_failed', critical_failed, 'warning_failed', warning_failed) as detail,
        %(operators)s as owner
    from {verdicts.NEWEST} as newest
    where verdict = 'closed'"""

_BUILD_FAILED = f"""
    select
        'build' as subject, 'orange' as level,
        '构建失败，图表停留在上一批次' as title_zh,
        'The build failed: the last release remains published' as title_en,
        '构建 ' || build_id || ' 未完成' as summary_zh,
        'build ' || build_id || ' did not finish' as summary_en,
        jsonb_build_object('build_id', build_id, 'message', left(message, 1000)) as detail,
        %(operators)s as owner
    from {builds.NEWEST} as newest
    where status = 'failed'"""

_STREAM_STOPPED = f"""
    select
        stop.stream as subject, 'red' as level,
        coalesce(title_zh, stop.stream) || '已停止装载，等待处理' as title_zh,
        'Stream ' || stop.stream || ' is stopped and waits for a decision' as title_en,
        '自 ' || stopped_at::date || ' 起；运行 livelihood status 查看原因' as summary_zh,
        'since ' || stopped_at::date || '; livelihood status shows why' as summary_en,
        jsonb_build_object('stream', stop.stream, 'stopped_at', stopped_at, 'reason', reason)
            as detail,
        %(operators)s as owner
    from {offsets.STOPS} as stop
    left join stream on stream.name = stop.stream"""

_STREAM_SILENT = """
    select
        name as subject, 'orange' as level,
        title_zh || '数据中断：最新记录为 ' || newest_at::date as title_zh,
        'Stream ' || name || ' is silent: its newest record is from ' || newest_at::date
            as title_en,
        '约定每 ' || freshness_days || ' 天内有新数据' as summary_zh,
        'the contract requires new records within ' || freshness_days || ' days' as summary_en,
        jsonb_build_object('stream', name, 'newest_recorded_at', newest_at,
            'freshness_days', freshness_days) as detail,
        owner
    from stream
    where newest_at < %(today)s::date - make_interval(days => freshness_days)"""

_QUARANTINE = f"""
    with rejected as (
        select
            stream, count(*) as records,
            mode() within group (order by split_part(reasons[1], ': ', 1)) as common_reason
        from ops.quarantine
        where replayed_load_id is null and purged_at is null
            and quarantined_at > now() - interval '{QUARANTINE_DAYS} days'
        group by stream
    )
    select
        rejected.stream as subject, 'yellow' as level,
        coalesce(title_zh, rejected.stream) || '有记录被退回' as title_zh,
        'Records of ' || rejected.stream || ' were rejected' as title_en,
        '近 {QUARANTINE_DAYS} 天 ' || records || ' 条，多为 ' || common_reason as summary_zh,
        records || ' in {QUARANTINE_DAYS} days, mostly ' || common_reason as summary_en,
        jsonb_build_object('stream', rejected.stream, 'records', records,
            'common_reason', common_reason) as detail,
        owner
    from rejected
    left join stream on stream.name = rejected.stream"""

_QUARANTINE_QUOTA = f"""
    with counted as (
        select stream, sum(messages) as records, sum(bytes) as bytes,
            string_agg(distinct code, ', ' order by code) as codes
        from {loads.OVERFLOWS}
        where counted_at > now() - interval '{QUARANTINE_DAYS} days'
        group by stream
    )
    select
        counted.stream as subject, 'orange' as level,
        coalesce(title_zh, counted.stream) || '被退回的消息超出存储限额' as title_zh,
        'Rejected messages of ' || counted.stream || ' exceed the quota' as title_en,
        '近 {QUARANTINE_DAYS} 天 ' || records || ' 条未保存内容：' || codes as summary_zh,
        records || ' in {QUARANTINE_DAYS} days counted but not stored: ' || codes as summary_en,
        jsonb_build_object('stream', counted.stream, 'records', records, 'bytes', bytes,
            'codes', codes) as detail,
        %(operators)s as owner
    from counted
    left join stream on stream.name = counted.stream"""

_STATUS = (
    "published.target_status",
    "published.target_progress",
    "published.dim_target",
    "published.dim_region",
)
RULES = (
    Rule("target", _STATUS, _TARGET),
    Rule("figure_overdue", _STATUS, _FIGURE_OVERDUE),
    Rule("report_overdue", ("published.report_clock",), _REPORT_OVERDUE),
    Rule("wage_arrears", ("published.wage_arrears", "published.dim_region"), _WAGE_ARREARS),
    Rule("gate_closed", ("ops.gate_result",), _GATE_CLOSED),
    Rule("build_failed", ("ops.build",), _BUILD_FAILED),
    Rule("stream_stopped", ("ops.stream_stop",), _STREAM_STOPPED),
    Rule("stream_silent", ("ops.load",), _STREAM_SILENT),
    Rule("quarantine", ("ops.quarantine",), _QUARANTINE),
    Rule("foreign_source", ("ops.quarantine",), FOREIGN_SOURCE),
    Rule("quarantine_quota", (loads.OVERFLOWS,), _QUARANTINE_QUOTA),
)
