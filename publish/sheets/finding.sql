select
    agency.full_name as "机关",
    finding.year as "年度",
    rule.name_zh as "规则",
    case finding.outcome when 'broken' then '不符' when 'not_assessable' then '无法核对' else finding.outcome end as "结果",
    finding.message as "说明",
    finding.expected as "计算值",
    finding.found as "填报值",
    report.document_name as "文件",
    finding.agency_key as "机关代码"
from marts.fct_finding as finding
inner join marts.dim_agency as agency using (agency_key)
inner join marts.dim_report as report using (report_id)
inner join marts.dim_rule as rule using (rule)
where finding.year = $year and finding.is_current and finding.agency_key in (select agency_key from chosen_agency)
order by agency.full_name, finding.outcome, rule.rule_order, finding.finding_id
