{# Written by `python -m publish.metrics` from models/semantic; not by hand. #}
{% macro metric_definitions() -%}
{{ return({
    "disclosure_rate": {"kind": "share", "numerator": "requests_granted + requests_partially_granted", "denominator": "requests_total", "is_filtered": true},
    "grant_rate": {"kind": "share", "numerator": "requests_granted", "denominator": "requests_total", "is_filtered": true},
    "partial_grant_rate": {"kind": "share", "numerator": "requests_partially_granted", "denominator": "requests_total", "is_filtered": true},
    "denial_rate": {"kind": "share", "numerator": "requests_denied", "denominator": "requests_total", "is_filtered": true},
    "unavailable_rate": {"kind": "share", "numerator": "requests_unavailable", "denominator": "requests_total", "is_filtered": true},
    "not_processed_rate": {"kind": "share", "numerator": "requests_not_processed", "denominator": "requests_total", "is_filtered": true},
    "other_rate": {"kind": "share", "numerator": "requests_other", "denominator": "requests_total", "is_filtered": true},
    "carried_forward_rate": {"kind": "share", "numerator": "requests_carried_forward", "denominator": "requests_handled", "is_filtered": true},
    "natural_person_share": {"kind": "share", "numerator": "requests_received_natural_person", "denominator": "requests_received", "is_filtered": true},
    "review_correction_rate": {"kind": "share", "numerator": "review_corrected", "denominator": "review_upheld + review_corrected + review_other", "is_filtered": true},
    "litigation_loss_rate": {"kind": "share", "numerator": "litigation_corrected", "denominator": "litigation_upheld + litigation_corrected + litigation_other", "is_filtered": true},
    "review_ratio": {"kind": "ratio", "numerator": "review_total", "denominator": "requests_total", "is_filtered": true},
    "litigation_ratio": {"kind": "ratio", "numerator": "litigation_total", "denominator": "requests_total", "is_filtered": true},
    "filed_share": {"kind": "share", "numerator": "case when is_expected and filing in ('filed', 'late', 'filed_date_unknown') then 1 else 0 end", "denominator": "case when is_expected and filing <> 'not_yet_due' then 1 else 0 end", "is_filtered": false},
    "on_time_share": {"kind": "share", "numerator": "case when is_expected and filing = 'filed' then 1 else 0 end", "denominator": "case when is_expected and filing <> 'not_yet_due' then 1 else 0 end", "is_filtered": false},
    "sound_report_share": {"kind": "share", "numerator": "case when is_current and findings_broken = 0 then 1 else 0 end", "denominator": "case when is_current then 1 else 0 end", "is_filtered": false},
    "doubtful_share": {"kind": "share", "numerator": "case when is_current then cells_doubtful else 0 end", "denominator": "case when is_current then cells_expected else 0 end", "is_filtered": false},
    "missing_share": {"kind": "share", "numerator": "case when is_current then cells_missing else 0 end", "denominator": "case when is_current then cells_expected else 0 end", "is_filtered": false}
}) }}
{%- endmacro %}
