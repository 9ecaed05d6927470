// The access of an operation (read or write) and its resources, for policies, the audit trail and metrics.
// They are declared with the operation. The resources are derived from the decoded input.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "api/core/codec.h"
#include "api/core/principal.h"

namespace millrace {

struct Resource {
  std::string service, region, account;  // region and account are empty where ARNs have none (S3's)
  std::string type;                      // "stream", "function"; empty: the name alone stands in the ARN
  std::string name;
  char separator = '/';  // between type and name

  // "*" if there is no name: the operation has no resource, or applies to all.
  [[nodiscard]] std::string arn() const;
};

// Parses an ARN; nullopt if the text is not an ARN.
[[nodiscard]] std::optional<Resource> resource_of_arn(std::string_view arn);

// A decoded input, by the names of its members on the wire.
class InputView {
 public:
  InputView(AnyShape shape, const void* input) : shape_(shape), input_(input) {}

  // The text of a member; nullopt if the shape or the request does not contain it.
  [[nodiscard]] std::optional<std::string_view> text(std::string_view name) const {
    return text_of(shape_, input_, name);
  }
  // All of it, by the names on the wire. Costs as much as encoding it.
  [[nodiscard]] OrderedJson document() const { return encode(shape_, input_); }

 private:
  AnyShape shape_;
  const void* input_;
};

enum class Access : std::uint8_t { unset, reads, writes };

// The resources of one action. `service` is the state of the service. Empty if the input names no valid
// resource; the operation then rejects the request.
using ResourcesOf = std::vector<Resource> (*)(void* service, const InputView& input, const Principal& caller);

struct Permission {
  const char* action = nullptr;  // "kinesis:PutRecord"; nullptr: the operation's name
  ResourcesOf resources = nullptr;
};

// A permission that the principal needs.
struct Demand {
  std::string action;
  Resource resource;
};

struct Operation;
struct Request;

// Decides whether the principal of a request may do what it asks for. Can be called from any thread.
class Authorizer {
 public:
  virtual ~Authorizer() = default;
  // Throws the service's error for denied access, unless the principal has every permission in `demands`.
  // What is referred to must outlive the result.
  [[nodiscard]] virtual boost::asio::awaitable<void> authorize(const Request& request, const Operation& op,
                                                               const InputView& input,
                                                               const std::vector<Demand>& demands) const = 0;
};

// For operations without a resource, or on all resources.
[[nodiscard]] std::vector<Resource> every_resource(void* service, const InputView& input,
                                                   const Principal& caller);

}  // namespace millrace
