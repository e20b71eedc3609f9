-- Grain: one row a value status of fct_figure.
select value_status,
       count(*) as figures,
       count(*) filter (where value is not null) as with_value,
       -- what speaks against the rule "a number if and only if reported"
       case when value_status = 'reported' then count(*) filter (where value is null)
            else count(*) filter (where value is not null) end as misplaced
from anew.fct_figure
group by value_status
order by value_status
