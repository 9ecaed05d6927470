// How the Lambda service tells whoever reads for event source mappings that one changed. The server's
// MappingRunner implements it.
#pragma once

#include <string>

namespace millrace::lambda {

class MappingControl {
 public:
  virtual ~MappingControl() = default;

  // The mapping was created, updated or marked as deleting; what it is now stands in `Mappings`. Safe from
  // any thread; returns at once.
  virtual void changed(const std::string& uuid) = 0;
};

}  // namespace millrace::lambda
