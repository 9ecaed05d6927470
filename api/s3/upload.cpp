#include "api/s3/upload.h"

#include <charconv>

#include "storage/base/on_pool.h"

namespace millrace::s3 {

namespace {

constexpr std::uint64_t kSmallUploadBytes = 256 << 10;

}  // namespace

asio::awaitable<bool> Upload::open() {
  try {
    const std::optional<Algorithm> wanted = co_await before_();
    intake_.emplace(request_, wanted, s3_.options.max_object_bytes);
  } catch (const std::exception&) {
    failure_ = std::current_exception();
  }
  co_return !failure_;
}

asio::awaitable<bool> Upload::write(std::string piece) {
  try {
    co_await take(std::move(piece));
  } catch (const std::exception&) {
    failure_ = std::current_exception();
    content_.reset();
  }
  co_return !failure_;
}

asio::awaitable<void> Upload::take(std::string piece) {
  auto check = [this, bytes = std::move(piece)]() mutable {
    intake_->take(bytes);
    return std::move(bytes);
  };
  std::string bytes = co_await on_pool(s3_.workers, std::move(check));
  if (bytes.empty()) co_return;
  if (!content_) content_ = s3_.objects.incoming();
  or_throw(co_await content_->append(std::move(bytes)));
}

asio::awaitable<UploadedBody> Upload::finish() {
  if (failure_) std::rethrow_exception(failure_);
  UploadedBody done{.content = std::string(), .body = intake_->finish()};
  if (content_) done.content = std::move(content_);
  co_return done;
}

bool is_small_upload(const Headers& headers) {
  const std::string_view text = headers.get("content-length");
  std::uint64_t size = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), size);
  // Without one the body may have any size. HTTP/1.1 says so in words, HTTP/2 need not say anything.
  const bool said = !text.empty() && error == std::errc() && end == text.data() + text.size();
  return said && size <= kSmallUploadBytes && !headers.find("transfer-encoding");
}

asio::awaitable<UploadedBody> take_upload(S3& s3, Request& request, UploadCheck before) {
  const std::optional<Algorithm> wanted = co_await before();
  BodyIntake intake(request, wanted, s3.options.max_object_bytes);
  std::string bytes = std::move(request.http.body);
  if (bytes.size() <= kSmallBytes) {
    intake.take(bytes);
  } else {
    auto check = [&intake, &bytes] {
      intake.take(bytes);
      return true;
    };
    co_await on_pool(s3.workers, std::move(check));
  }
  Body body = intake.finish();
  UploadedBody done{.content = std::move(bytes), .body = std::move(body)};
  co_return done;
}

}  // namespace millrace::s3
