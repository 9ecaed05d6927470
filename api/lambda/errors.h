// Every error of Lambda, once. Texts: LocalStack's recordings of AWS; where this server refuses what AWS
// would do, the text says what it does instead.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "api/core/error.h"

namespace millrace::lambda {

// Of names.
ApiError function_not_found(std::string_view arn);
ApiError function_exists(std::string_view name);
ApiError other_region(std::string_view wanted, std::string_view here);
ApiError other_account(std::string_view caller, std::string_view action, std::string_view arn);
ApiError qualifiers_disagree();
ApiError function_name_too_long(std::string_view name, std::size_t limit);
ApiError qualified_name_for_creation(std::string_view name);
ApiError latest_cannot_be_deleted();

// Of layers.
ApiError layer_not_found();
ApiError bad_layer_number();
// `value` as AWS prints it: a runtime, or a list in brackets.
ApiError bad_compatible_runtime(std::string_view value, std::string_view member);
ApiError layer_missing(std::string_view arn);
ApiError bad_layer_arn(std::string_view arn);
ApiError other_region_of_layer(std::string_view here);
ApiError too_many_layers();
ApiError layer_twice(std::string_view arn, std::string_view other);
ApiError layers_too_large();

// Of versions and aliases.
ApiError code_changed(std::string_view wanted, std::string_view now);
ApiError version_in_use(std::string_view version, std::string_view alias);
ApiError alias_exists(std::string_view arn);
ApiError alias_not_found(std::string_view arn);
ApiError alias_to_update_not_found(std::string_view arn);
ApiError alias_of_latest_with_routing();
ApiError routing_to_same_version(std::string_view version);
ApiError too_many_routed_versions();
// `weights`: the request's, as {2=0.5}.
ApiError bad_weight(std::string_view weights);
ApiError bad_routed_version(std::string_view weights);

// Of permissions (errors_permissions.cpp).
ApiError no_policy();                         // GetPolicy's
ApiError policy_missing();                    // of the others
ApiError no_policy_of(std::string_view arn);  // of a function that does not exist
ApiError statement_exists(std::string_view sid);
ApiError statement_not_found(std::string_view sid);
// `reader`: the operation that returns the latest revision.
ApiError policy_revision_mismatch(std::string_view reader);
ApiError policy_too_long(std::size_t size, std::size_t limit);
ApiError policy_of_latest();
ApiError bad_principal();
// `member` goes with the one action alone.
ApiError member_of_another_action(std::string_view member, std::string_view action);
ApiError layer_version_not_found(std::string_view arn);

// Of function URLs.
ApiError url_exists(std::string_view arn);
ApiError url_not_found();
ApiError url_function_not_found();
ApiError auth_type_missing();

// Of event invoke configurations.
ApiError event_config_not_found(std::string_view arn);
ApiError event_config_empty();
ApiError event_config_function_not_found();

// Of concurrency.
ApiError concurrency_of_a_version();
ApiError unreserved_concurrency_too_low(std::uint32_t minimum);

// Of changes.
ApiError update_in_progress(std::string_view arn);
ApiError revision_mismatch();

// Of configurations.
ApiError runtime_and_handler_missing();
ApiError unknown_runtime(std::string_view runtime);
ApiError runtime_not_run(std::string_view runtime);
ApiError not_supported(std::string_view member, std::string_view remedy);
ApiError environment_too_large(std::string_view variables);
ApiError reserved_environment(std::string_view names);

// Of code.
ApiError code_missing();
ApiError several_codes();
ApiError zip_too_large();
ApiError unzipped_too_large();
ApiError zip_unreadable();
ApiError zip_unusable(std::string_view why);
ApiError zip_empty();
ApiError object_not_read(std::string_view code, std::string_view message);
ApiError code_storage_exceeded();

// Of invocations.
ApiError payload_too_large(std::size_t size, std::string_view type, std::size_t limit);
ApiError payload_is_no_json(std::string_view why);
ApiError client_context_unusable();
ApiError throttled();
ApiError reserved_concurrency_reached();
ApiError event_queue_full();
ApiError code_unusable(std::string_view why);
ApiError isolation_unavailable(std::string_view why);
ApiError not_run();

// Of tags.
ApiError no_tags();
ApiError too_many_tags();
ApiError tags_of_a_version();

// Of event source mappings.
ApiError mapping_not_found();
ApiError tagged_mapping_not_found(std::string_view arn);
ApiError mapping_in_use();
ApiError bad_filter(std::string_view why);
ApiError mapping_exists(std::string_view source, std::string_view function, std::string_view uuid);
ApiError mapping_function_not_found();
ApiError unrecognized_source();
ApiError source_not_found(std::string_view arn);
ApiError role_not_assumable();
ApiError source_not_accessible(std::string_view arn);
ApiError starting_position_missing();
ApiError starting_timestamp_misplaced(bool wanted);
ApiError starting_timestamp_in_future();
ApiError record_age_too_short(int seconds);
ApiError unsupported_parameter(std::string_view name);
// Also of event invoke configurations.
ApiError bad_destination_function(std::string_view arn);
ApiError own_destination();
ApiError bad_destination(std::string_view destination, std::string_view why);

ApiError invalid_marker();
ApiError link_expired();
ApiError request_too_large();
ApiError internal();

}  // namespace millrace::lambda
