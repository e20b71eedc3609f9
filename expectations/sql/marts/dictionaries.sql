-- Grain: one row a dictionary: words of the form that it lacks, and words it has beside them.
with found as (
    select 'dim_metric' as dimension, metric_key as word from built.marts.dim_metric
    union all
    select 'dim_applicant', applicant_key from built.marts.dim_applicant
    union all
    select 'dim_rule', rule from built.marts.dim_rule
)

select coalesce(form_words.dimension, found.dimension) as dimension,
       count(*) as words,
       count(*) filter (where found.word is null) as words_lacking,
       count(*) filter (where form_words.word is null) as words_foreign
from form_words
full join found on found.dimension = form_words.dimension and found.word = form_words.word
group by coalesce(form_words.dimension, found.dimension)
order by dimension
