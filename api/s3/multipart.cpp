#include "api/s3/multipart.h"

#include <charconv>
#include <unordered_map>

#include "api/core/base64.h"
#include "api/core/digest.h"
#include "api/s3/errors.h"
#include "api/s3/listing.h"

namespace millrace::s3 {

namespace {

bool only_composite(Algorithm a) { return a == Algorithm::sha1 || a == Algorithm::sha256; }
bool only_full(Algorithm a) { return a == Algorithm::crc64nvme; }

int hex_digit(char c) { return c >= 'a' ? c - 'a' + 10 : c - '0'; }

// The raw bytes of a part's tag, which is an MD5 in hex.
std::string raw_tag(const std::string& tag) {
  std::string out;
  for (std::size_t i = 0; i + 1 < tag.size(); i += 2)
    out.push_back(static_cast<char>(hex_digit(tag[i]) * 16 + hex_digit(tag[i + 1])));
  return out;
}

NamedPart named_part(const CompletedPart& given) {
  NamedPart part;
  const std::string number = given.number.value_or("");
  const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), part.number);
  const bool whole = error == std::errc() && end == number.data() + number.size();
  if (!whole || part.number < 1 || part.number > kMaxPartNumber || !given.tag) throw malformed_xml();
  part.tag = unquoted_tag(*given.tag);
  for (const Algorithm a : kAlgorithms)
    if (const Text& value = given.of(a); value && !value->empty()) part.checksum = Checksum{a, *value, false};
  return part;
}

ApiError no_parts() { return invalid_request("You must specify at least one part"); }

// What is said of a part that was brought. In an upload without a declared algorithm nothing may be said.
void check_checksum(const NamedPart& named, const storage::Part& part, const ChecksumPlan& plan,
                    const std::string& upload) {
  if (!named.checksum) {
    if (!plan.composite) return;
    throw invalid_request(
        "The upload was created using a " + std::string(lower_name_of(plan.algorithm)) +
        " checksum. The complete request must include the checksum for each part. It was missing "
        "for part " +
        std::to_string(named.number) + " in the request.");
  }
  if (plan.declared && named.checksum->algorithm != plan.algorithm)
    throw bad_part_digest(lower_name_of(named.checksum->algorithm), named.number);
  const auto kept = part_checksum(part.description.attributes, plan.algorithm);
  if (!plan.declared || !kept || base64_encode(*kept) != named.checksum->text)
    throw invalid_part(upload, named.number, named.tag);
}

// The pieces of a list that is separated by commas.
std::vector<std::string_view> pieces(std::string_view list) {
  std::vector<std::string_view> out;
  while (!list.empty()) {
    out.push_back(list.substr(0, list.find(',')));
    list.remove_prefix(std::min(out.back().size() + 1, list.size()));
  }
  return out;
}

}  // namespace

ChecksumPlan plan_of(const Headers& headers) {
  ChecksumPlan plan;
  const std::string_view name = headers.get("x-amz-checksum-algorithm");
  const std::string_view type = headers.get("x-amz-checksum-type");
  if (name.empty()) {
    if (!type.empty())
      throw invalid_request(
          "The x-amz-checksum-type header can only be used with the x-amz-checksum-algorithm header.");
    return plan;
  }
  const auto algorithm = algorithm_named(name);
  if (!algorithm)
    throw invalid_request(
        "Checksum algorithm provided is unsupported. Please try again with any of the valid "
        "types: [CRC32, CRC32C, CRC64NVME, SHA1, SHA256]");
  plan = {.algorithm = *algorithm, .declared = true, .composite = !only_full(*algorithm)};
  if (type.empty()) return plan;
  if (!equals_ignoring_case(type, "COMPOSITE") && !equals_ignoring_case(type, "FULL_OBJECT"))
    throw invalid_request("Value for x-amz-checksum-type header is invalid.");
  plan.composite = equals_ignoring_case(type, "COMPOSITE");
  if (plan.composite ? only_full(*algorithm) : only_composite(*algorithm))
    throw invalid_request("The " + std::string(type_name(plan.composite)) +
                          " checksum type cannot be used with the " + std::string(lower_name_of(*algorithm)) +
                          " checksum algorithm.");
  return plan;
}

