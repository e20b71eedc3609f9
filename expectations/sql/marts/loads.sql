-- Grain: one row, the load: whether the list of loads is what it must be, and how long ago the last one was published.
-- loads_off: loads that the last published list has and this one has not, this load if it is not there, others that came from nowhere.
with before as (select load_id from published_loads),

listed as (select load_id from built.marts.mart_load),

expected as (select load_id from before union select load_id from this_load)

select (select load_id from this_load) as load_id,
       (select count(*) from listed) as loads,
       (select count(*) from expected anti join listed using (load_id))
       + (select count(*) from listed anti join expected using (load_id)) as loads_off,
       date_diff(
           'day',
           (select max(published_at) from published_loads where load_id <> (select load_id from this_load)),
           strptime(left((select load_id from this_load), 15), '%Y%m%dT%H%M%S')
       ) as days_since_last
