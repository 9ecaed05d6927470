// A bucket's lifecycle rules: which objects expire, when, and which uploads are aborted. No I/O.
// Source: S3 user guide, "Managing the lifecycle of objects"; texts of the errors: recordings of AWS, and the
// API reference, PutBucketLifecycleConfiguration.
#pragma once

#include <optional>

#include "api/s3/tags.h"
#include "storage/objects.h"

namespace millrace::s3 {

struct LifecycleRule {
  std::string id;
  bool enabled = false;
  // Whom it is for: all that is given must hold.
  std::string prefix;
  Tags tags;
  std::optional<std::uint64_t> larger_than, smaller_than;
  // When an object expires: so many days after its time, or at a date and from then on.
  std::optional<std::uint32_t> days;
  std::optional<Time> date;
  std::optional<std::uint32_t> abort_days;  // an upload, after it began

  [[nodiscard]] bool applies_to(const storage::Object& object, const Tags& object_tags) const;
};

struct Expiry {
  Time at;
  std::string rule_id;
};

class Lifecycle {
 public:
  // The rules of a LifecycleConfiguration. Throws MalformedXML, InvalidArgument, InvalidRequest,
  // NotImplemented (transitions).
  explicit Lifecycle(const pugi::xml_node& root);
  // Tells these rules from others: a hash of their text, set by whoever has it.
  std::size_t fingerprint = 0;

  // When the object expires by the rule that comes first; nullopt: never.
  [[nodiscard]] std::optional<Expiry> expiry_of(const storage::Object& object) const;
  // When the upload is aborted; nullopt: never.
  [[nodiscard]] std::optional<Time> abort_of(const storage::Upload& upload) const;

 private:
  std::vector<LifecycleRule> rules_;
};

// The midnight (UTC) behind `days` days after `from`: the day of an expiry is rounded up.
[[nodiscard]] Time midnight_after(Time from, std::uint32_t days);

// The configuration as it is kept and shown: of a form that Lifecycle takes, with an ID in each rule.
[[nodiscard]] std::string canonical_lifecycle(const pugi::xml_node& root);

// The value of x-amz-expiration.
[[nodiscard]] std::string expiration_text(const Expiry& expiry);

}  // namespace millrace::s3
