// What the three listings of a bucket's keys share: parameters, tokens and elements.
#pragma once

#include "api/core/xml_writer.h"
#include "api/s3/service.h"

namespace millrace::s3 {

struct ListParameters {
  std::string prefix, delimiter;
  bool url_encoded = false;  // encoding-type=url
  std::size_t max_keys = 1000;

  // A key as the listing shows it.
  [[nodiscard]] std::string shown(std::string_view key) const;
};

// Throws InvalidArgument.
[[nodiscard]] ListParameters list_parameters(const Call& call);
// A query parameter of 0 to 2^31 - 1, `fallback` when absent. Throws InvalidArgument.
[[nodiscard]] std::size_t count_parameter(const Call& call, std::string_view name, std::size_t fallback);

// A page of the bucket behind `after`; empty if max_keys is 0. Throws NoSuchBucket.
[[nodiscard]] asio::awaitable<storage::Listing> list_page(S3& s3, const Call& call, ListParameters parameters,
                                                          std::string after);
// The key or common prefix that the next page begins behind.
[[nodiscard]] std::string last_of(const storage::Listing& page);

enum class Owner { hidden, shown };
// Contents and CommonPrefixes.
void write_entries(XmlWriter& xml, const storage::Listing& page, const ListParameters& parameters,
                   const std::string& account, Owner owner);
void write_owner(XmlWriter& xml, std::string_view element, const std::string& account);

[[nodiscard]] HttpResponse xml_response(XmlWriter& xml);
// For operations without an answer's body.
[[nodiscard]] HttpResponse empty_response(unsigned status);

}  // namespace millrace::s3
