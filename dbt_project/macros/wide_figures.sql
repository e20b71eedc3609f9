{# The figures that stand side by side in the wide mart: column -> metric key (the cell that stands for all applicants). #}
{% macro wide_figures() -%}
{{ return({
    'rules_issued': 'proactive.rules.issued',
    'rules_repealed': 'proactive.rules.repealed',
    'rules_in_force': 'proactive.rules.in_force',
    'rules_made': 'proactive.rules.made',
    'rules_total_disclosed': 'proactive.rules.total_disclosed',
    'normative_documents_issued': 'proactive.normative_documents.issued',
    'normative_documents_repealed': 'proactive.normative_documents.repealed',
    'normative_documents_in_force': 'proactive.normative_documents.in_force',
    'normative_documents_made': 'proactive.normative_documents.made',
    'normative_documents_total_disclosed': 'proactive.normative_documents.total_disclosed',
    'licensing_decisions': 'proactive.licensing.decisions',
    'penalty_decisions': 'proactive.penalty.decisions',
    'coercion_decisions': 'proactive.coercion.decisions',
    'procurement_items': 'proactive.procurement.items',
    'requests_received': 'requests.received',
    'requests_carried_in': 'requests.carried_in',
    'requests_granted': 'requests.granted',
    'requests_partially_granted': 'requests.partially_granted',
    'requests_denied_state_secret': 'requests.denied.state_secret',
    'requests_denied_prohibited_by_law': 'requests.denied.prohibited_by_law',
    'requests_denied_endangers_security': 'requests.denied.endangers_security',
    'requests_denied_third_party_rights': 'requests.denied.third_party_rights',
    'requests_denied_internal_affairs': 'requests.denied.internal_affairs',
    'requests_denied_process_information': 'requests.denied.process_information',
    'requests_denied_enforcement_file': 'requests.denied.enforcement_file',
    'requests_denied_administrative_inquiry': 'requests.denied.administrative_inquiry',
    'requests_unavailable_not_held': 'requests.unavailable.not_held',
    'requests_unavailable_needs_creation': 'requests.unavailable.needs_creation',
    'requests_unavailable_unclear_after_correction': 'requests.unavailable.unclear_after_correction',
    'requests_not_processed_petition': 'requests.not_processed.petition',
    'requests_not_processed_repeated': 'requests.not_processed.repeated',
    'requests_not_processed_publication': 'requests.not_processed.publication',
    'requests_not_processed_excessive': 'requests.not_processed.excessive',
    'requests_not_processed_reconfirmation': 'requests.not_processed.reconfirmation',
    'requests_other_not_corrected': 'requests.other.not_corrected',
    'requests_other_fee_unpaid': 'requests.other.fee_unpaid',
    'requests_other_other': 'requests.other.other',
    'requests_total': 'requests.total',
    'requests_carried_forward': 'requests.carried_forward',
    'review_upheld': 'review.upheld',
    'review_corrected': 'review.corrected',
    'review_other': 'review.other',
    'review_pending': 'review.pending',
    'review_total': 'review.total',
    'litigation_direct_upheld': 'litigation.direct.upheld',
    'litigation_direct_corrected': 'litigation.direct.corrected',
    'litigation_direct_other': 'litigation.direct.other',
    'litigation_direct_pending': 'litigation.direct.pending',
    'litigation_direct_total': 'litigation.direct.total',
    'litigation_after_review_upheld': 'litigation.after_review.upheld',
    'litigation_after_review_corrected': 'litigation.after_review.corrected',
    'litigation_after_review_other': 'litigation.after_review.other',
    'litigation_after_review_pending': 'litigation.after_review.pending',
    'litigation_after_review_total': 'litigation.after_review.total',
}) }}
{%- endmacro %}

{# Columns of the wide mart with what one outcome of requests was: reason column -> (metric key, group). #}
{% macro reason_figures() -%}
    {%- set reasons = {} -%}
    {%- for name, key in wide_figures().items() if key.split('.') | length == 3 and key.startswith('requests.') -%}
        {%- do reasons.update({name: (key, key.split('.')[1])}) -%}
    {%- endfor -%}
    {{ return(reasons) }}
{%- endmacro %}
