// Looks whether the archives of functions and layers are there: a function whose archive is not would fail at
// its next cold start only.
#pragma once

#include "api/lambda/service.h"
#include "server/functions/code/code_files.h"
#include "storage/catalog.h"

namespace millrace {

// Notes each archive that a function, a version or a layer needs and that is missing or has another size, and
// forgets those that are whole again. Reads no archive but those that were noted. Blocks.
void check_archives(const storage::Catalog& catalog, const lambda::Lambda& lambda,
                    functions::CodeFiles& files);

}  // namespace millrace
