// Signed requests on their way through S3: the head is verified first, the body while S3 takes it.
#include <gtest/gtest.h>
#include <unistd.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>
#include <filesystem>
#include <functional>

#include "api/auth/sigv4.h"
#include "api/auth/sigv4_canonical.h"
#include "api/s3/service.h"
#include "storage/files/store.h"
#include "storage/memory/catalog.h"

namespace millrace::s3 {
namespace {

constexpr std::string_view kSecret = "secret";
constexpr auth::SignedService kService{"s3", Protocol::rest_xml};
constexpr const char* kChunks = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD";
constexpr const char* kTimeText = "20260131T120000Z";

class StillClock final : public Clock {
 public:
  [[nodiscard]] Time now() const override { return *auth::parse_signature_time(kTimeText); }
};

class SignedRequests : public testing::Test {
 protected:
  SignedRequests()
      : dir_(std::filesystem::temp_directory_path() / ("millrace-signed-" + std::to_string(::getpid()))) {
    std::filesystem::remove_all(dir_);
    files_ = storage::FileStore::open(catalog_, {.dir = dir_, .fsync = false, .threads = 2}).value();
    s3_ = std::make_unique<S3>(files_->objects(), clock_, S3Options{});
  }
  ~SignedRequests() override {
    s3_.reset();
    files_.reset();
    std::error_code ignored;
    std::filesystem::remove_all(dir_, ignored);
  }
  void SetUp() override { ASSERT_EQ(answer(request("PUT", "/bucket", auth::hex_sha256("")), ""), "200"); }

  static Request request(const std::string& method, const std::string& target, const std::string& hash) {
    Request out;
    out.http.method = method;
    out.http.target = target;
    for (const auto& [name, value] : {std::pair("Host", "localhost"), std::pair("X-Amz-Date", kTimeText)})
      out.http.headers.add(name, value);
    out.http.headers.add("X-Amz-Content-Sha256", hash);
    if (hash == kChunks) out.http.headers.add("X-Amz-Decoded-Content-Length", "300000");
    return out;
  }

  static std::string hmac_hex(const auth::SignatureClaim& claim, const std::string& text) {
    const auth::Hash key =
        auth::derive_signing_key(kSecret, {claim.access_key, claim.date, claim.region, claim.service});
    std::string out;
    auth::append_hex(out, auth::hmac_sha256(auth::bytes_of(key), text));
    return out;
  }

  // Signs the head, and has it verified as the server does.
  auth::SignatureClaim sign(Request& request) {
    const std::string start =
        "AWS4-HMAC-SHA256 Credential=AKID/20260131/us-east-1/s3/aws4_request, SignedHeaders=host;"
        "x-amz-content-sha256;x-amz-date" +
        std::string(request.http.headers.find("X-Amz-Decoded-Content-Length")
                        ? ";x-amz-decoded-content-length"
                        : "") +
        ", Signature=";
    request.http.headers.set("Authorization", start + "00");
    const auth::SignatureClaim claim = auth::parse_signature(request.http, kService, clock_.now());
    const std::string canonical = auth::canonical_request(claim, request.http, kService, claim.body_hash);
    request.http.headers.set("Authorization",
                             start + hmac_hex(claim, "AWS4-HMAC-SHA256\n" + claim.time_text + "\n" +
                                                         claim.scope() + "\n" + auth::hex_sha256(canonical)));
    auth::SignatureClaim verified = auth::parse_signature(request.http, kService, clock_.now());
    auth::verify_signature(verified, request.http, kService, kSecret, "", keys_);
    request.chunk_signatures = auth::chunk_signatures(verified, kSecret, keys_);
    return verified;
  }

  static std::string chunk(const auth::SignatureClaim& claim, std::string& previous,
                           const std::string& bytes) {
    previous = hmac_hex(claim, "AWS4-HMAC-SHA256-PAYLOAD\n" + claim.time_text + "\n" + claim.scope() + "\n" +
                                   previous + "\n" + auth::hex_sha256("") + "\n" + auth::hex_sha256(bytes));
    char size[64];
    std::snprintf(size, sizeof size, "%zx;chunk-signature=", bytes.size());
    return size + previous + "\r\n" + bytes + "\r\n";
  }

