// What is measured: the scenarios, the bytes of their requests, and the reading of GetRecords answers.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace millrace::bench {

inline constexpr std::size_t kRecordBytes = 1024;                         // data of every record, decoded
inline constexpr std::size_t kEncodedBytes = (kRecordBytes + 2) / 3 * 4;  // the same in base64

enum class Operation { kPutRecord, kPutRecords, kGetRecords, kUpdateItem };

struct Scenario {
  std::string name;
  Operation operation;
  std::uint32_t records;  // in a request; for GetRecords its Limit
};

const std::vector<Scenario>& all_scenarios();

// Throws std::runtime_error, which lists the known names.
const Scenario& scenario_named(std::string_view name);

// The bytes of a request: head and body.
std::string request(std::string_view host, std::string_view operation, std::string_view body);

// One of DynamoDB's.
std::string dynamodb_request(std::string_view host, std::string_view operation, std::string_view body);

// One of Lambda's.
std::string rest_request(std::string_view host, std::string_view method, std::string_view path,
                         std::string_view body);

// Several requests of a Put scenario with different keys and data, so that every shard gets its share and
// nothing compresses. `keys`: so many different ones in a request; 0: all are.
std::vector<std::string> put_requests(const Scenario& scenario, std::string_view host,
                                      std::string_view stream, std::size_t keys = 0);

std::string get_records_request(std::string_view host, std::string_view iterator, std::uint32_t limit);

// What the load needs from an answer of GetRecords. Views into the body.
struct GetRecordsAnswer {
  std::uint64_t records;
  std::string_view next;  // the next iterator; empty at the end of a closed shard
  bool at_end;            // MillisBehindLatest is 0
};
GetRecordsAnswer get_records_answer(std::string_view body);

// True if every record of a PutRecords request was taken.
bool all_records_taken(std::string_view body);

// `size` random bytes in base64; the same for the same seed.
std::string random_base64(std::uint64_t seed, std::size_t size);

}  // namespace millrace::bench
