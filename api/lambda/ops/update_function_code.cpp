// UpdateFunctionCode: another archive for a function. Source: Lambda API reference, UpdateFunctionCode.
#include "api/lambda/errors.h"
#include "api/lambda/functions/code.h"
#include "api/lambda/functions/versions.h"
#include "api/lambda/names.h"
#include "api/lambda/resources.h"

namespace millrace::lambda {

namespace {

struct UpdateFunctionCodeInput {
  std::string name;
  std::optional<Blob> zip;
  std::optional<std::string> bucket, key, object_version, image, kms_key, revision;
  std::optional<bool> publish, dry_run;
  std::optional<std::vector<std::string>> architectures;
};
using In = UpdateFunctionCodeInput;
constexpr auto kInput = shape<In>(
    field("FunctionName", &In::name, in_path, kFunctionName), field("ZipFile", &In::zip),
    field("S3Bucket", &In::bucket, kBucket), field("S3Key", &In::key, kObjectKey),
    field("S3ObjectVersion", &In::object_version, kObjectKey), field("ImageUri", &In::image),
    field("Publish", &In::publish), field("DryRun", &In::dry_run), field("RevisionId", &In::revision),
    field("Architectures", &In::architectures, kArchitectures, each(required, one_of<"x86_64", "arm64">)),
    field("SourceKMSKeyArn", &In::kms_key), kStorageMode, kPublishTo);

// Makes the function use the archive; fails when it was changed since the client looked.
asio::awaitable<void> store_code(Lambda& l, FunctionPtr function, std::optional<std::string> revision,
                                 std::string sha256, std::uint64_t bytes, Function& stored) {
  std::function<void(Function&)> change = [&](Function& f) {
    if (revision && *revision != f.revision) throw revision_mismatch();
    f.code_sha256 = sha256;
    f.code_bytes = bytes;
    f.revision = new_uuid();
    f.modified = l.clock.now();
  };
  const FunctionPtr now = co_await l.functions.update(std::move(function), std::move(change));
  stored = *now;
}

asio::awaitable<FunctionConfiguration> update_function_code(Lambda& l, const Caller& caller, In in) {
  const Target target = target_of(caller, "UpdateFunctionCode", in.name);
  FunctionPtr function = get_latest(l.functions, target);
  if (in.revision && *in.revision != function->revision) throw revision_mismatch();
  check_architectures(in.architectures);
  CodeInput source{std::move(in.zip),   std::move(in.bucket), std::move(in.key), std::move(in.object_version),
                   std::move(in.image), std::move(in.kms_key)};
  Code code = co_await load_code(l, caller, std::move(source));

  Function stored = *function;
  if (in.dry_run.value_or(false)) {
    stored.code_sha256 = code.sha256;
    stored.code_bytes = code.zip.size();
    co_return describe(stored, Phase::settled);
  }
  const FunctionPtr before = function;
  asio::awaitable<void> store =
      store_code(l, std::move(function), in.revision, code.sha256, code.zip.size(), stored);
  co_await keep_code(l, target.account, std::move(code), std::move(store));
  co_await discard_code_of(l, before);
  if (in.publish.value_or(false)) {
    const FunctionPtr version = co_await publish_version(l, stored, {}, {}, {});
    co_return describe(*version, Phase::created, version->version);
  }
  co_return describe(stored, Phase::updated);
}

}  // namespace

extern const Operation kUpdateFunctionCode;
const Operation kUpdateFunctionCode =
    operation("UpdateFunctionCode", kInput, kFunctionConfiguration, update_function_code)
        .http("PUT", "/2015-03-31/functions/{FunctionName}/code")
        .writes()
        .on(whole_function_of)
        .on(code_object_of, "s3:GetObject");

}  // namespace millrace::lambda
