// Every error of Kinesis, once. Texts: kinesalite's recordings of AWS and LocalStack's snapshots.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "api/core/error.h"
#include "storage/clock.h"

namespace millrace::kinesis {

ApiError stream_not_found(std::string_view name, std::string_view account);
ApiError shard_not_found(std::string_view shard, std::string_view stream, std::string_view account);
// The id has none of the forms of a shard's.
ApiError no_such_shard_id(std::string_view shard, std::string_view stream, std::string_view account);
ApiError stream_exists(std::string_view name, std::string_view account);
ApiError stream_changing(std::string_view name, std::string_view account);
ApiError stream_not_active(std::string_view name, std::string_view account, std::string_view status);
ApiError access_denied(std::string_view account, std::string_view action, std::string_view resource,
                       bool explicitly);
ApiError no_stream_named();
ApiError consumer_reference_incomplete();
ApiError consumer_not_found(std::string_view consumer, std::string_view account);
ApiError consumer_exists(std::string_view consumer, std::string_view stream);
// `created_s`: seconds since the epoch.
ApiError consumer_not_active(std::string_view consumer, std::int64_t created_s, std::string_view stream,
                             std::string_view account);
ApiError too_many_consumers(std::string_view stream, std::size_t limit);
ApiError too_many_creating_consumers(std::size_t limit);
ApiError stream_has_consumers(std::string_view name, std::string_view account);
ApiError already_subscribed(std::string_view consumer, std::string_view shard, std::string_view stream,
                            std::string_view account);
ApiError invalid_policy(const std::string& why);
ApiError policy_not_found(std::string_view resource);
ApiError resource_not_found(std::string_view arn);
ApiError invalid_tag_characters();
ApiError too_many_tags(std::string_view resource);
ApiError reserved_tag(std::string_view key);
ApiError split_key_out_of_range(std::string_view key, std::string_view shard, std::string_view stream,
                                std::string_view account, std::string_view start, std::string_view end);
ApiError shards_not_adjacent(std::string_view shard, std::string_view next, std::string_view stream,
                             std::string_view account);
ApiError shard_not_open(std::string_view shard, std::string_view stream, std::string_view account);
ApiError only_provisioned(std::string_view stream, std::string_view account);
ApiError only_on_demand(std::string_view stream, std::string_view account);
// UpdateShardCount: above what a stream may have, above double and below half of what it has.
ApiError scaling_above_limit(std::int64_t target, std::int64_t have, std::int64_t limit);
ApiError scaling_above_double(std::int64_t target, std::int64_t have);
ApiError scaling_below_half(std::int64_t target, std::int64_t have);
// AUTO distribution, of a provisioned stream.
ApiError distribution_needs_on_demand(std::string_view stream, std::string_view account);
ApiError mode_needs_partition_keys(std::string_view stream, std::string_view account);
ApiError ordering_needs_partition_keys(std::string_view stream, std::string_view account);
// `path` names the key in the message.
ApiError partition_key_missing(const std::string& path);
ApiError dry_run_succeeded();
ApiError dry_run_rate_exceeded(std::string_view stream, std::string_view account);
ApiError same_shard_count(std::int64_t count);
ApiError same_mode(std::string_view mode, std::string_view stream, std::string_view account);
ApiError commitment_needed();
ApiError warm_throughput_too_high(std::int64_t mibps, std::int64_t limit);
ApiError not_encrypted_with(std::string_view key, std::string_view stream, std::string_view account);
ApiError encryption_type_not_kms();
ApiError kms_key_not_found(std::string_view key);
ApiError names_disagree(std::string_view name, std::string_view arn);
ApiError shard_count_missing();
ApiError not_supported(const std::string& what);
ApiError hash_key_out_of_range(std::string_view key);
ApiError record_too_large(std::size_t limit, std::size_t size, const std::string& path);
ApiError request_too_large();
ApiError too_many_shards(std::string_view account, std::string_view region, std::int64_t have,
                         std::int64_t limit, std::int64_t more);
// `stream` is empty when the request named none.
ApiError operation_rate_exceeded(std::string_view stream, std::string_view account);
ApiError shard_rate_exceeded(std::string_view shard, std::string_view stream, std::string_view account);
ApiError retention_too_short(int hours, int minimum);
ApiError retention_too_long(int hours, int maximum);
ApiError retention_not_longer(int wanted, int present, std::string_view stream);
ApiError retention_not_shorter(int wanted, int present, std::string_view stream);
ApiError invalid_iterator();
ApiError expired_iterator(Time created, Time now);
ApiError iterator_needs_timestamp();
ApiError iterator_timestamp_in_future(Time wanted, Time now);
ApiError iterator_type_and_number(std::string_view type, bool with_number);
ApiError number_of_other_shard(std::string_view encodes, std::string_view used_with);
ApiError number_of_other_stream(std::string_view number, std::string_view shard, std::string_view stream,
                                std::string_view account);
ApiError invalid_number(std::string_view number, std::string_view shard, std::string_view stream,
                        std::string_view account);
ApiError invalid_ordering_number(std::string_view number, std::string_view stream, std::string_view account);
ApiError token_or_stream_missing();
// Of a member that a request may not have beside a NextToken.
ApiError not_beside_token(std::string_view member);
ApiError invalid_token();
ApiError expired_token();
ApiError internal();

}  // namespace millrace::kinesis
