// How a stream's shards split and merge: closed parents, and children that begin a second after them.
#pragma once

#include "api/kinesis/model.h"

namespace millrace::kinesis {

// Each of these changes `stream.shards` alone; `now_s` is the second at which parents close, or later for
// those that began later themselves. What they are told must hold: the shards are there and open.

// Splits a shard in two, the second from `key` on, which lies above its start and not above its end.
void split(Stream& stream, std::uint32_t shard, HashKey key, std::uint64_t now_s);
// Merges a shard with the one whose range follows its own.
void merge(Stream& stream, std::uint32_t shard, std::uint32_t adjacent, std::uint64_t now_s);
// Splits and merges until there are `count` open shards of even ranges, those of a new stream. Shards that
// are neither old nor of the last generation live for no time.
void scale(Stream& stream, std::uint32_t count, std::uint64_t now_s);
// Splits the widest shards in half until there are `count`.
void grow(Stream& stream, std::uint32_t count, std::uint64_t now_s);

// Does what the stream's `change` says.
void apply(Stream& stream, const PendingChange& change, std::uint64_t now_s);

// Whether the range of `second` follows that of `first`, and both are open.
[[nodiscard]] bool adjacent(const Shard& first, const Shard& second);

}  // namespace millrace::kinesis
