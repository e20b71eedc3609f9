-- Grain: one row an agency's folded name and place of the registry that the name may begin with.
-- A name is read from its start as a chain of places, each below the one before (江苏省|淮安市|洪泽区); links may be left
-- out. The chains that read most of the name are kept; what is left of it is the agency's own name (教育局).
-- Names without their class (贵溪|耳口乡) count before a further place or before the name of a department only, since
-- 海东青镇 is not a 青镇 in 海东.
with recursive names as (
    select distinct agency_folded from {{ ref('int_agency_printed') }}
),

starts as (
    select agency_folded, unnest(range(0, length(agency_folded) - 1)) as start from names
),

pieces as (
    select
        agency_folded,
        start,
        unnest(range(2, least(length(agency_folded) - start, 30) + 1)) as size
    from starts
),

hits as (
    select pieces.agency_folded, pieces.start, pieces.size, place_name.code, place_name.kind
    from pieces
    inner join {{ ref('int_place_name') }} as place_name
        on place_name.name = substr(pieces.agency_folded, pieces.start + 1, pieces.size)
),

chains as (
    select agency_folded, code, size as consumed, kind, 1 as links
    from hits
    where start = 0
    union
    select chains.agency_folded, hits.code, chains.consumed + hits.size, hits.kind, chains.links + 1
    from chains
    inner join hits
        on hits.agency_folded = chains.agency_folded
        and hits.start = chains.consumed
        and starts_with(hits.code, chains.code)
        and hits.code <> chains.code
),

sound as (
    select *, substr(agency_folded, consumed + 1) as remainder
    from chains
    where kind <> 'bare'
        or regexp_matches(
            substr(agency_folded, consumed + 1),
            '^((人民)?政府|教育|科学|科技|工业|公安|民政|司法|财政|人力|自然资源|生态|住房|城乡|城市|交通|水利|水务|农业|农村'
            || '|林业|商务|文化|文旅|卫生|退役|应急|审计|市场监督|统计|医疗|医保|信访|国有资产|发展|发改|行政审批|政务|体育|粮食'
            || '|民族|气象|税务|档案|国防动员|人民防空)'
        )
),

longest as (
    select * from sound
    qualify consumed = max(consumed) over (partition by agency_folded)
)

select
    agency_folded,
    code as place_code,
    -- 青岚经济开发区管委会 is the body of the place it names
    nullif(regexp_replace(regexp_replace(remainder, '^管委会$', ''), '^(人民)?政府办(公室|公厅)?$', '人民政府办公室'), '') as own_name,
    max(links) as links
from longest
group by all
