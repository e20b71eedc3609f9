{{ config(alias='figure', meta={'slice': 'reading'}) }}
-- Grain: one row a report x metric x applicant: every cell of the form of every published report, as read.
-- Kept for size: 200 million rows of these make most of the warehouse. The rows of a report stand together in the order of the
-- form and know it by number only, so that nothing here changes when a report is superseded or its agency gets another key.
-- Readers open `fct_figure`, which puts agency, year, places and texts together again.
-- whole, amount: the number; whole ones below 32768 apart from the others, which are few.
-- raw_text: null where what is printed is the number itself, or nothing where there is none; a control character (31) where
-- there is no text at all.
-- page, at_x, at_y, width, height: the box in tenths of a point; without a page (0) at_y and at_x are the row and cell of an
-- element's path (path_no: its other parts, in `store.path`), or (path_no 0) at_y the
-- line of a text. What there is none of is -1 and not null: a column without nulls takes an eighth of a byte less a row.
-- evidence: the list's elements, one a line.
with cells as (
    select
        cell.*,
        case when cell.page is null then path.path_no end as path_no,
        path.at_row,
        path.at_cell,
        cell.page is null and cell.path is not null as has_path,
        -- as a double, which holds such numbers exactly and is quick
        case
            when cast(cell.value as double) = floor(cast(cell.value as double)) and abs(cast(cell.value as double)) < 32768
                then cast(cast(cell.value as double) as smallint)
        end as whole
    from {{ ref('stg_cell') }} as cell
    left join {{ ref('stg_path') }} as path on path.path = cell.path
)

select
    report_no,
    metric as metric_key,
    applicant as applicant_key,
    status as value_status,
    whole,
    case when whole is null then value end as amount,
    unit,
    case
        when raw is null then chr(31)
        when value is null then nullif(raw, '')
        when whole is not null then nullif(raw, cast(whole as varchar))
        else nullif(raw, {{ number_text('value') }})
    end as raw_text,
    cast(coalesce(page, 0) as smallint) as page,
    coalesce(path_no, 0) as path_no,
    cast(coalesce(case when page is not null then round(x0 * 10) else at_cell end, -1) as integer) as at_x,
    cast(coalesce(case when page is not null then round(top * 10) when has_path then at_row else line end, -1) as integer) as at_y,
    cast(coalesce(case when page is not null then round(x1 * 10) - round(x0 * 10) end, -1) as integer) as width,
    cast(coalesce(case when page is not null then round(bottom * 10) - round(top * 10) end, -1) as integer) as height,
    array_to_string(evidence, chr(10)) as evidence
from cells
