// The headers that most files read, compiled once a build; and, for a library that names one, a header of
// ours that most of its files read (CMakeLists.txt, millrace_precompile).
#pragma once

#include <rocksdb/db.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <boost/asio.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/container/vector.hpp>
#include <boost/system/result.hpp>
#include <charconv>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <cstring>
#include <deque>
#include <filesystem>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <nlohmann/json.hpp>
#include <optional>
#include <random>
#include <set>
#include <shared_mutex>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <thread>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <variant>
#include <vector>

#ifdef MILLRACE_PRECOMPILED
#include MILLRACE_PRECOMPILED
#endif
