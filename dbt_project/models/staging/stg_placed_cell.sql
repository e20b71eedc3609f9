-- Grain: one row a report x metric x applicant, as `stg_cell`, its place in whole numbers: page, at_x, at_y, width, height are the box in
-- tenths of a point; without a page (0) at_y and at_x are the row and cell of an element's path (path_no: its other parts,
-- in `store.path`), or (path_no 0) at_y the line of a text. What there is none of is -1 and not null: a column without
-- nulls takes an eighth of a byte less a row.
select
    cell.report_no,
    cell.metric,
    cell.applicant,
    cell.status,
    cell.value,
    cell.unit,
    cell.raw,
    cell.evidence,
    cast(coalesce(cell.page, 0) as smallint) as page,
    case when cell.page is null then coalesce(path.path_no, 0) else 0 end as path_no,
    cast(coalesce(case when cell.page is not null then round(cell.x0 * 10) else path.at_cell end, -1) as integer) as at_x,
    cast(
        coalesce(
            case when cell.page is not null then round(cell.top * 10) when cell.path is not null then path.at_row else cell.line end, -1
        ) as integer
    ) as at_y,
    cast(coalesce(case when cell.page is not null then round(cell.x1 * 10) - round(cell.x0 * 10) end, -1) as integer) as width,
    cast(coalesce(case when cell.page is not null then round(cell.bottom * 10) - round(cell.top * 10) end, -1) as integer) as height
from {{ ref('stg_cell') }} as cell
left join {{ ref('stg_path') }} as path on path.path = cell.path
