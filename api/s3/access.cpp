#include "api/s3/access.h"

#include "api/s3/lookup.h"

namespace millrace::s3 {

namespace {

std::vector<Resource> one(std::string name) {
  if (name.empty()) return {};
  return {{"s3", "", "", "", std::move(name)}};
}

std::string bucket_in(const InputView& input) { return std::string(input.text("Bucket").value_or("")); }

}  // namespace

std::vector<Resource> bucket_resource(void*, const InputView& input, const Principal&) {
  return one(bucket_in(input));
}

std::vector<Resource> object_resource(void*, const InputView& input, const Principal&) {
  return one(bucket_in(input) + "/" + std::string(input.text("Key").value_or("")));
}

std::vector<Resource> source_resource(void*, const InputView& input, const Principal& caller) {
  try {
    const auto id = copy_source_of(caller.account, input.text("x-amz-copy-source").value_or(""));
    return one(id.bucket.name + "/" + id.key);
  } catch (const ApiError&) {  // the operation refuses it
    return {};
  }
}

std::vector<Resource> named_resources(void*, const InputView& input, const Principal&) {
  std::vector<Resource> out;
  while (const auto key = input.text("Delete.Objects." + std::to_string(out.size()) + ".Key"))
    out.push_back({"s3", "", "", "", bucket_in(input) + "/" + std::string(*key)});
  return out;
}

}  // namespace millrace::s3