  // The status, or the code of the error.
  std::string answer(Request request, const std::string& body, bool is_signed = false) {
    if (!is_signed) (void)sign(request);
    request.caller = root_of("000000000000", "us-east-1");
    asio::io_context context;
    auto done = asio::co_spawn(context, handle(request, body), asio::use_future);
    context.run();
    try {
      return std::to_string(done.get().status);
    } catch (const ApiError& e) {
      return e.code();
    }
  }

  std::string get(const std::string& key) {
    const auto get_object = [this](std::string name) -> asio::awaitable<std::string> {
      auto opened = co_await files_->objects().open({{"000000000000", "bucket"}, std::move(name)});
      if (!opened) co_return "(none)";
      const std::uint64_t size = opened->object.size;
      co_return (co_await files_->objects().read(*opened, 0, size)).value();
    };
    asio::io_context context;
    auto done = asio::co_spawn(context, get_object(key), asio::use_future);
    context.run();
    return done.get();
  }

  StillClock clock_;
  auth::SigningKeys keys_;

 private:
  asio::awaitable<HttpResponse> handle(Request& request, const std::string& body) {
    const std::unique_ptr<BegunRequest> begun = s3_->begin(request);
    BodySink* const sink = begun->sink();
    if (!sink) {
      request.http.body = body;
    } else if (co_await sink->open()) {
      for (std::size_t at = 0; at < body.size(); at += 50'000) {
        std::string piece = body.substr(at, 50'000);
        if (!co_await sink->write(std::move(piece))) break;
      }
    }
    co_return co_await begun->handle();
  }

  const std::filesystem::path dir_;
  storage::MemoryCatalog catalog_;
  std::unique_ptr<storage::FileStore> files_;
  std::unique_ptr<S3> s3_;
};

TEST_F(SignedRequests, ABodyIsTheOneThatWasSigned) {
  for (const std::size_t size : {5u, 300'000u}) {
    const std::string bytes(size, 'a'), hash = auth::hex_sha256(bytes);
    EXPECT_EQ(answer(request("PUT", "/bucket/key", hash), bytes + "b"), "XAmzContentSHA256Mismatch");
    EXPECT_EQ(get("key"), "(none)");
    EXPECT_EQ(answer(request("PUT", "/bucket/key" + std::to_string(size), hash), bytes), "200");
    EXPECT_EQ(get("key" + std::to_string(size)), bytes);
  }
}

TEST_F(SignedRequests, ADocumentIsTheOneThatWasSigned) {
  const std::string document = "<Tagging><TagSet/></Tagging>", hash = auth::hex_sha256(document);
  ASSERT_EQ(answer(request("PUT", "/bucket/key", auth::hex_sha256("")), ""), "200");
  for (const char* target :
       {"/bucket/key?tagging", "/bucket?tagging", "/bucket?acl", "/other", "/bucket?delete"}) {
    const char* const method = std::string_view(target).ends_with("delete") ? "POST" : "PUT";
    EXPECT_EQ(answer(request(method, target, hash), document + " "), "XAmzContentSHA256Mismatch") << target;
  }
  EXPECT_EQ(answer(request("PUT", "/bucket/key?tagging", hash), document), "200");
}

TEST_F(SignedRequests, ChunksAreTheOnesThatWereSigned) {
  const auto put = [this](const std::function<void(std::string&)>& change) {
    Request signed_request = request("PUT", "/bucket/chunks", kChunks);
    const auth::SignatureClaim claim = sign(signed_request);
    std::string previous = claim.signature, body;
    for (const std::size_t size : {100'000u, 200'000u, 0u})
      body += chunk(claim, previous, std::string(size, 'c'));
    change(body);
    return answer(std::move(signed_request), body, true);
  };
  for (const std::size_t at : {1'000u, 150'000u})
    EXPECT_EQ(put([&](std::string& body) { body[at] = 'd'; }), "SignatureDoesNotMatch");
  EXPECT_EQ(get("chunks"), "(none)");
  EXPECT_EQ(put([](std::string&) {}), "200");
  EXPECT_EQ(get("chunks"), std::string(300'000, 'c'));
}

}  // namespace
}  // namespace millrace::s3
