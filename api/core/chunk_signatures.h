// The signatures inside a body that comes in signed chunks. Each chunk has the signature of its bytes,
// chained to that of the chunk before; the trailer may have one too. Source: S3 API reference, "Signature
// calculations for the Authorization header: transferring payload in multiple chunks", and the same
// "including trailing headers".
#pragma once

#include <string_view>

namespace millrace {

// Of one request, and used by one thread at a time. All calls throw the service's error for a wrong
// signature.
class ChunkSignatures {
 public:
  virtual ~ChunkSignatures() = default;
  // A chunk begins, the empty one at the end too. `signature`: what its head says, in hex; empty: nothing.
  virtual void begin(std::string_view signature) = 0;
  // The next bytes of the chunk, in pieces of any size.
  virtual void update(std::string_view bytes) = 0;
  // The chunk is complete.
  virtual void end() = 0;
  // The body is complete. `fields`: those of the trailer but its signature, each as "name:value\n" in the
  // order they came; empty: there are none. `signature`: the trailer's, in hex; empty: there is none.
  virtual void finish(std::string_view fields, std::string_view signature) = 0;
};

}  // namespace millrace
