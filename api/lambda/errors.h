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
ApiError alias_of_latest_with_routing();
ApiError routing_to_same_version(std::string_view version);
ApiError bad_weight();

// Of function URLs.
ApiError url_exists(std::string_view arn);
ApiError url_not_found();
ApiError auth_type_missing();

// Of event invoke configurations.
ApiError event_config_not_found(std::string_view arn);
ApiError event_config_empty();

// Of concurrency.
ApiError concurrency_of_a_version();

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
ApiError not_run();

// Of tags.
ApiError too_many_tags();

// Of event source mappings.
ApiError mapping_not_found();
ApiError mapping_in_use();
ApiError bad_filter(std::string_view why);
ApiError mapping_exists(std::string_view source, std::string_view function, std::string_view uuid);
ApiError mapping_function_not_found();
ApiError unrecognized_source();
ApiError source_not_found(std::string_view arn);
ApiError starting_position_missing();
ApiError starting_timestamp_misplaced(bool wanted);
ApiError starting_timestamp_in_future();
ApiError record_age_too_short(int seconds);
ApiError unsupported_destinations();
// Also of event invoke configurations.
ApiError bad_destination(std::string_view destination, std::string_view why);

ApiError invalid_marker();
ApiError link_expired();
ApiError request_too_large();
ApiError internal();

}  // namespace millrace::lambda