void set_plan(storage::Attributes& attributes, const ChecksumPlan& plan) {
  if (!plan.declared) return;
  set_attribute(attributes, kAlgorithmAttribute, std::string(name_of(plan.algorithm)));
  set_attribute(attributes, kTypeAttribute, std::string(type_name(plan.composite)));
}

ChecksumPlan plan_of(const storage::Attributes& attributes) {
  const auto algorithm = algorithm_named(attribute(attributes, kAlgorithmAttribute));
  if (!algorithm) return {};
  return {.algorithm = *algorithm,
          .declared = true,
          .composite = attribute(attributes, kTypeAttribute) == "COMPOSITE"};
}

std::uint32_t part_number_of(const Text& given) {
  const std::string text = given.value_or("");
  const std::size_t number = text.starts_with('-') ? 0 : count_of(given, "partNumber", 0);
  if (number < 1 || number > kMaxPartNumber)
    throw invalid_argument("Part number must be an integer between 1 and 10000, inclusive", "partNumber",
                           text);
  return static_cast<std::uint32_t>(number);
}

std::vector<NamedPart> named_parts(const CompletedUpload& named, std::string_view upload) {
  std::vector<NamedPart> out;
  for (const CompletedPart& given : named.parts) {
    NamedPart part = named_part(given);
    if (!out.empty() && part.number <= out.back().number) throw invalid_part_order(upload);
    out.push_back(std::move(part));
  }
  if (out.empty()) throw no_parts();
  return out;
}

std::vector<storage::Part> chosen_parts(const std::vector<NamedPart>& named,
                                        const std::vector<storage::Part>& brought, const ChecksumPlan& plan,
                                        const std::string& upload) {
  std::unordered_map<std::uint32_t, const storage::Part*> by_number;
  for (const storage::Part& part : brought) by_number[part.number] = &part;
  std::vector<storage::Part> out;
  for (const NamedPart& one : named) {
    const auto it = by_number.find(one.number);
    if (it == by_number.end() || it->second->description.tag != one.tag)
      throw invalid_part(upload, one.number, one.tag);
    check_checksum(one, *it->second, plan, upload);
    out.push_back(*it->second);
  }
  for (std::size_t i = 0; i + 1 < out.size(); ++i)
    if (out[i].size < kMinPartBytes)
      throw entity_too_small(out[i].size, kMinPartBytes, out[i].number, out[i].description.tag);
  return out;
}

std::string tag_of_parts(const std::vector<storage::Part>& parts) {
  std::string all;
  for (const storage::Part& part : parts) all += raw_tag(part.description.tag);
  return hex(md5_of(all)) + "-" + std::to_string(parts.size());
}

void set_parts(storage::Attributes& attributes, const ChecksumPlan& plan,
               const std::vector<storage::Part>& parts) {
  std::string sizes, checksums;
  for (const storage::Part& part : parts) {
    sizes += (sizes.empty() ? "" : ",") + std::to_string(part.size);
    checksums += (checksums.empty() ? "" : ",") +
                 base64_encode(part_checksum(part.description.attributes, plan.algorithm).value_or(""));
  }
  set_attribute(attributes, kPartsAttribute, std::move(sizes));
  if (plan.declared) set_attribute(attributes, kPartChecksumsAttribute, std::move(checksums));
}

std::vector<ObjectPart> parts_of(const storage::Attributes& attributes) {
  std::vector<ObjectPart> out;
  const std::string sizes = attribute(attributes, kPartsAttribute);
  const std::string checksums = attribute(attributes, kPartChecksumsAttribute);
  for (const std::string_view size : pieces(sizes)) {
    out.emplace_back();
    std::from_chars(size.data(), size.data() + size.size(), out.back().size);
  }
  const auto kept = pieces(checksums);
  for (std::size_t i = 0; i < kept.size() && i < out.size(); ++i) out[i].checksum = kept[i];
  return out;
}

Checksum checksum_of_parts(const ChecksumPlan& plan, const std::vector<storage::Part>& parts) {
  std::vector<PartDigest> digests;
  for (const storage::Part& part : parts)
    digests.push_back({part_checksum(part.description.attributes, plan.algorithm).value_or(""), part.size});
  if (plan.composite) return {plan.algorithm, composite(plan.algorithm, digests), true};
  return {plan.algorithm, base64_encode(combined(plan.algorithm, digests)), false};
}

}  // namespace millrace::s3
