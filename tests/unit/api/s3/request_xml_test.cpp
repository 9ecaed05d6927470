#include "api/s3/request_xml.h"

#include <gtest/gtest.h>

#include "api/core/error.h"

namespace millrace::s3 {
namespace {

// The text of <a><k>...</k></a>, or the code of the error.
std::string key_in(const std::string& content) {
  pugi::xml_document document;
  try {
    return child_text(parse_xml(document, "<a><k>" + content + "</k></a>", "a"), "k");
  } catch (const ApiError& e) {
    return e.code();
  }
}
std::string outcome(const std::string& text) {
  pugi::xml_document document;
  try {
    (void)parse_xml(document, text, "a");
    return "ok";
  } catch (const ApiError& e) {
    return e.code();
  }
}
const std::string kBad = "MalformedXML";

TEST(RequestXml, NulCutsNoText) {
  for (const char* nul : {"xx&#0;yyy", "xx&#x0;yyy", "xx&#00000;yyy", "xx&#4294967296;y", "xx&#x100000000;y"})
    EXPECT_EQ(key_in(nul), kBad) << nul;
  EXPECT_EQ(key_in(std::string("xx\0yyy", 6)), kBad);
  EXPECT_EQ(outcome(std::string("<a/>\0<b/>", 9)), kBad);
}

TEST(RequestXml, HasTheCharactersOfXml) {
  for (const char c : {'\1', '\b', '\x0b', '\x1f'}) EXPECT_EQ(key_in(std::string("x") + c), kBad) << int{c};
  for (const char* bad : {"&#xD800;", "&#xDFFF;", "&#xFFFE;", "&#65535;", "&#x110000;", "\xff", "\xc0\x80"})
    EXPECT_EQ(key_in(bad), kBad) << bad;
  EXPECT_EQ(key_in("a\tb\x7f\xc3\xa9&#233;&#x1F600;"), "a\tb\x7f\xc3\xa9\xc3\xa9\xf0\x9f\x98\x80");
  EXPECT_EQ(key_in("a&#x1;&#13;&#x1F;"), "a\x01\r\x1f");  // as lists have them
}

TEST(RequestXml, HasReferencesThatAreKnown) {
  EXPECT_EQ(key_in("&amp;&lt;&gt;&quot;&apos;"), "&<>\"'");
  for (const char* bad : {"&", "a&b", "&nbsp;", "&#;", "&#x;", "&#-1;", "&#1a;", "& amp;"})
    EXPECT_EQ(key_in(bad), kBad) << bad;
  EXPECT_EQ(outcome("<!DOCTYPE a [<!ENTITY e \"x\">]><a/>"), kBad);
}

TEST(RequestXml, TextIsAllThatStandsThere) {
  EXPECT_EQ(key_in("a<!-- & -->b"), "ab");
  EXPECT_EQ(key_in("a<![CDATA[&<b>]]>c"), "a&<b>c");
  EXPECT_EQ(key_in("a<b/>c"), kBad);
  EXPECT_EQ(key_in(" "), " ");
}

TEST(RequestXml, HasOneRoot) {
  EXPECT_EQ(outcome("<?xml version=\"1.0\"?><!-- c --><a/><!-- d -->\n"), "ok");
  for (const char* bad : {"", "<b/>", "<a>", "<a/><a/>", "<a/>text", "<a></b>", "<a/><![CDATA[x]]>"})
    EXPECT_EQ(outcome(bad), kBad) << bad;
}

TEST(RequestXml, OfAnyDepthUsesNoStack) {
  std::string deep;
  for (int i = 0; i < 1'000'000; ++i) deep += "<a>";
  EXPECT_EQ(outcome(deep), kBad);
  for (int i = 0; i < 1'000'000; ++i) deep += "</a>";
  EXPECT_EQ(outcome(deep), "ok");
}

}  // namespace
}  // namespace millrace::s3
