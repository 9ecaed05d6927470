#include "api/lambda/model.h"

#include <gtest/gtest.h>

#include "api/core/base64.h"
#include "api/lambda/invocation.h"
#include "tests/unit/server/functions/functions_fixture.h"

namespace millrace::lambda {
namespace {

// "account|region|name|qualifier", with "-" for what is not said.
std::string parsed(std::string_view text) {
  const FunctionName n = parse_function_name(text);
  return n.account.value_or("-") + "|" + n.region.value_or("-") + "|" + n.name + "|" +
         n.qualifier.value_or("-");
}

TEST(FunctionName, IsReadInAllItsForms) {
  EXPECT_EQ(parsed("f"), "-|-|f|-");
  EXPECT_EQ(parsed("f:$LATEST"), "-|-|f|$LATEST");
  EXPECT_EQ(parsed("f:7"), "-|-|f|7");
  EXPECT_EQ(parsed("function:f"), "-|-|f|-");
  EXPECT_EQ(parsed("function:f:live"), "-|-|f|live");
  EXPECT_EQ(parsed("123456789012:function:f"), "123456789012|-|f|-");
  EXPECT_EQ(parsed("123456789012:f"), "123456789012|-|f|-");
  EXPECT_EQ(parsed("123456789012:function:f:1"), "123456789012|-|f|1");
  EXPECT_EQ(parsed("us-east-1:123456789012:function:f"), "123456789012|us-east-1|f|-");
  EXPECT_EQ(parsed("arn:aws:lambda:us-east-1:123456789012:function:f"), "123456789012|us-east-1|f|-");
  EXPECT_EQ(parsed("arn:aws:lambda:us-east-1:123456789012:function:f:$LATEST"),
            "123456789012|us-east-1|f|$LATEST");
  EXPECT_EQ(parsed("123456789012"), "-|-|123456789012|-");
  EXPECT_EQ(parsed("function"), "-|-|function|-");
}

TEST(FunctionName, AnyTextIsReadWithoutHarm) {
  for (const char* text :
       {"", ":", "::::::::", "arn:", "arn:aws:lambda:", "arn:aws:lambda:::function:", "a:b:c:d:e:f:g:h:i"})
    (void)parse_function_name(text);
}

TEST(Runtimes, AreRunKnownOrUnknown) {
  EXPECT_EQ(classify_runtime("python3.14"), Runtime::runs);
  EXPECT_EQ(classify_runtime("provided.al2023"), Runtime::runs);
  EXPECT_EQ(classify_runtime("java21"), Runtime::runs);
  EXPECT_EQ(classify_runtime("dotnet8"), Runtime::known);
  EXPECT_EQ(classify_runtime("go1.x"), Runtime::known);
  EXPECT_EQ(classify_runtime("python"), Runtime::unknown);
  EXPECT_EQ(classify_runtime(""), Runtime::unknown);
}

TEST(Times, AreWrittenAsLambdaDoes) {
  EXPECT_EQ(iso_time(Time(std::chrono::milliseconds(1'769'862'896'789))), "2026-01-31T12:34:56.789+0000");
  EXPECT_EQ(iso_time(Time(std::chrono::milliseconds(1))), "1970-01-01T00:00:00.001+0000");
}

TEST(Uuids, HaveTheFormOfVersion4) {
  EXPECT_TRUE(
      functions::matches(new_uuid(), "[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"));
  EXPECT_NE(new_uuid(), new_uuid());
}

TEST(Zips, AreToldFromOtherBytes) {
  const std::string good = functions::archive_of({{"index.py", "x = 1\n"}});
  EXPECT_EQ(inspect_zip(good).state, ZipState::good);
  EXPECT_EQ(inspect_zip("").state, ZipState::empty);
  EXPECT_EQ(inspect_zip("x").state, ZipState::unreadable);
  EXPECT_EQ(inspect_zip(std::string(100'000, '\0')).state, ZipState::unreadable);
  EXPECT_EQ(inspect_zip(std::string("PK\5\6", 4) + std::string(18, '\0')).state, ZipState::empty);
}

std::string with_directories(int entries, int depth) {
  std::vector<functions::ArchiveEntry> all;
  for (int i = 0; i < entries; ++i) {
    std::string name = std::to_string(i) + "/";
    for (int d = 1; d < depth; ++d) name += "d/";
    all.push_back({name + "f", ""});
  }
  return functions::archive_of(all);
}

TEST(Zips, DirectoriesThatPathsImplyCountAsEntries) {
  EXPECT_EQ(inspect_zip(with_directories(1000, 99)).state, ZipState::good);  // 100,000 with the files
  const ZipContent more = inspect_zip(with_directories(1000, 100));
  EXPECT_EQ(more.state, ZipState::unusable);
  EXPECT_NE(more.wrong.find("limit of 100000 files and directories"), more.wrong.npos) << more.wrong;
}

TEST(Zips, PathsOfTooManyPartsAreRefused) {
  std::string deep;
  for (int i = 0; i < 1900; ++i) deep += "d/";
  std::vector<functions::ArchiveEntry> all;
  for (int i = 0; i < 1100; ++i) all.push_back({deep + std::to_string(i), ""});
  const ZipContent content = inspect_zip(functions::archive_of(all));
  EXPECT_EQ(content.state, ZipState::unusable);
  EXPECT_NE(content.wrong.find("names in all paths"), content.wrong.npos);
}

TEST(Zips, APathIsOfOneFileOrOfDirectories) {
  EXPECT_EQ(inspect_zip(functions::archive_of({{"a/", "", 0040755}, {"a/b", "x"}, {"a/c/d", "y"}})).state,
            ZipState::good);
  for (const auto& [one, other] :
       {std::pair("a", "a/b"), std::pair("a/b", "a"), std::pair("a//b", "a/./b"), std::pair("b", "a/.")})
    EXPECT_NE(inspect_zip(functions::archive_of({{one, "x"}, {other, "y"}})).wrong.find("occurs twice"),
              std::string::npos)
        << one;
}

TEST(Zips, CutAnywhereAreRefusedOrReadWithoutHarm) {
  const std::string good =
      functions::archive_of({{"index.py", "x = 1\n"}, {"a/b.txt", std::string(500, 'b')}});
  for (std::size_t size = 0; size < good.size(); ++size)
    EXPECT_NE(inspect_zip(good.substr(0, size)).state, ZipState::good) << size;
  for (std::size_t at = 0; at < good.size(); ++at) {
    std::string changed = good;
    changed[at] = static_cast<char>(~changed[at]);
    (void)inspect_zip(changed);
  }
}

TEST(Zips, ThatSayTheyGrowTooLargeAreRefused) {
  // The size that the archive's directory tells of its one entry: the 4 bytes from 24 on behind "PK\1\2".
  std::string lying = functions::archive_of({{"zeros", "0"}});
  const std::size_t entry = lying.find("PK\1\2");
  ASSERT_NE(entry, std::string::npos);
  lying.replace(entry + 24, 4, std::string("\0\0\0\x10", 4));
  EXPECT_EQ(inspect_zip(lying).state, ZipState::too_large_unzipped);
}

// Archives whose entries cannot be unpacked, or must not be.
std::string wrong_of(const std::vector<functions::ArchiveEntry>& entries) {
  const ZipContent content = inspect_zip(functions::archive_of(entries));
  return content.state == ZipState::unusable ? content.wrong : "";
}

TEST(Zips, ThatCannotBeUnpackedAreRefused) {
  EXPECT_EQ(wrong_of({{"a/b", "1"}, {"a/c", "2"}}), "");
  EXPECT_EQ(wrong_of({{"../a", "1"}}), "entry \"../a\" has a path that leads out of the archive");
  EXPECT_EQ(wrong_of({{"/a", "1"}}), "entry \"/a\" has a path that leads out of the archive");
  EXPECT_EQ(wrong_of({{"a", "1"}, {"a/b", "2"}}), "entry \"a/b\" occurs twice");
  EXPECT_EQ(wrong_of({{"a/b", "1"}, {"a", "2"}}), "entry \"a\" occurs twice");
  EXPECT_EQ(wrong_of({{"a", "1"}, {"./a", "2"}}), "entry \"./a\" occurs twice");
}

TEST(Zips, OfDamagedEntriesAreRefused) {
  std::string damaged = functions::archive_of({{"a", std::string(1000, 'a') + "b"}});
  const std::size_t data = damaged.find('a', 30) + 2;
  damaged[data] = static_cast<char>(damaged[data] ^ 0x55);
  EXPECT_EQ(inspect_zip(damaged).state, ZipState::unusable);
}

TEST(Zips, WithNulInANameAreRefused) {
  std::string nul = functions::archive_of({{"axb", "1"}});
  for (std::size_t at = nul.find("axb"); at != nul.npos; at = nul.find("axb", at)) nul[at + 1] = '\0';
  EXPECT_EQ(inspect_zip(nul).wrong, "entry \"a b\" has a NUL in its name");
}

TEST(JsonTrouble, OfDepthIsThatOfAws) {
  EXPECT_EQ(json_trouble(std::string(1000, '[') + std::string(1000, ']')), std::nullopt);
  EXPECT_EQ(json_trouble(std::string(120'000, '[') + std::string(120'000, ']')),
            "Document nesting depth (1001) exceeds the maximum allowed (1000, from "
            "`StreamReadConstraints.getMaxNestingDepth()`)");
}

TEST(JsonTrouble, SaysWhatAndWhere) {
  const std::string place =
      "\n at [Source: REDACTED (`StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION` disabled); line: ";
  const std::string expecting =
      ": was expecting (JSON String, Number, Array, Object or token 'null', 'true' or 'false')";
  EXPECT_EQ(json_trouble("{}"), std::nullopt);
  EXPECT_EQ(json_trouble(" [1, \"\\u00fc\"] "), std::nullopt);
  EXPECT_EQ(json_trouble("hello"), "Unrecognized token 'hello'" + expecting + place + "1, column: 1]");
  EXPECT_EQ(json_trouble("{\"a\": trye}"), "Unrecognized token 'trye'" + expecting + place + "1, column: 7]");
  EXPECT_EQ(json_trouble("{\n\"a\": }"), "Unexpected character ('}' (code 125))" + place + "2, column: 6]");
  EXPECT_EQ(json_trouble("[1"), "Unexpected end-of-input" + place + "1, column: 3]");
  EXPECT_EQ(json_trouble(""), "Unexpected end-of-input" + place + "1, column: 1]");
}

TEST(JsonTrouble, AnyBytesAreReadWithoutHarm) {
  for (int byte = 0; byte < 256; ++byte)
    for (const char* around : {"", "[", "{\"a\":", "\"", "[1,"})
      (void)json_trouble(std::string(around) + static_cast<char>(byte));
  EXPECT_TRUE(json_trouble(std::string(300'000, '[')));
}

}  // namespace
}  // namespace millrace::lambda
