#include "api/s3/expiration.h"

#include <algorithm>

#include "api/core/error.h"

namespace millrace::s3 {

namespace {

// A run's share: some tenths of a second of the storage's threads.
constexpr std::size_t kLookedAt = 50'000, kPage = 1000, kBuckets = 100;

}  // namespace

boost::asio::awaitable<bool> Expiration::expire(storage::BucketId bucket, const Lifecycle& rules,
                                                std::size_t* left, Done* done) {
  while (*left > 0) {
    storage::ListRequest request{.prefix = "", .delimiter = "", .after = cursor_.key, .limit = kPage};
    const auto page = co_await objects_.list(bucket, std::move(request));
    if (!page && page.error().code == storage::Errc::not_found) co_return true;
    const storage::Listing listing = or_throw(page);
    std::vector<storage::Removal> due;
    const Time now = clock_.now();
    for (const storage::ListEntry& entry : listing.entries) {
      const auto& object = std::get<storage::Object>(entry);
      cursor_.key = object.key;
      const auto expiry = rules.expiry_of(object);
      if (!expiry || expiry->at > now) continue;
      // One that was put since it was listed stays.
      due.push_back(
          {object.key, {storage::Condition::Kind::unchanged, object.description.tag, object.modified}});
    }
    *left -= std::min(*left, listing.entries.size());
    if (!due.empty()) {
      const auto removed = co_await objects_.remove(bucket, std::move(due));
      if (!removed && removed.error().code != storage::Errc::not_found) throw StorageFailure(removed.error());
      if (removed)
        done->objects +=
            static_cast<std::uint64_t>(std::count(removed->begin(), removed->end(), storage::Removed::gone));
    }
    if (!listing.truncated) co_return true;
  }
  co_return false;
}

boost::asio::awaitable<bool> Expiration::abort(storage::BucketId bucket, const Lifecycle& rules,
                                               std::size_t* left, Done* done) {
  while (*left > 0) {
    const auto page =
        or_throw(co_await objects_.uploads(bucket, "", cursor_.upload_key, cursor_.upload_id, kPage));
    const Time now = clock_.now();
    for (const storage::Upload& upload : page.uploads) {
      cursor_.upload_key = upload.key;
      cursor_.upload_id = upload.id;
      const auto due = rules.abort_of(upload);
      if (!due || *due > now) continue;
      const auto aborted = co_await objects_.abort_upload({{bucket, upload.key}, upload.id});
      if (!aborted && aborted.error().code != storage::Errc::not_found) throw StorageFailure(aborted.error());
      done->uploads += aborted.has_value();
    }
    *left -= std::min(*left, page.uploads.size());
    if (!page.truncated) co_return true;
  }
  co_return false;
}

boost::asio::awaitable<bool> Expiration::look_through(storage::BucketId bucket, std::size_t* left,
                                                      Done* done) {
  const std::pair name(bucket.account, bucket.name);
  const std::shared_ptr<const Lifecycle> rules = co_await lifecycles_.of(bucket);
  if (!rules) co_return true;  // taken away since it was found
  const auto today = std::chrono::floor<std::chrono::days>(clock_.now());
  if (const auto it = looked_through_.find(name);
      it != looked_through_.end() && it->second.fingerprint == rules->fingerprint && it->second.day == today)
    co_return true;
  if (!cursor_.objects_done) cursor_.objects_done = co_await expire(bucket, *rules, left, done);
  if (!cursor_.objects_done || !co_await abort(bucket, *rules, left, done)) co_return false;
  looked_through_[name] = {rules->fingerprint, today};
  co_return true;
}

boost::asio::awaitable<Expiration::Done> Expiration::run() {
  if (running_.exchange(true)) co_return Done{};
  const std::unique_ptr<std::atomic<bool>, void (*)(std::atomic<bool>*)> end(
      &running_, [](std::atomic<bool>* running) { *running = false; });
  co_return co_await run_alone();
}

boost::asio::awaitable<Expiration::Done> Expiration::run_alone() {
  Done done;
  std::size_t left = kLookedAt;
  std::exception_ptr failure;  // the first; it does not keep the other buckets from their turn
  for (;;) {
    const auto buckets =
        or_throw(co_await objects_.buckets_with(std::string(kLifecycleSetting), at_, kBuckets));
    for (const storage::BucketId& bucket : buckets) {
      bool through = true;
      try {
        through = co_await look_through(bucket, &left, &done);
      } catch (const std::exception&) {
        if (!failure) failure = std::current_exception();
      }
      if (!through) co_return done;
      at_ = bucket;
      cursor_ = {};
    }
    if (buckets.size() < kBuckets) break;
  }
  at_ = {};
  const auto today = std::chrono::floor<std::chrono::days>(clock_.now());
  std::erase_if(looked_through_, [&](const auto& one) { return one.second.day != today; });
  if (failure) std::rethrow_exception(failure);
  co_return done;
}

}  // namespace millrace::s3
