-- Grain: one row a report x metric x applicant: every cell of the form of every published report, as read.
-- Kept for size: 200 million rows of these make most of the warehouse. The rows of a report stand together in the order of the
-- form and know it by number only, so that nothing here changes when a report is superseded or its agency gets another key.
-- Readers open `fct_figure`, which puts agency, year, places and texts together again.
-- whole, amount: the number; whole ones below 32768 apart from the others, which are few.
-- raw_text: null where what is printed is the number itself, or nothing where there is none; a control character (31) where
-- there is no text at all.
-- page, path_no, at_y, height: as in `stg_placed_cell`; column_no: at which place of the report's row in `store.grid` its other two
-- numbers stand.
-- evidence: the list's elements, one a line.
{{ config(alias='figure', meta={'slice': 'reading'}) }}
with cells as (
    select
        *,
        -- as a double, which holds such numbers exactly and is quick
        case
            when cast(value as double) = floor(cast(value as double)) and abs(cast(value as double)) < 32768
                then cast(cast(value as double) as smallint)
        end as whole
    from {{ ref('stg_placed_cell') }}
)

select
    cells.report_no,
    cells.metric as metric_key,
    cells.applicant as applicant_key,
    cells.status as value_status,
    cells.whole,
    case when cells.whole is null then cells.value end as amount,
    cells.unit,
    case
        when cells.raw is null then chr(31)
        when cells.value is null then nullif(cells.raw, '')
        when cells.whole is not null then nullif(cells.raw, cast(cells.whole as varchar))
        else nullif(cells.raw, {{ number_text('cells.value') }})
    end as raw_text,
    cells.page,
    cells.path_no,
    cast(list_position(grid.columns, {{ column_place('cells.at_x', 'cells.width') }}) as smallint) as column_no,
    cells.at_y,
    cells.height,
    array_to_string(cells.evidence, chr(10)) as evidence
from cells
inner join {{ ref('store_grid') }} as grid on grid.report_no = cells.report_no
