-- Grain: one row a generation of the form: metrics it prints against metrics the dictionary and the figures know.
with printed as (select distinct generation, metric from form_cells),

used as (
    select dim_report.generation, count(distinct fct_figure.metric_key) as metrics_used, count(distinct fct_figure.report_id) as reports
    from anew.fct_figure
    join anew.dim_report on dim_report.report_id = fct_figure.report_id
    group by dim_report.generation
)

select printed.generation,
       count(*) as metrics_of_form,
       count(*) - count(dim_metric.metric_key) as metrics_lacking,
       coalesce(any_value(used.reports), 0) as reports,
       coalesce(any_value(used.metrics_used), 0) as metrics_used
from printed
left join built.marts.dim_metric on dim_metric.metric_key = printed.metric
left join used on used.generation = printed.generation
group by printed.generation
order by printed.generation
