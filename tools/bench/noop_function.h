// A function that does nothing, without a runtime of a language in the way: what functions cost the server.
#pragma once

namespace millrace::bench {

// Answers invocations with null, for as long as the Runtime API of this process's environment gives some.
int run_noop_function();

}  // namespace millrace::bench
