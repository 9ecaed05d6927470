// The settings of a bucket that this store can keep: those that ask for what it does anyway. Each is a
// document; the others are refused by name. Source: S3 API reference, PutBucketVersioning and the others;
// defaults of new buckets: recordings of AWS.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "api/s3/shapes.h"
#include "api/s3/tags.h"

namespace millrace::s3 {

struct Setting {
  const char* uri;                 // its query is also the name that storage keeps it under
  const char *get, *put, *remove;  // operations; null: not answered
  std::string_view root;           // the document's element
  std::string_view fresh;          // its content in a new bucket; unless `code` is given
  std::string_view code, message;  // the error where it is not set
  unsigned put_status;
  // The content that is kept of a document. Throws MalformedXML, NotImplemented.
  std::string (*accept)(const pugi::xml_node& root);
  // Deleting it leaves the error, although a new bucket has the setting.
  bool can_be_absent;
  AnyShape put_input;  // of a SettingInput
  // Where they are not those of the operations.
  const char *read_action = nullptr, *write_action = nullptr;

  [[nodiscard]] std::string_view parameter() const {
    const std::string_view all = uri;
    return all.substr(all.find('?') + 1);
  }
};

struct SettingInput : OnBucket {
  Blob document;
};

[[nodiscard]] std::span<const Setting> settings();

// The name that storage keeps PutPublicAccessBlock's document under. An empty document: the block was
// deleted.
inline constexpr std::string_view kAccessBlockSetting = "publicAccessBlock";

// Tags as the content of the setting "tagging".
[[nodiscard]] std::string kept_tag_set(const Tags& tags);

}  // namespace millrace::s3
