/* The structs of ringfence.h as JSON, as tests/vectors/README.md tells. Who gets a json_t frees it.
 */
#ifndef RINGFENCE_TESTS_REPLIES_H
#define RINGFENCE_TESTS_REPLIES_H

#include <jansson.h>

#include "ringfence.h"

json_t* text_json(ringfence_string of);
json_t* settings_json(const ringfence_settings* of);
json_t* flow_view_json(const ringfence_flow_view* of);
json_t* grant_json(const ringfence_grant* of);
json_t* appeal_json(const ringfence_appeal* of);
json_t* receipt_json(const ringfence_notice_receipt* of);
json_t* login_json(const ringfence_login* of);
json_t* import_report_json(const ringfence_import_report* of, ringfence_text refused);
json_t* audit_report_json(const ringfence_audit_report* of);
json_t* counts_json(const ringfence_dispatch_counts* of);
json_t* message_json(const ringfence_message* of);
json_t* error_json(const ringfence_error* of);

#endif
