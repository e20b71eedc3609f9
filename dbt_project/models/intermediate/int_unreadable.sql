-- Grain: one row an agency and year of which a document was pulled whose figures could not be published: held back, or not
-- readable at all. Which agency and year a document is of is told by the report in it, or else by what the source's list says
-- of it and by its file name, which must hold the year and the name of an agency that the source expects.
with held as (
    select
        agency.agency_key,
        report.year,
        report.document_sha256,
        report.document_name,
        min(quarantine.message) as reason
    from {{ ref('stg_quarantine') }} as quarantine
    inner join {{ ref('stg_report') }} as report using (report_id)
    inner join {{ ref('int_agency_resolution') }} as agency
        on agency.agency_printed = report.agency
        and agency.source = report.source
        and agency.source_place is not distinct from report.source_place
    where report.year is not null
    group by all
),

rejected as (
    select
        reject.document_sha256,
        reject.source,
        document.name as document_name,
        min(reject.sentence) as reason,
        {{ fold_place("concat(document.hint_agency, ' ', document.hint_title, ' ', document.name)") }} as name_folded,
        document.hint_year
    from {{ ref('stg_reject') }} as reject
    inner join {{ ref('stg_document') }} as document using (document_sha256)
    group by all
),

of_a_year as (
    select
        *,
        unnest(if(
            hint_year is not null,
            [hint_year],
            list_distinct(list_transform(regexp_extract_all(name_folded, '20[0-9]{2}'), lambda digits: cast(digits as integer)))
        )) as year
    from rejected
),

expected_names as (
    select
        expected.source,
        expected.agency_key,
        expected.first_year,
        expected.last_year,
        unnest(list_distinct(list_filter([
            {{ fold_agency('expected.stated_name') }},
            {{ fold_agency('dim_agency.agency_name') }},
            {{ fold_agency('place.name') }},
            {{ fold_agency('place.city_name || place.name') }},
            {{ fold_agency('place.county_name || place.name') }}
        ], lambda name: length(name) > 2))) as name_folded
    from {{ ref('int_expected_agency') }} as expected
    left join {{ ref('dim_agency') }} as dim_agency using (agency_key)
    left join {{ ref('int_place') }} as place on place.code = expected.agency_key
),

by_name as (
    select
        expected.agency_key,
        document.year,
        document.document_sha256,
        document.document_name,
        document.reason
    from of_a_year as document
    inner join expected_names as expected
        on expected.source = document.source
        and contains(document.name_folded, expected.name_folded)
        and document.year between expected.first_year and expected.last_year
    -- 双河镇 is in 大双河镇, too: the longest name is meant; two agencies of one name are told apart by nothing here
    qualify length(expected.name_folded) = max(length(expected.name_folded)) over (partition by document.document_sha256, document.year)
        and count(distinct expected.agency_key) over (partition by document.document_sha256, document.year, expected.name_folded) = 1
),

all_found as (
    select agency_key, year, document_sha256, document_name, reason from held
    union
    select agency_key, year, document_sha256, document_name, reason from by_name
)

select
    agency_key,
    year,
    min(document_name) as document_name,
    arg_min(document_sha256, row(document_name, document_sha256)) as document_sha256,
    arg_min(reason, row(document_name, document_sha256)) as reason
from all_found
group by agency_key, year
