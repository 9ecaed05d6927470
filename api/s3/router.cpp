#include "api/s3/router.h"

#include <algorithm>

#include "api/core/protocols/rest_json.h"
#include "api/s3/addressing.h"
#include "api/s3/errors.h"

namespace millrace::s3 {

namespace {

// Query parameters that name another resource than the bucket or object itself, or another way to deal with
// it. An operation that does not know one must not answer as if it were not there.
constexpr std::string_view kSubresources[] = {"abac",
                                              "accelerate",
                                              "acl",
                                              "analytics",
                                              "attributes",
                                              "cors",
                                              "delete",
                                              "encryption",
                                              "intelligent-tiering",
                                              "inventory",
                                              "legal-hold",
                                              "lifecycle",
                                              "list-type",
                                              "location",
                                              "logging",
                                              "metadataAnnotationTable",
                                              "metadataConfiguration",
                                              "metadataInventoryTable",
                                              "metadataJournalTable",
                                              "metadataTable",
                                              "metrics",
                                              "notification",
                                              "object-lock",
                                              "ownershipControls",
                                              "policy",
                                              "policyStatus",
                                              "publicAccessBlock",
                                              "renameObject",
                                              "replication",
                                              "requestPayment",
                                              "restore",
                                              "retention",
                                              "select",
                                              "tagging",
                                              "torrent",
                                              "uploadId",
                                              "uploads",
                                              "versioning",
                                              "versions",
                                              "website"};

constexpr std::string_view kSource = "x-amz-copy-source";

bool copies(const Operation& op) {
  const Fields fields = op.input;
  return std::any_of(fields.begin(), fields.end(),
                     [](const FieldInfo& f) { return f.place == Place::header && f.name == kSource; });
}

const Operation* find(const Head& head) {
  Request& request = head.request;
  const std::string path = path_of(request.http);
  const bool copy = request.http.method == "PUT" && head.headers().find(kSource).has_value();
  for (const Operation* op : operations()) {
    std::optional<QueryParameters> parts = match(op->binding, request.http.method, path, head.query);
    if (!parts || copies(*op) != copy) continue;
    request.path = std::move(*parts);
    return op;
  }
  return nullptr;
}

// Whether the binding has the parameter behind its '?'.
bool names(const Operation& op, std::string_view parameter) {
  std::string_view uri = op.binding.uri;
  uri.remove_prefix(std::min(uri.find('?'), uri.size()));
  while (!uri.empty()) {
    uri.remove_prefix(1);
    const std::string_view one = uri.substr(0, uri.find('&'));
    if (one == parameter) return true;
    uri.remove_prefix(one.size());
  }
  return false;
}

}  // namespace

const Row& route(const Head& head) {
  const Operation* const op = find(head);
  const std::string& method = head.request.http.method;
  for (const auto& [name, value] : head.query)
    if ((!op || !names(*op, name)) && std::count(std::begin(kSubresources), std::end(kSubresources), name))
      throw operation_not_implemented(method + " ?" + name);
  if (op) return static_cast<const Row&>(*op);
  if (method == "POST") throw operation_not_implemented("POST of a form");
  throw method_not_allowed(method, !head.key.empty()      ? "OBJECT"
                                   : !head.bucket.empty() ? "BUCKET"
                                                          : "SERVICE");
}

}  // namespace millrace::s3
