// What most unit tests include, compiled once a build.
#pragma once

#include <gtest/gtest.h>

#include "api/kinesis/service.h"
#include "api/lambda/service.h"
#include "tests/unit/storage/local/fixture.h"
