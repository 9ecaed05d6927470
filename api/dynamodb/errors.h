// The errors of DynamoDB. Sources of the texts: dynalite's recordings of AWS (validations, db), LocalStack's
// snapshots, DynamoDB API reference.
#pragma once

#include <string>
#include <string_view>

#include "api/core/error.h"

namespace millrace::dynamodb {

// A ValidationException with this text.
ApiError invalid(const std::string& text);
// "One or more parameter values were invalid: " and the text.
ApiError invalid_parameter(const std::string& text);
// A member of a document has another JSON type than its model says.
ApiError malformed(const std::string& text);

ApiError condition_failed();
// With the item that the condition was compared with, as JSON.
ApiError condition_failed(const std::string& item);
// `reasons`: CancellationReasons as JSON; `codes`: "None, ConditionalCheckFailed".
ApiError transaction_cancelled(const std::string& codes, const std::string& reasons);
ApiError transaction_conflict();
ApiError token_reused();

ApiError no_table_for_items();
ApiError no_table(std::string_view name);
ApiError no_table_to_tag(std::string_view arn);
ApiError table_exists(std::string_view name);
ApiError table_changes(std::string_view name);
ApiError too_many_index_changes();
ApiError too_many_tables(std::size_t limit);
ApiError deletion_protected();
ApiError other_account(const std::string& caller, const std::string& arn);
ApiError key_mismatch();
// `expected`, `actual`: names of types.
ApiError wrong_index_key(const std::string& index, const std::string& key, std::string_view expected,
                         std::string_view actual);
ApiError internal();

}  // namespace millrace::dynamodb
