// AWS's published test vectors (tests/data/sigv4): every signed request is right, and covers what it must.
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <sstream>

#include "api/auth/sigv4.h"
#include "api/auth/sigv4_canonical.h"
#include "api/core/error.h"

namespace millrace::auth {
namespace {

constexpr std::string_view kSecret = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
constexpr SignedService kService{"service", Protocol::json_1_1};
const Time kNow = *parse_signature_time("20150830T123600Z");

struct Vector {
  std::string name, request, canonical, string_to_sign;
};

// A section begins with a line "%% TITLE"; a vector has three: its name, "canonical" and "string-to-sign".
std::vector<Vector> read_vectors(const std::string& file) {
  std::ifstream in(std::string(MILLRACE_SOURCE_DIR) + "/tests/data/sigv4/" + file);
  std::vector<Vector> out;
  std::string* section = nullptr;
  for (std::string line; std::getline(in, line);) {
    if (!line.starts_with("%% ")) {
      if (!section->empty()) *section += '\n';
      *section += line;
      continue;
    }
    const std::string title = line.substr(3);
    if (title == "canonical") {
      section = &out.back().canonical;
    } else if (title == "string-to-sign") {
      section = &out.back().string_to_sign;
    } else {
      out.push_back({.name = title});
      section = &out.back().request;
    }
  }
  return out;
}

// As the server reads it: a line that begins with a space continues the header before it.
HttpRequest read_request(const std::string& text) {
  HttpRequest out;
  std::istringstream in(text);
  std::string line;
  std::getline(in, line);
  const std::size_t first = line.find(' '), last = line.rfind(' ');
  out.method = line.substr(0, first);
  out.target = line.substr(first + 1, last - first - 1);
  std::vector<Headers::Field> fields;
  while (std::getline(in, line) && !line.empty()) {
    if (line.starts_with(' ')) {
      fields.back().second += line;
      continue;
    }
    const std::size_t colon = line.find(':');
    fields.emplace_back(line.substr(0, colon), line.substr(colon + 1));
  }
  for (auto& [name, value] : fields) {
    value.erase(0, std::min(value.find_first_not_of(' '), value.size()));
    out.headers.add(name, value);
  }
  std::getline(in, out.body, '\0');
  return out;
}

bool covers(const SignatureClaim& claim, const HttpRequest& head, const Vector& vector) {
  for (unsigned bits = 0; bits < 8; ++bits)
    if (canonical_request(claim, head, kService, hex_sha256(head.body),
                          {(bits & 1) != 0, (bits & 2) != 0, (bits & 4) != 0}) == vector.canonical)
      return true;
  return false;
}

void check(const Vector& vector) {
  SCOPED_TRACE(vector.name);
  SigningKeys keys;
  HttpRequest request = read_request(vector.request);
  const SignatureClaim claim = parse_signature(request, kService, kNow);
  EXPECT_EQ(claim.form == SignatureForm::query, vector.name.ends_with(" query"));
  EXPECT_TRUE(covers(claim, request, vector)) << vector.canonical;
  try {
    verify_signature(claim, request, kService, kSecret, hex_sha256(request.body), keys);
  } catch (const ApiError& e) {
    ADD_FAILURE() << e.message();
  }
  EXPECT_EQ(keys.size(), 1u);
  EXPECT_THROW(verify_signature(claim, request, kService, "another", hex_sha256(request.body), keys),
               ApiError);
  EXPECT_THROW(verify_signature(claim, request, kService, kSecret, hex_sha256(request.body + " "), keys),
               ApiError);
  const std::string method = std::exchange(request.method, "DELETE");
  try {
    verify_signature(claim, request, kService, kSecret, hex_sha256(request.body), keys);
    ADD_FAILURE() << "another method is signed";
  } catch (const ApiError& e) {
    // The string to sign is the vector's but for the hash of the canonical request.
    const std::string start = vector.string_to_sign.substr(0, vector.string_to_sign.rfind('\n'));
    EXPECT_NE(e.message().find(start), std::string::npos) << e.message();
  }
  request.method = method;
}

TEST(SigV4Vectors, AllOfTheSigningTestSuite) {
  const std::vector<Vector> vectors = read_vectors("aws-c-auth.txt");
  EXPECT_EQ(vectors.size(), 76u);
  for (const Vector& vector : vectors) check(vector);
}

TEST(SigV4Vectors, AllOfTheOlderTestSuite) {
  const std::vector<Vector> vectors = read_vectors("botocore.txt");
  EXPECT_EQ(vectors.size(), 34u);
  for (const Vector& vector : vectors) check(vector);
}

}  // namespace
}  // namespace millrace::auth
