// Documents that strangers send are read by parsers with bounds, each in one place.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <regex>
#include <sstream>

namespace {

namespace fs = std::filesystem;

// Where an unbounded parser may stand, and whose documents it reads there.
struct Place {
  const char* file;
  const char* why;
};
constexpr Place kAllowed[] = {
    {"api/core/json.cpp", "parse_json and check_json: what they parse is within bounds, or keeps nothing"},
    {"api/core/rows.h", "the catalog's rows, which the server wrote"},
    {"api/core/protocols/codec.cpp", "an error's body, which the server just wrote"},
    {"api/core/cbor.cpp", "parse_cbor: has the same bounds, and a list of what is open"},
    {"api/core/cbor_reader.cpp", "one item at a time, which keeps nothing"},
    {"api/kinesis/ops/list_shards.cpp", "a token, sealed by the server"},
    {"api/kinesis/ops/list_stream_consumers.cpp", "a token, sealed by the server"},
    {"api/lambda/functions/code.cpp", "a link, sealed by the server"},
    {"api/lambda/mappings/record_filter.cpp",
     "a record that check_json found to be of bounded depth, of any number of values"},
    {"server/doctor/doctor.cpp", "the answer of the server of the same user and machine"},
    {"server/doctor/doctor.cpp", "the answer of the server that runs on the data directory"},
    {"api/core/xml.cpp", "parse_xml: pugixml builds and frees its tree without stack"},
};

// Parsers of JSON, CBOR and XML that keep no bounds, or use stack for each level.
const std::regex kUnbounded(
    R"re(json\s*::\s*(parse|accept|sax_parse|from_cbor|from_msgpack|from_ubjson|from_bson|from_bjdata)\b)re"
    R"re(|\bcbor_(stream_decode|load)\b|\.load_(buffer|string|file)\w*\s*\()re",
    std::regex::icase);

std::string text_of(const fs::path& path) {
  std::ostringstream out;
  out << std::ifstream(path).rdbuf();
  return out.str();
}

TEST(Parsers, OfForeignDocumentsHaveBounds) {
  const fs::path root = MILLRACE_SOURCE_DIR;
  std::vector<std::string> found;
  for (const char* top : {"server", "api", "storage"})
    for (const auto& entry : fs::recursive_directory_iterator(root / top)) {
      const std::string ending = entry.path().extension();
      if ((ending == ".h" || ending == ".cpp") && std::regex_search(text_of(entry.path()), kUnbounded))
        found.push_back(fs::relative(entry.path(), root));
    }
  for (const std::string& file : found) {
    const bool allowed = std::any_of(std::begin(kAllowed), std::end(kAllowed),
                                     [&](const Place& place) { return file == place.file; });
    EXPECT_TRUE(allowed) << file << " parses a document without bounds; use parse_json, check_json or "
                         << "json_members of api/core/json.h, parse_cbor, or parse_xml";
  }
  for (const Place& place : kAllowed)
    EXPECT_NE(std::find(found.begin(), found.end(), place.file), found.end())
        << place.file << " is on the list and has no such parser any more";
}

}  // namespace
