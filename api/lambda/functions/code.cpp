#include "api/lambda/functions/code.h"

#include "api/core/base64.h"
#include "api/core/digest.h"
#include "api/lambda/errors.h"
#include "api/lambda/functions/function_rows.h"
#include "storage/base/on_pool.h"

namespace millrace::lambda {

namespace {

constexpr std::string_view kLinkPurpose = "lambda code link";
constexpr std::chrono::minutes kLinkLife{10};

// Returns the bytes that it unpacks to. Unpacking takes too long for a thread that serves requests.
asio::awaitable<std::uint64_t> check_zip(Lambda& lambda, const std::string& zip) {
  auto inspect = [&zip] { return inspect_zip(zip); };
  const ZipContent content = co_await on_pool(lambda.inspectors, std::move(inspect));
  switch (content.state) {
    case ZipState::good:
      break;
    case ZipState::unreadable:
      throw zip_unreadable();
    case ZipState::empty:
      throw zip_empty();
    case ZipState::too_large_unzipped:
      throw unzipped_too_large();
    case ZipState::unusable:
      throw zip_unusable(content.wrong);
  }
  co_return content.unpacked_bytes;
}

// Larger archives than a request holds may come from the object store, as on AWS.
asio::awaitable<std::string> fetch_object(Lambda& lambda, Caller caller, CodeInput in) {
  if (in.object_version) throw not_supported("S3ObjectVersion", "omit it to get the newest version");
  if (!in.bucket || !in.key) throw code_missing();
  auto fetched = co_await lambda.code.fetch(std::move(caller), *in.bucket, *in.key, kMaxUnzippedBytes);
  if (fetched.has_error()) throw object_not_read(fetched.error().code, fetched.error().message);
  co_return std::move(*fetched);
}

}  // namespace

asio::awaitable<Code> load_code(Lambda& lambda, Caller caller, CodeInput in) {
  if (in.image) throw not_supported("ImageUri", "it runs zip archives");
  if (in.kms_key && !in.kms_key->empty()) throw not_supported("SourceKMSKeyArn", "leave it out");
  if (in.zip && (in.bucket || in.key || in.object_version)) throw several_codes();
  if (!in.zip && !in.bucket && !in.key) throw code_missing();
  Code code;
  if (in.zip) {
    code.zip = std::move(in.zip->bytes);
    if (code.zip.size() > kMaxZippedBytes) throw zip_too_large();
  } else {
    Caller owner = caller;
    code.zip = co_await fetch_object(lambda, std::move(owner), std::move(in));
  }
  code.unpacked_bytes = co_await check_zip(lambda, code.zip);
  if (lambda.functions.usage(caller.account, caller.region).code_bytes + code.zip.size() >
      kMaxCodeStorageBytes)
    throw code_storage_exceeded();
  code.sha256 = base64_encode(sha256(code.zip));
  co_return code;
}

asio::awaitable<void> keep_code(Lambda& lambda, std::string account, Code code, asio::awaitable<void> store) {
  std::exception_ptr failure;
  {
    const Functions::CodePin pin(lambda.functions, account, code.sha256);
    or_throw(co_await lambda.code.put(account, code.sha256, std::move(code.zip)));
    try {
      co_await std::move(store);
    } catch (...) {
      failure = std::current_exception();
    }
  }
  if (!failure) co_return;
  co_await discard_code(lambda, std::move(account), std::move(code.sha256));
  std::rethrow_exception(failure);
}

asio::awaitable<void> discard_code(Lambda& lambda, std::string account, std::string sha256) {
  std::function<bool()> unused = [&lambda, account, sha256] { return !code_in_use(lambda, account, sha256); };
  co_await lambda.code.discard(std::move(account), std::move(sha256), std::move(unused));
}

asio::awaitable<void> discard_code_of(Lambda& lambda, FunctionPtr before) {
  for (const std::string& archive : archives_of(*before))
    if (!code_in_use(lambda, before->account, archive))
      co_await discard_code(lambda, before->account, archive);
}

bool code_in_use(const Lambda& lambda, const std::string& account, const std::string& sha256) {
  return lambda.functions.uses_code(account, sha256) || lambda.layers.uses_code(account, sha256);
}

std::string code_link(const Lambda& lambda, const std::string& account, const std::string& sha256) {
  const Time until = lambda.clock.now() + kLinkLife;
  const Json content{
      {"account", account}, {"sha256", sha256}, {"until_ms", until.time_since_epoch().count()}};
  return lambda.options.public_url + std::string(kCodeLinkPrefix) +
         percent_encode(lambda.functions.seal().seal(kLinkPurpose, "", content.dump()));
}

asio::awaitable<HttpResponse> download_code(Lambda& lambda, std::string token) {
  const auto opened = lambda.functions.seal().open(kLinkPurpose, "", token);
  if (!opened) throw link_expired();
  const Json content = Json::parse(*opened);
  if (lambda.clock.now().time_since_epoch().count() > content.at("until_ms").get<std::int64_t>())
    throw link_expired();
  std::string account = content.at("account"), sha256 = content.at("sha256");
  std::optional<FilePart> file = co_await lambda.code.file_of(std::move(account), std::move(sha256));
  if (!file) throw link_expired();
  HttpResponse response;
  response.headers.set("Content-Type", "application/zip");
  response.body = std::move(*file);
  co_return response;
}

}  // namespace millrace::lambda
