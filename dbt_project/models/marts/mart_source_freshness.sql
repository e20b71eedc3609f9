-- Grain: one row a source that was ever pulled: when that last went well, on the day of the load.
{% set dead_after_days = var('dead_after_days', 7) %}
with pulls as (
    select
        source,
        max(pulled_at) as last_pulled_at,
        max(pulled_at) filter (where succeeded) as last_success_at,
        arg_max(message, pulled_at) filter (where not succeeded) as last_message
    from {{ ref('stg_pull') }}
    group by source
),

documents as (
    select
        source,
        count(distinct document_sha256) as documents,
        strptime(left(max(first_load_id), 15), '%Y%m%dT%H%M%S') as last_new_document_at
    from {{ ref('stg_sighting') }}
    group by source
),

judged as (
    select
        pulls.*,
        date_diff('day', cast(pulls.last_success_at as date), {{ load_date() }}) as days_since_success,
        case
            when pulls.last_success_at is null then 'never'
            when date_diff('day', cast(pulls.last_success_at as date), {{ load_date() }}) >= {{ dead_after_days }} then 'dead'
            when pulls.last_success_at < pulls.last_pulled_at then 'failing'
            else 'fresh'
        end as state
    from pulls
)

select
    judged.source,
    judged.state,
    case judged.state
        when 'fresh' then '正常'
        when 'failing' then '最近一次失败'
        when 'dead' then '多日没有成功'
        else '从未成功'
    end as state_zh,
    judged.last_pulled_at,
    judged.last_success_at,
    cast(judged.days_since_success as integer) as days_since_success,
    documents.last_new_document_at,
    cast(coalesce(documents.documents, 0) as integer) as documents,
    case when judged.state <> 'fresh' then judged.last_message end as last_message
from judged
left join documents using (source)
