#include "api/s3/lifecycle.h"

#include <gtest/gtest.h>

#include "api/core/error.h"
#include "api/s3/object_headers.h"

namespace millrace::s3 {
namespace {

using std::chrono::days;
using std::chrono::hours;

constexpr Time kNoon{std::chrono::sys_days{std::chrono::year{2026} / 1 / 15} + hours(12)};

std::string document_of(const std::string& rules) {
  return "<LifecycleConfiguration xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">" + rules +
         "</LifecycleConfiguration>";
}

Lifecycle rules(const std::string& text) {
  pugi::xml_document document;
  return Lifecycle(parse_xml(document, document_of(text), "LifecycleConfiguration"));
}

std::string rule(const std::string& filter, const std::string& action, const std::string& id = "r") {
  return "<Rule><ID>" + id + "</ID><Status>Enabled</Status><Filter>" + filter + "</Filter>" + action +
         "</Rule>";
}
std::string expire(int n) { return "<Expiration><Days>" + std::to_string(n) + "</Days></Expiration>"; }

storage::Object object(const std::string& key, std::uint64_t size = 1, const std::string& tags = "") {
  storage::Object out{.key = key, .size = size, .modified = kNoon, .description = {}};
  if (!tags.empty()) set_attribute(out.description.attributes, kTagsAttribute, tags);
  return out;
}

TEST(Lifecycle, ExpiresAtTheNextMidnight) {
  const Time day = std::chrono::floor<days>(kNoon);
  EXPECT_EQ(midnight_after(kNoon, 3), day + days(4));
  EXPECT_EQ(midnight_after(day, 1), day + days(2));
  EXPECT_EQ(rules(rule("", expire(3))).expiry_of(object("k"))->at, day + days(4));
  const Lifecycle dated = rules(rule("", "<Expiration><Date>2030-01-01T00:00:00.000Z</Date></Expiration>"));
  EXPECT_EQ(dated.expiry_of(object("k"))->at, Time(std::chrono::sys_days{std::chrono::year{2030} / 1 / 1}));
  EXPECT_FALSE(
      rules(rule("", "<Expiration><ExpiredObjectDeleteMarker>true</ExpiredObjectDeleteMarker></Expiration>"))
          .expiry_of(object("k")));
}

TEST(Lifecycle, AppliesToWhatTheFilterNames) {
  const auto expires = [](const std::string& filter, const storage::Object& one) {
    return rules(rule(filter, expire(1))).expiry_of(one).has_value();
  };
  EXPECT_TRUE(expires("<Prefix>a/</Prefix>", object("a/b")));
  EXPECT_FALSE(expires("<Prefix>a/</Prefix>", object("b/a/")));
  EXPECT_TRUE(expires("<ObjectSizeGreaterThan>5</ObjectSizeGreaterThan>", object("k", 6)));
  EXPECT_FALSE(expires("<ObjectSizeGreaterThan>5</ObjectSizeGreaterThan>", object("k", 5)));
  EXPECT_TRUE(expires("<ObjectSizeLessThan>5</ObjectSizeLessThan>", object("k", 4)));
  EXPECT_FALSE(expires("<ObjectSizeLessThan>5</ObjectSizeLessThan>", object("k", 5)));
  const std::string tag = "<Tag><Key>a b</Key><Value>1</Value></Tag>";
  EXPECT_TRUE(expires(tag, object("k", 1, "a%20b=1&c=2")));
  EXPECT_FALSE(expires(tag, object("k", 1, "a%20b=2")));
  EXPECT_FALSE(expires(tag, object("k")));
  const std::string both = "<And><Prefix>a/</Prefix>" + tag + "</And>";
  EXPECT_TRUE(expires(both, object("a/k", 1, "a%20b=1")));
  EXPECT_FALSE(expires(both, object("k", 1, "a%20b=1")));
}

TEST(Lifecycle, TheFirstExpiryCounts) {
  const Lifecycle two = rules(rule("", expire(9), "late") + rule("<Prefix>a</Prefix>", expire(2), "soon"));
  EXPECT_EQ(two.expiry_of(object("a"))->rule_id, "soon");
  EXPECT_EQ(two.expiry_of(object("b"))->rule_id, "late");
  const Lifecycle off = rules("<Rule><ID>r</ID><Status>Disabled</Status><Filter/>" + expire(1) + "</Rule>");
  EXPECT_FALSE(off.expiry_of(object("a")));
  EXPECT_EQ(expiration_text({Time(std::chrono::seconds(784'111'777)), "a & b"}),
            "expiry-date=\"Sun, 06 Nov 1994 08:49:37 GMT\", rule-id=\"a%20%26%20b\"");
}

TEST(Lifecycle, UploadsAreAbortedByPrefix) {
  const Lifecycle one =
      rules(rule("<Prefix>up/</Prefix>",
                 "<AbortIncompleteMultipartUpload><DaysAfterInitiation>2</DaysAfterInitiation>"
                 "</AbortIncompleteMultipartUpload>"));
  const auto upload = [](const std::string& key) {
    return storage::Upload{.key = key, .id = "1", .started = kNoon, .attributes = {}, .before = {}};
  };
  EXPECT_EQ(one.abort_of(upload("up/1")), midnight_after(kNoon, 2));
  EXPECT_FALSE(one.abort_of(upload("other")));
  EXPECT_FALSE(one.expiry_of(object("up/1")));
}

TEST(Lifecycle, IsKeptInAFormThatItTakesAgain) {
  pugi::xml_document document, again;
  const std::string text =
      document_of("<Rule><Status>Enabled</Status><Prefix>a&amp;b</Prefix>" + expire(1) + "</Rule>");
  const std::string kept = canonical_lifecycle(parse_xml(document, text, "LifecycleConfiguration"));
  const pugi::xml_node root = parse_xml(again, kept, "LifecycleConfiguration");
  EXPECT_TRUE(Lifecycle(root).expiry_of(object("a&b/1")));
  EXPECT_FALSE(child_text(child(root, "Rule"), "ID").empty());
  pugi::xml_document deep;
  std::string nested;
  for (int i = 0; i < 100; ++i) nested += "<x>";
  for (int i = 0; i < 100; ++i) nested += "</x>";
  const std::string bomb = document_of(rule("", "<Expiration><Days>1" + nested + "</Days></Expiration>"));
  EXPECT_THROW((void)canonical_lifecycle(parse_xml(deep, bomb, "LifecycleConfiguration")), ApiError);
}

}  // namespace
}  // namespace millrace::s3
