-- Grain: one row a revision and rule (`revised_without_notice`, `revision_implausible`) that it breaks; the others have none.
-- A revision that changed figures gives notice by standing at an address of its own or by printing a later date.
select report_id, 'revised_without_notice' as rule, sentence as message
from {{ ref('mart_revision') }}
where verdict = 'changed'
    and arrival = 'same_address'
    and not coalesce(published_on > previous_published_on, false)
union all
select report_id, 'revision_implausible' as rule, sentence as message
from {{ ref('mart_revision') }}
where is_implausible
