-- Grain: one row a source and format of the load's reports: shares of cells in doubt and missing, beside those of all reports
-- published before. Those are of the same source and format, or of the format where the source has brought too few cells.
with read as (
    select coalesce(reports.source, '') as source, coalesce(reports.format, '') as format,
           count(distinct reports.report_id) as reports,
           count(*) as cells,
           count(*) filter (where cells.status <> 'missing') as cells_found,
           count(*) filter (where cells.status = 'doubtful') as cells_doubtful,
           count(*) filter (where cells.status = 'missing') as cells_missing
    from reports
    join cells using (report_id)
    group by all
),

of_format as (
    select format, sum(cells) as cells, sum(cells_doubtful) as cells_doubtful, sum(cells_missing) as cells_missing
    from history_reading
    group by format
),

beside as (
    select read.*,
           coalesce(history_reading.cells, 0) >= 4000 as is_known,
           case when is_known then history_reading.cells else coalesce(of_format.cells, 0) end as cells_before,
           case when is_known then history_reading.cells_doubtful else of_format.cells_doubtful end as doubtful_before,
           case when is_known then history_reading.cells_missing else of_format.cells_missing end as missing_before
    from read
    left join history_reading on history_reading.source = read.source and history_reading.format = read.format
    left join of_format on of_format.format = read.format
)

select source, format, reports, cells, cells_found, cells_before,
       cells_doubtful / greatest(cells_found, 1) as doubtful_share,
       cells_missing / cells as missing_share,
       cells_doubtful / cells - doubtful_before / nullif(cells_before, 0) as doubtful_grown,
       cells_missing / cells - missing_before / nullif(cells_before, 0) as missing_grown
from beside
order by source, format
