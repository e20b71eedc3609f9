-- Grain: one row a report that took the place of one of another year or agency at its address, with the same numbers.
-- An address that every year holds the new year's report has other numbers. Only documents that hold one report each are
-- compared; the older report is not withdrawn for it: a person decides.
with succession as (
    select
        report.report_id,
        report.agency_key,
        report.year,
        report.document_sha256,
        lag(report.report_id) over at_address as earlier_report_id,
        lag(report.agency_key) over at_address as earlier_agency_key,
        lag(report.year) over at_address as earlier_year,
        lag(report.document_sha256) over at_address as earlier_sha256
    from {{ ref('int_report') }} as report
    inner join {{ ref('stg_sighting') }} as sighting using (document_sha256)
    where report.document_sha256 in (select document_sha256 from {{ ref('int_report') }} group by document_sha256 having count(*) = 1)
    window at_address as (
        partition by sighting.source, sighting.address
        order by sighting.first_load_id, sighting.first_seen_at, report.document_sha256
    )
),

pairs as (
    select distinct * exclude (document_sha256, earlier_sha256)
    from succession
    where earlier_sha256 <> document_sha256
        and (earlier_agency_key <> agency_key or earlier_year <> year)
),

compared as (
    select
        pairs.report_id,
        pairs.earlier_report_id,
        count(*) as numbers,
        count(*) filter (where earlier.value = later.value) as equal_numbers
    from pairs
    inner join {{ ref('fct_figure') }} as later on later.report_id = pairs.report_id and later.value is not null
    inner join {{ ref('fct_figure') }} as earlier
        on earlier.report_id = pairs.earlier_report_id
        and earlier.metric_key = later.metric_key
        and earlier.applicant_key = later.applicant_key
        and earlier.value is not null
    -- zeros are alike in all reports
    where earlier.value <> 0 or later.value <> 0
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
