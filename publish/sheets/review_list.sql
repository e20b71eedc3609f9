select
    review.agency_name as "机关",
    review.year as "年度",
    review.section_zh as "部分",
    review.metric_name as "指标",
    review.applicant_name as "申请人",
    review.doubtful_reading as "存疑读数",
    review.unit as "单位",
    review.raw as "原样文字",
    review.document_name as "文件",
    review.page as "页",
    review.line as "行",
    review.path as "元素",
    review.agency_key as "机关代码"
from marts.mart_review_list as review
where review.year = $year and review.agency_key in (select agency_key from chosen_agency)
order by review.agency_name, review.agency_key, review.metric_key, review.applicant_key, review.report_id
