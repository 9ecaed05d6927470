// What a start found in the catalog and could not decode: set aside, and reported.
#pragma once

#include "storage/unreadable_rows.h"

namespace millrace {

using storage::UnreadableRow;

}  // namespace millrace
