select
    filing.full_name as "机关",
    filing.year as "年度",
    filing.level_zh as "级别",
    filing.filing_zh as "报送情况",
    filing.due_on as "期限",
    filing.filed_on as "报送日期",
    filing.days_late as "逾期天数",
    filing.unreadable_reason as "无法读取的原因",
    filing.agency_key as "机关代码"
from marts.mart_filing as filing
where filing.year = $year and filing.agency_key in (select agency_key from chosen_agency)
order by filing.filing, filing.full_name, filing.agency_key
