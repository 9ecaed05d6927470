// The filter criteria of an event source mapping: which records its function is given.
// Source: docs.aws.amazon.com/lambda, "Control which events Lambda sends to your function", and "Filtering"
// of Kinesis.
#pragma once

#include <memory>

#include "api/lambda/mappings/batch.h"
#include "api/lambda/mappings/event_pattern.h"

namespace millrace::lambda {

class RecordFilter {
 public:
  // The texts of the filters' patterns; a record passes if it matches one of them. Throws BadPattern.
  explicit RecordFilter(std::vector<std::string> patterns);

  // too_costly: to be answered within bounds of time and stack.
  enum class Verdict { passes, left_out, too_costly };
  // Patterns see the members of the event's "kinesis", and as "data" the record's data if it is JSON. A
  // pattern with "data" matches no other. Takes time by the record's size: not for a thread that serves
  // requests.
  [[nodiscard]] Verdict judge(const EventRecord& record) const;

  [[nodiscard]] const std::vector<std::string>& patterns() const { return texts_; }

 private:
  struct Pattern {
    EventPattern pattern;
    bool names_data;
  };

  std::vector<std::string> texts_;
  std::vector<Pattern> patterns_;
};

// nullptr: all records pass.
using RecordFilterPtr = std::shared_ptr<const RecordFilter>;

}  // namespace millrace::lambda
