#include "api/kinesis/tags.h"

#include <algorithm>

#include "api/kinesis/errors.h"

namespace millrace::kinesis {

namespace {

// Letters beyond ASCII are not told apart: AWS takes those of every script.
void check_characters(std::string_view text) {
  static constexpr std::string_view kOthers = "_./=+-% @:";  // of white space, AWS takes the blank alone
  const bool ok = std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || (c & 0x80) != 0 ||
           kOthers.find(c) != std::string_view::npos;
  });
  if (!ok) throw invalid_tag_characters();
}

}  // namespace

void check_tags(const Tags& tags) {
  for (const auto& [key, value] : tags) {
    check_characters(key);
    check_characters(value);
    if (key.starts_with("aws:")) throw reserved_tag(key);
  }
}

void check_tag_keys(const std::vector<std::string>& keys) {
  for (const std::string& key : keys) check_characters(key);
}

void add_tags(Tags& tags, const Tags& more, std::string_view resource) {
  Tags all = more;
  all.insert(tags.begin(), tags.end());  // of both, those in `more` stay
  if (all.size() > kMaxTags) throw too_many_tags(resource);
  tags = std::move(all);
}

Consumer* Resource::find(Stream& in) const {
  for (Consumer& c : in.consumers)
    if (c.name == consumer) return &c;
  return nullptr;
}

Tags& Resource::tags_of(Stream& in) const {
  if (consumer.empty()) return in.tags;
  if (Consumer* found = find(in)) return found->tags;
  throw consumer_not_found(consumer, in.account);
}

std::string& Resource::policy_of(Stream& in) const {
  if (consumer.empty()) return in.policy;
  if (Consumer* found = find(in)) return found->policy;
  throw consumer_not_found(consumer, in.account);
}

void Resource::check_active(Time now) const {
  if (consumer.empty()) {
    if (stream->status != StreamStatus::active)
      throw stream_not_active(stream->name, stream->account, to_string(stream->status));
    return;
  }
  const Consumer* found = stream->find_consumer(consumer);
  if (found && (now < found->active_from || found->gone_from))
    throw consumer_not_active(consumer, Stream::created_s_of(*found), stream->name, stream->account);
}

Resource find_resource(const Kinesis& k, const Caller& caller, const std::string& arn) {
  const auto parsed = parse_stream_arn(arn);
  if (!parsed) throw resource_not_found(arn);
  if (parsed->consumer.empty()) return {k.streams.get(caller, StreamReference{std::nullopt, arn}), ""};
  const Streams::OfConsumer found = k.streams.get(caller, ConsumerReference{std::nullopt, std::nullopt, arn});
  return {found.stream, found.consumer->name};
}

}  // namespace millrace::kinesis
