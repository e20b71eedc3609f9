-- Grain: one row a report that took the place of one of another year or agency at its address, with the same numbers.
-- An address that every year holds the new year's report has other numbers. Only documents that hold one report each are
-- compared; the older report is not withdrawn for it: a person decides.
with pairs as (
    select * from {{ ref('int_relabelled_pair') }} where {{ touched_report('report_id') }}
),

compared as (
    select
        pairs.report_id,
        pairs.earlier_report_id,
        count(*) as numbers,
        count(*) filter (where {{ stored_number('earlier') }} = {{ stored_number('later') }}) as equal_numbers
    from pairs
    inner join {{ ref('store_figure') }} as later on later.report_no = pairs.report_no and later.value_status = 'reported'
    inner join {{ ref('store_figure') }} as earlier
        on earlier.report_no = pairs.earlier_report_no
        and earlier.metric_key = later.metric_key
        and earlier.applicant_key = later.applicant_key
        and earlier.value_status = 'reported'
    -- zeros are alike in all reports
    where {{ stored_number('earlier') }} <> 0 or {{ stored_number('later') }} <> 0
    group by pairs.report_id, pairs.earlier_report_id
)

select
    pairs.report_id,
    'relabelled' as rule,
    concat(
        agency.full_name, pairs.year, '年报告换下了同一地址上的', earlier.full_name, pairs.earlier_year,
        '年报告，', compared.numbers, ' 个非零数值中有 ', compared.equal_numbers, ' 个相同：先前那一份所标的年度或机关可能有误。'
    ) as message
from compared
inner join pairs using (report_id, earlier_report_id)
inner join {{ ref('dim_agency') }} as agency on agency.agency_key = pairs.agency_key
inner join {{ ref('dim_agency') }} as earlier on earlier.agency_key = pairs.earlier_agency_key
where compared.numbers >= {{ threshold('relabelled', 'cells') }}
    and compared.equal_numbers >= {{ threshold('relabelled', 'share') }} * compared.numbers
