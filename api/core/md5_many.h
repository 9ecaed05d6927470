// MD5 of many short texts at once.
#pragma once

#include <array>
#include <span>
#include <string_view>

namespace millrace {

using Md5Digest = std::array<unsigned char, 16>;

[[nodiscard]] Md5Digest md5(std::string_view text);

// The digests of all texts, in order; `digests` has as many elements. Texts of up to 55 bytes go eight at a
// time where the processor has AVX2.
void md5_many(std::span<const std::string_view> texts, std::span<Md5Digest> digests);

}  // namespace millrace
