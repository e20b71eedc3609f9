-- Grain: one row a source that was ever pulled: its state on the day of the load.
select source, state, days_since_success
from built.marts.mart_source_freshness
order by source
