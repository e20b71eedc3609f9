-- Grain: one row a finding about a source in a load that counts.
select
    finding.load_id,
    finding.source,
    finding.rule,
    rule.name_zh as rule_zh,
    coalesce(finding.address, '') as address,
    finding.expected,
    finding.found,
    finding.message
from {{ ref('stg_source_finding') }} as finding
left join {{ ref('source_rule') }} as rule using (rule)
