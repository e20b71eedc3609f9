-- Grain: one row an address of a source that a load asked for, or refused to ask for, in vain.
with asked as (
    select
        *,
        row_number() over (partition by source, address order by asked_load_id desc) = 1 as is_last
    from {{ ref('stg_fetch') }}
    where outcome not in ('moved', 'delisted', 'skipped')
)

select
    asked_load_id as load_id,
    source,
    address,
    role,
    parent_address,
    outcome,
    case outcome when 'gone' then '已不存在' when 'refused' then '未访问' else '没有得到' end as outcome_zh,
    status,
    coalesce(error_class, outcome) as error_class,
    coalesce(sentence, '') as sentence,
    attempts,
    previous_sha256 as document_sha256,
    moved_to,
    is_last as is_open
from asked
where outcome in ('failed', 'refused', 'gone')
