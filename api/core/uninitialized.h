// Growing a string whose bytes are written right afterwards.
#pragma once

#include <string>

namespace millrace {

// As `text.resize(size)`, but what is new holds anything: for bodies and answers of megabytes, which zeroing
// first would cost as much as a copy.
void resize_uninitialized(std::string& text, std::size_t size);

}  // namespace millrace
