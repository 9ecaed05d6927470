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

struct ListedPage {
  storage::Listing listing;
  std::string region;  // the bucket's
};
// A page of the bucket behind `after`; empty if max_keys is 0. Throws NoSuchBucket.
[[nodiscard]] asio::awaitable<ListedPage> list_page(S3& s3, const Call& call, ListParameters parameters,
                                                    std::string after);
// The key or common prefix that the next page begins behind.
[[nodiscard]] std::string last_of(const storage::Listing& page);

enum class Owner { hidden, shown };
// Contents and CommonPrefixes.
void write_entries(XmlWriter& xml, const storage::Listing& page, const ListParameters& parameters,
                   const std::string& account, Owner owner);
// "2026-01-31T12:34:56.000Z": S3 keeps whole seconds, so that a listing's time is the Last-Modified of the
// object.
[[nodiscard]] std::string xml_time(Time t);
// ChecksumAlgorithm and ChecksumType.
void write_checksum_kind(XmlWriter& xml, const storage::Object& object);
// AWS names owners by their ID alone since November 2025, and initiators of uploads still by their name, too.
void write_owner(XmlWriter& xml, const std::string& account);
void write_initiator(XmlWriter& xml, const std::string& account);

[[nodiscard]] HttpResponse xml_response(XmlWriter& xml);
// With x-amz-bucket-region.
[[nodiscard]] HttpResponse listing_response(XmlWriter& xml, const std::string& region);
// For operations without an answer's body.
[[nodiscard]] HttpResponse empty_response(unsigned status);

}  // namespace millrace::s3
