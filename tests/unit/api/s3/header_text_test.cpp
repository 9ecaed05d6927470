#include "api/s3/header_text.h"

#include <gtest/gtest.h>

namespace millrace::s3 {
namespace {

// The pairs are recordings of AWS.
TEST(HeaderText, IsEncodedAsAwsDoes) {
  EXPECT_EQ(encoded_header("plain !\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~\t"),
            "plain !\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~\t");
  EXPECT_EQ(encoded_header("ÄMÄZÕÑ S3"), "=?UTF-8?Q?=C3=84M=C3=84Z=C3=95=C3=91_S3?=");
  EXPECT_EQ(encoded_header("test_—_file%E2%80%94_é_2?.pdf"),
            "=?UTF-8?Q?test=5F=E2=80=94=5Ffile%E2%80%94=5F=C3=A9=5F2=3F.pdf?=");
  EXPECT_EQ(encoded_header(std::string_view("\0\1\2\3", 4)), "=?UTF-8?B?AAECAw==?=");
  EXPECT_EQ(encoded_header("\xEF\xBF\xBD"), "=?UTF-8?B?77+9?=");
  EXPECT_EQ(encoded_header("Z\xFCrich"), "=?UTF-8?Q?Z=C3=BCrich?=")
      << "bytes that are no UTF-8 are ISO-8859-1";
  EXPECT_EQ(encoded_header("a\r\nb"), "=?UTF-8?B?YQ0KYg==?=");
}

TEST(HeaderText, IsDecodedFromItsWords) {
  EXPECT_EQ(decoded_header("=?UTF-8?Q?actually-ascii?="), "actually-ascii");
  EXPECT_EQ(decoded_header("=?UTF-8?B?YWJj?="), "abc");
  EXPECT_EQ(decoded_header("=?utf-8?q?Z=C3=BCrich_1?="), "Zürich 1");
  EXPECT_EQ(decoded_header("=?iso-8859-1?Q?Z=FCrich?="), "Zürich");
  EXPECT_EQ(decoded_header("a =?UTF-8?Q?b?= =?UTF-8?Q?c?= d"), "a bc d")
      << "blanks between words are no text";
  for (const char* same : {"", "plain", "=?", "=?UTF-8?Q?", "=?UTF-8?X?a?=", "=?UTF-8?Q?=C3?=",
                           "=?UTF-8?Q?=4?=", "=?KOI8-R?Q?a?=", "=?UTF-8?B?=GGG?="})
    EXPECT_EQ(decoded_header(same), same);
}

TEST(HeaderText, OfLatin1) {
  std::string out;
  EXPECT_TRUE(to_latin1("Zürich", &out));
  EXPECT_EQ(out, "Z\xFCrich");
  EXPECT_EQ(from_latin1(out), "Zürich");
  for (const char* refused : {"—", "a\r\nb", "\x7f", "\xFC"})
    EXPECT_FALSE(to_latin1(refused, &out)) << refused;
}

}  // namespace
}  // namespace millrace::s3
