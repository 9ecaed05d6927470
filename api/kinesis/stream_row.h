// A stream as a row of the catalog: JSON, {"version": 1, ...}. What is as in a new stream is left out.
#pragma once

#include <string>

#include "api/kinesis/model.h"

namespace millrace::kinesis {

[[nodiscard]] std::string row_of(const Stream& stream);
// The data keys are still wrapped. Throws std::exception when the row is none of ours or of a newer version.
[[nodiscard]] Stream stream_of(const std::string& row);

}  // namespace millrace::kinesis
