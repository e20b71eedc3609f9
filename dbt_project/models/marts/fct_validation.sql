-- Grain: one row a load, gate and expectation: how it came out, stopped loads included.
select
    validation.load_id,
    validation.gate,
    coalesce(validation.gate_zh, validation.gate) as gate_zh,
    validation.expectation_id,
    validation.dataset,
    validation.severity,
    coalesce(validation.severity_zh, validation.severity) as severity_zh,
    validation.outcome,
    coalesce(validation.outcome_zh, validation.outcome) as outcome_zh,
    validation.owner,
    validation.title,
    validation.sentence,
    validation.expected,
    validation.observed,
    cast(validation.unexpected_count as bigint) as unexpected_count,
    validation.examples,
    {{ shanghai('validation.validated_at') }} as validated_at,
    load.load_id is not null as is_published
from {{ ref('stg_validation') }} as validation
left join {{ ref('stg_load') }} as load using (load_id)
