#include "tools/bench/scenario.h"

#include <fmt/format.h>

#include <random>
#include <stdexcept>

#include "tools/bench/signing.h"

namespace millrace::bench {
namespace {

constexpr std::size_t kPutRecordRequests = 512;  // 0.9 MB
constexpr std::size_t kPutRecordsRequests = 8;   // 6 MB at 500 records

// The load sends the same requests again and again, so that it spends no time on signing.
constexpr std::string_view kRequestHead =
    "POST / HTTP/1.1\r\n"
    "Host: {}\r\n"
    "Content-Type: application/x-amz-json-{}\r\n"
    "X-Amz-Target: {}.{}\r\n"
    "{}"
    "Content-Length: {}\r\n\r\n";

// Where `key` stands in an answer: first near the ends, where it usually is, then in all of it.
std::size_t position_of(std::string_view key, std::string_view body) {
  constexpr std::size_t kNear = 4096;
  if (const std::size_t at = body.substr(0, kNear).find(key); at != body.npos) return at;
  if (body.size() <= kNear) return body.npos;
  const std::size_t tail = body.size() - kNear;
  if (const std::size_t at = body.substr(tail).find(key); at != body.npos) return tail + at;
  return body.find(key);
}

// The text from the value of `key` on; empty if the key is missing.
std::string_view value_of(std::string_view key, std::string_view body) {
  const std::size_t at = position_of(key, body);
  if (at == body.npos) return {};
  const std::size_t value = body.find_first_not_of(" :", at + key.size());
  return value == body.npos ? std::string_view() : body.substr(value);
}

bool is_zero(std::string_view value) {
  return value.size() > 1 && value[0] == '0' && (value[1] == ',' || value[1] == '}' || value[1] == ' ');
}

// Each record holds `"SequenceNumber"` once and its fields have one order, so that two of them are at least
// the encoded data apart; skipping that much looks at a tenth of the body.
std::uint64_t count_records(std::string_view body) {
  constexpr std::string_view kKey = "\"SequenceNumber\"";
  std::uint64_t count = 0;
  std::size_t at = body.find(kKey);
  while (at != body.npos) {
    ++count;
    const std::size_t next = at + kKey.size() + kEncodedBytes;
    at = next < body.size() ? body.find(kKey, next) : body.npos;
  }
  return count;
}

}  // namespace

const std::vector<Scenario>& all_scenarios() {
  static const std::vector<Scenario> scenarios = {
      {"put_record", Operation::kPutRecord, 1},
      {"put_records_100", Operation::kPutRecords, 100},
      {"put_records_500", Operation::kPutRecords, 500},
      {"get_records_1000", Operation::kGetRecords, 1000},
      {"get_records_10000", Operation::kGetRecords, 10000},
  };
  return scenarios;
}

const Scenario& scenario_named(std::string_view name) {
  std::string known;
  for (const Scenario& scenario : all_scenarios()) {
    if (scenario.name == name) return scenario;
    known += " " + scenario.name;
  }
  throw std::runtime_error(fmt::format("no scenario {}; there are:{}", name, known));
}

std::string request(std::string_view host, std::string_view operation, std::string_view body) {
  std::string bytes = fmt::format(
      kRequestHead, host, "1.1", "Kinesis_20131202", operation,
      signature_fields(host, "kinesis", fmt::format("Kinesis_20131202.{}", operation), body), body.size());
  bytes += body;
  return bytes;
}

std::string dynamodb_request(std::string_view host, std::string_view operation, std::string_view body) {
  std::string bytes = fmt::format(
      kRequestHead, host, "1.0", "DynamoDB_20120810", operation,
      signature_fields(host, "dynamodb", fmt::format("DynamoDB_20120810.{}", operation), body), body.size());
  bytes += body;
  return bytes;
}

std::string rest_request(std::string_view host, std::string_view method, std::string_view path,
                         std::string_view body) {
  return fmt::format(
      "{} {} HTTP/1.1\r\nHost: {}\r\nContent-Type: application/json\r\nX-Amz-Date: 20260101T000000Z\r\n"
      "Authorization: AWS4-HMAC-SHA256 "
      "Credential=AKIAIOSFODNN7EXAMPLE/20260101/us-east-1/lambda/aws4_request, "
      "SignedHeaders=host, Signature=0\r\nContent-Length: {}\r\n\r\n{}",
      method, path, host, body.size(), body);
}

std::string random_base64(std::uint64_t seed, std::size_t size) {
  constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::mt19937_64 random(seed);
  std::string text((size * 8 + 5) / 6, 'A');
  std::uint64_t bits = 0;
  int left = 0;
  for (char& c : text) {
    if (left < 6) {
      bits = random();
      left = 64;
    }
    c = kAlphabet[bits & 63];
    bits >>= 6;
    left -= 6;
  }
  // The last digit's bits beyond the data are zero, as strict decoders demand.
  if (size % 3 == 1) text.back() = kAlphabet[kAlphabet.find(text.back()) & ~std::size_t{15}];
  if (size % 3 == 2) text.back() = kAlphabet[kAlphabet.find(text.back()) & ~std::size_t{3}];
  text.resize((size + 2) / 3 * 4, '=');
  return text;
}

std::vector<std::string> put_requests(const Scenario& scenario, std::string_view host,
                                      std::string_view stream, std::size_t keys) {
  const bool single = scenario.operation == Operation::kPutRecord;
  const std::size_t count = single ? kPutRecordRequests : kPutRecordsRequests;
  std::mt19937_64 random(scenario.records);
  std::vector<std::string> requests;
  for (std::size_t i = 0; i < count; ++i) {
    std::string body = fmt::format(R"({{"StreamName":"{}",)", stream);
    std::vector<std::uint64_t> known;
    if (!single) body += R"("Records":[)";
    for (std::uint32_t r = 0; r < scenario.records; ++r) {
      const std::string data = random_base64(random(), kRecordBytes);
      if (keys == 0 || known.size() < keys) known.push_back(random());
      const std::uint64_t key = keys == 0 ? known.back() : known[r % keys];
      const std::string fields = fmt::format(R"("Data":"{}","PartitionKey":"key-{:016x}")", data, key);
      body += single ? fields : fmt::format("{}{{{}}}", r == 0 ? "" : ",", fields);
    }
    body += single ? "}" : "]}";
    requests.push_back(request(host, single ? "PutRecord" : "PutRecords", body));
  }
  return requests;
}

std::string get_records_request(std::string_view host, std::string_view iterator, std::uint32_t limit) {
  return request(host, "GetRecords", fmt::format(R"({{"ShardIterator":"{}","Limit":{}}})", iterator, limit));
}

GetRecordsAnswer get_records_answer(std::string_view body) {
  std::string_view next = value_of("\"NextShardIterator\"", body);
  next = next.starts_with('"') ? next.substr(1, next.find('"', 1) - 1) : std::string_view();
  return {count_records(body), next, is_zero(value_of("\"MillisBehindLatest\"", body))};
}

bool all_records_taken(std::string_view body) { return is_zero(value_of("\"FailedRecordCount\"", body)); }

}  // namespace millrace::bench
