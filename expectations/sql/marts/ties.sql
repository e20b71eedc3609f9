-- Grain: one row, the build: what the landing zone says must be there against what is there.
-- Counted here on its own, from the landed cells: for each document the latest load that read or rejected it counts,
-- reports that load has held back do not. In a build on top of the last one it is this load's cells that are compared, and
-- all other figures are counted: as many as were published, less those that this load has read again. What a person
-- has corrected is compared as it was read.
with held as (select distinct load_id, report_id from landed_quarantine),

eligible as (
    select distinct landed_reports.load_id, landed_reports.report_id
    from landed_reports
    semi join latest using (document_sha256, load_id)
    anti join held using (load_id, report_id)
),

landed as (
    select report_id,
           count(*) as cells,
           count(*) filter (where status = 'reported') as cells_reported,
           coalesce(sum(value) filter (where status = 'reported'), 0) as total
    from landed_cells
    semi join eligible using (load_id, report_id)
    group by report_id
),

built_figures as (
    select report_id, sum(cells) as cells, sum(cells_reported) as cells_reported, sum(total) as total
    from report_figures
    where (select carried from figure_totals) = 0 or report_id in (select report_id from landed)
    group by report_id
),

compared as (
    select landed.cells as landed_cells, built_figures.cells as built_cells,
           landed.cells_reported as landed_reported, built_figures.cells_reported as built_reported,
           landed.total as landed_total, built_figures.total as built_total
    from landed
    full join built_figures on built_figures.report_id = landed.report_id
)

select (select load_id from this_load) as load_id,
       count(landed_cells) as reports_landed,
       count(built_cells) as reports_built,
       coalesce(sum(landed_cells), 0) as cells_landed,
       coalesce(any_value(figure_totals.built), 0) as figures_built,
       coalesce(any_value(figure_totals.built), 0) - any_value(figure_totals.carried) - coalesce(sum(landed_cells), 0) as figures_off,
       count(*) filter (
           where landed_cells is distinct from built_cells
           or landed_reported is distinct from built_reported
           or landed_total is distinct from built_total
       ) as reports_untied
from figure_totals left join compared on true
