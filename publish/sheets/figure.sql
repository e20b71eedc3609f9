select
    agency.full_name as "机关",
    figure.year as "年度",
    metric.section_zh as "部分",
    metric.name_zh as "指标",
    applicant.name_zh as "申请人",
    figure.value as "数值",
    figure.unit as "单位",
    case figure.value_status
        when 'reported' then '已填'
        when 'blank' then '未填'
        when 'not_applicable' then '不适用'
        when 'text' then '填了文字'
        when 'missing' then '报告中没有'
        when 'doubtful' then '存疑'
        else figure.value_status
    end as "数值状态",
    figure.doubtful_reading as "存疑读数",
    figure.raw as "原样文字",
    case
        when figure.page is not null then '第 ' || figure.page || ' 页'
        when figure.line is not null then '第 ' || figure.line || ' 行'
        else figure.path
    end as "在文件中的位置",
    report.document_name as "文件",
    figure.agency_key as "机关代码",
    figure.metric_key as "指标代码",
    figure.applicant_key as "申请人代码"
from marts.fct_figure as figure
inner join marts.dim_agency as agency using (agency_key)
inner join marts.dim_report as report using (report_id)
inner join marts.dim_metric as metric using (metric_key)
inner join marts.dim_applicant as applicant using (applicant_key)
where figure.year = $year and figure.is_current and figure.agency_key in (select agency_key from chosen_agency)
order by agency.full_name, figure.agency_key, metric.metric_order, applicant.applicant_order
