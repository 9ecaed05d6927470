#include "api/s3/multipart.h"

#include <gtest/gtest.h>

#include "api/core/base64.h"
#include "api/core/digest.h"
#include "api/core/error.h"
#include "api/core/protocols/codec.h"

namespace millrace::s3 {
namespace {

template <class Work>
std::string code_of(Work work) {
  try {
    (void)work();
  } catch (const ApiError& e) {
    return e.code();
  }
  return "ok";
}

ChecksumPlan plan(const std::string& algorithm, const std::string& type) {
  Headers headers;
  if (!algorithm.empty()) headers.add("x-amz-checksum-algorithm", algorithm);
  if (!type.empty()) headers.add("x-amz-checksum-type", type);
  return plan_of(headers);
}

TEST(ChecksumPlan, HasAwsDefaults) {
  EXPECT_EQ(plan("", "").algorithm, Algorithm::crc64nvme);
  EXPECT_FALSE(plan("", "").declared);
  EXPECT_TRUE(plan("CRC32", "").composite);
  EXPECT_TRUE(plan("SHA256", "").composite);
  EXPECT_FALSE(plan("CRC64NVME", "").composite);
  EXPECT_FALSE(plan("CRC32C", "FULL_OBJECT").composite);
  storage::Attributes attributes;
  set_plan(attributes, plan("CRC32C", "FULL_OBJECT"));
  EXPECT_EQ(plan_of(attributes).algorithm, Algorithm::crc32c);
  EXPECT_FALSE(plan_of(attributes).composite);
}

TEST(ChecksumPlan, RefusesWhatDoesNotGoTogether) {
  EXPECT_EQ(code_of([] { return plan("SHA256", "FULL_OBJECT"); }), "InvalidRequest");
  EXPECT_EQ(code_of([] { return plan("CRC64NVME", "COMPOSITE"); }), "InvalidRequest");
  EXPECT_EQ(code_of([] { return plan("", "COMPOSITE"); }), "InvalidRequest");
  EXPECT_EQ(code_of([] { return plan("CRC16", ""); }), "InvalidRequest");
  EXPECT_EQ(code_of([] { return plan("CRC32", "HALF"); }), "InvalidRequest");
}

// What the body names, as the operation gets it.
std::vector<NamedPart> parts_in(const std::string& body) {
  struct Input {
    std::optional<CompletedUpload> upload;
  };
  static constexpr auto kInput = shape<Input>(field("MultipartUpload", &Input::upload, in_payload,
                                                    in_xml("CompleteMultipartUpload"), kCompletedUpload));
  const millrace::Operation op{.name = "CompleteMultipartUpload", .input = kInput};
  Request request;
  request.http.body = body;
  Input in;
  decode(op.input, &in, rest_xml_codec().parse(op, request));
  return named_parts(in.upload.value_or(CompletedUpload{}), "u");
}

std::string parts_xml(const std::string& inside) {
  return "<CompleteMultipartUpload xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">" + inside +
         "</CompleteMultipartUpload>";
}

TEST(NamedParts, AreReadAndChecked) {
  const auto parts = parts_in(parts_xml(
      "<Part><ETag>\"a\"</ETag><PartNumber>1</PartNumber></Part>"
      "<Part><PartNumber>3</PartNumber><ETag>b</ETag><ChecksumCRC32>AAAAAA==</ChecksumCRC32></Part>"));
  ASSERT_EQ(parts.size(), 2u);
  EXPECT_EQ(parts[0].tag, "a");
  EXPECT_EQ(parts[1].number, 3u);
  EXPECT_EQ(parts[1].checksum->text, "AAAAAA==");
  const std::string one = "<Part><ETag>a</ETag><PartNumber>1</PartNumber></Part>";
  EXPECT_EQ(code_of([&] { return parts_in(parts_xml(one + one)); }), "InvalidPartOrder");
  for (const std::string& bad :
       {std::string("{}"), std::string("<Other/>"), "<a>" + one, parts_xml("<Part><ETag>a</ETag></Part>"),
        parts_xml("<Part><PartNumber>1</PartNumber></Part>"),
        parts_xml("<Part><ETag>a</ETag><PartNumber>0</PartNumber></Part>"),
        parts_xml("<Part><ETag>a</ETag><PartNumber>10001</PartNumber></Part>"),
        parts_xml("<Part><ETag><x/></ETag><PartNumber>1</PartNumber></Part>"),
        parts_xml("<Part><ETag>a</ETag><PartNumber>1x</PartNumber></Part>")})
    EXPECT_EQ(code_of([&] { return parts_in(bad); }), "MalformedXML") << bad;
  for (const std::string& none : {std::string(), parts_xml("")})
    EXPECT_EQ(code_of([&] { return parts_in(none); }), "InvalidRequest") << none;
}

storage::Part part(std::uint32_t number, const std::string& bytes, std::uint64_t size) {
  storage::Part out{.number = number, .size = size, .modified = {}, .description = {hex(md5_of(bytes)), {}}};
  add_part_checksum(out.description.attributes, Algorithm::crc32, digest_of(Algorithm::crc32, bytes));
  return out;
}

constexpr ChecksumPlan kDeclared{Algorithm::crc32, true, false}, kComposite{Algorithm::crc32, true, true};

TEST(ChosenParts, AreThoseThatWereBrought) {
  const std::vector<storage::Part> brought{part(1, "a", kMinPartBytes), part(2, "b", 1), part(5, "c", 1)};
  const std::string a = hex(md5_of("a")), b = hex(md5_of("b")), c = hex(md5_of("c"));
  EXPECT_EQ(chosen_parts({{1, a, {}}, {5, c, {}}}, brought, kDeclared, "u").size(), 2u);
  EXPECT_EQ(code_of([&] { return chosen_parts({{1, b, {}}}, brought, kDeclared, "u"); }), "InvalidPart");
  EXPECT_EQ(code_of([&] { return chosen_parts({{3, a, {}}}, brought, kDeclared, "u"); }), "InvalidPart");
  EXPECT_EQ(code_of([&] {
              return chosen_parts({{2, b, {}}, {5, c, {}}}, brought, kDeclared, "u");
            }),
            "EntityTooSmall");
  const Checksum wrong{Algorithm::crc32, "AAAAAA==", false};
  EXPECT_EQ(code_of([&] { return chosen_parts({{1, a, wrong}}, brought, kDeclared, "u"); }), "InvalidPart");
}

TEST(ChosenParts, HaveTheChecksumsThatTheUploadAsksFor) {
  const std::vector<storage::Part> brought{part(1, "a", 1)};
  const std::string a = hex(md5_of("a"));
  const auto code = [&](std::optional<Checksum> checksum, const ChecksumPlan& plan) {
    return code_of([&] { return chosen_parts({{1, a, checksum}}, brought, plan, "u"); });
  };
  const Checksum right{Algorithm::crc32, base64_encode(digest_of(Algorithm::crc32, "a")), false};
  const Checksum other{Algorithm::sha1, base64_encode(digest_of(Algorithm::sha1, "a")), false};
  EXPECT_EQ(code(right, kComposite), "ok");
  EXPECT_EQ(code(std::nullopt, kComposite), "InvalidRequest");
  EXPECT_EQ(code(other, kComposite), "BadDigest");
  EXPECT_EQ(code(std::nullopt, kDeclared), "ok");
  EXPECT_EQ(code(right, kDeclared), "ok");
  EXPECT_EQ(code(right, {}), "InvalidPart") << "no algorithm was declared";
}

TEST(Parts, AreKeptWithTheObject) {
  storage::Attributes attributes;
  EXPECT_TRUE(parts_of(attributes).empty());
  set_parts(attributes, kComposite, {part(1, "a", 5), part(2, "b", 1)});
  const auto parts = parts_of(attributes);
  ASSERT_EQ(parts.size(), 2u);
  EXPECT_EQ(parts[0].size, 5u);
  EXPECT_EQ(parts[1].checksum, base64_encode(digest_of(Algorithm::crc32, "b")));
  attributes.clear();
  set_parts(attributes, {}, {part(1, "a", 5)});
  EXPECT_EQ(parts_of(attributes).front().checksum, "");
}

TEST(Parts, MakeTheTagAndTheChecksum) {
  const std::vector<storage::Part> parts{part(1, "hello ", 6), part(2, "world", 5)};
  EXPECT_EQ(tag_of_parts(parts), hex(md5_of(md5_of("hello ") + md5_of("world"))) + "-2");
  EXPECT_EQ(checksum_of_parts({Algorithm::crc32, true, false}, parts).text,
            base64_encode(digest_of(Algorithm::crc32, "hello world")));
  EXPECT_TRUE(checksum_of_parts({Algorithm::crc32, true, true}, parts).text.ends_with("-2"));
}

TEST(ObjectHeaders, AreKeptInLowerCase) {
  Headers headers;
  headers.add("Content-Type", "text/plain");
  headers.add("X-Amz-Meta-Color", "Red");
  headers.add("Content-Encoding", "gzip, aws-chunked");
  headers.add("Host", "localhost");
  const storage::Attributes kept = kept_headers(headers);
  EXPECT_EQ(attribute(kept, "content-type"), "text/plain");
  EXPECT_EQ(attribute(kept, "x-amz-meta-color"), "Red");
  EXPECT_EQ(attribute(kept, "content-encoding"), "gzip");
  EXPECT_EQ(kept.size(), 3u);
  headers.set("Content-Encoding", "deflate, gzip");
  EXPECT_EQ(attribute(kept_headers(headers), "content-encoding"), "deflate, gzip");
  EXPECT_EQ(attribute(kept_headers({}), "content-type"), "binary/octet-stream");
}

TEST(ObjectHeaders, ThatPromiseWhatIsNotHereAreRefused) {
  const auto code = [](const char* name, const std::string& value) {
    return code_of([&] {
      Headers headers;
      headers.add(name, value);
      return kept_headers(headers);
    });
  };
  EXPECT_EQ(code("x-amz-server-side-encryption", "AES256"), "ok");
  EXPECT_EQ(code("x-amz-server-side-encryption", "aws:kms"), "NotImplemented");
  EXPECT_EQ(code("x-amz-server-side-encryption", "ROT13"), "InvalidEncryptionAlgorithmError");
  EXPECT_EQ(code("x-amz-server-side-encryption-customer-algorithm", "AES256"), "NotImplemented");
  EXPECT_EQ(code("x-amz-server-side-encryption-aws-kms-key-id", "k"), "NotImplemented");
  EXPECT_EQ(code("x-amz-tagging", "a=b"), "ok");
  EXPECT_EQ(code("x-amz-tagging", "a=b&a=c"), "InvalidArgument");
  EXPECT_EQ(code("x-amz-acl", "public-read"), "AccessControlListNotSupported");
  EXPECT_EQ(code("x-amz-grant-read", "id=1"), "AccessControlListNotSupported");
  EXPECT_EQ(code("x-amz-acl", "private"), "ok");
  EXPECT_EQ(code("x-amz-storage-class", "GLACIER"), "NotImplemented");
  EXPECT_EQ(code("x-amz-storage-class", "STANDARD_IA"), "ok");
  EXPECT_EQ(code("x-amz-storage-class", "CHEAP"), "InvalidStorageClass");
  EXPECT_EQ(code("x-amz-meta-a", std::string(2047, 'x')), "ok");
  EXPECT_EQ(code("x-amz-meta-a", std::string(2048, 'x')), "MetadataTooLarge");
}

}  // namespace
}  // namespace millrace::s3
