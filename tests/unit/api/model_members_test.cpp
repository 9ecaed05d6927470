// Every member of every request that AWS's service models have (model_members.txt) is read by the operation's
// shape, or the shape says why it is ignored or refused: nothing that a client asks for is skipped in
// silence.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>

#include "api/core/operation.h"
#include "api/kinesis/service.h"
#include "api/lambda/service.h"
#include "api/logs/service.h"
#include "api/s3/operation.h"
#include "api/s3/service.h"

namespace millrace {
namespace {

const std::filesystem::path kFolder = std::filesystem::path(MILLRACE_SOURCE_DIR) / "tests/unit/api";

// The paths of an operation's members ("Records.Data"), by service and operation.
using Model = std::map<std::string, std::map<std::string, std::vector<std::string>>>;

Model read_model() {
  Model model;
  std::ifstream file(kFolder / "model_members.txt");
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with('#')) continue;
    std::istringstream words(line);
    std::string service, operation, member;
    words >> service >> operation;
    auto& members = model[service][operation];
    while (words >> member) members.push_back(member);
  }
  return model;
}

enum class Fate { read, ignored, refused, skipped };

// What a shape does with the member at a path.
Fate fate_of(Fields fields, std::string_view path) {
  const std::string_view name = path.substr(0, path.find('.'));
  for (const FieldInfo& f : fields) {
    if (name != f.name) continue;
    if (f.ignored) return Fate::ignored;
    if (f.refused) return Fate::refused;
    if (name.size() == path.size() || f.kind == Kind::document) return Fate::read;
    return fate_of(f.nested(), path.substr(name.size() + 1));
  }
  return Fate::skipped;
}

void check_reasons(Fields fields, const std::string& path) {
  for (const FieldInfo& f : fields) {
    for (const char* why : {f.ignored, f.refused})
      if (why) EXPECT_GT(std::string(why).size(), 10u) << path << f.name << " has no reason";
    check_reasons(f.nested(), path + f.name + ".");
  }
}

void check_service(const std::string& service, std::span<const Operation* const> operations) {
  Model model = read_model();
  ASSERT_FALSE(model[service].empty());
  for (const Operation* op : operations) {
    ASSERT_TRUE(model[service].contains(op->name)) << service << " has no operation " << op->name;
    std::string skipped;
    for (const std::string& member : model[service][op->name])
      if (fate_of(op->input, member) == Fate::skipped) skipped += " " + member;
    EXPECT_EQ(skipped, "") << service << " " << op->name << " skips members without saying why";
    check_reasons(op->input, std::string(op->name) + " ");
  }
}

// ---- S3 ----

struct Decision {
  const char* prefix;  // of a member's path
  const char* why;
};

// The members that the code of S3 does not name one by one.
constexpr Decision kOfS3[] = {
    {"Body", "read: the request's body"},
    {"Content-Length", "read by HTTP"},
    {"Delete", "read: the request's body, XML"},
    {"MultipartUpload", "read: the request's body, XML"},
    {"AccessControlPolicy.", "read: the request's body, XML"},
    {"LifecycleConfiguration.", "read: the request's body, XML"},
    {"OwnershipControls.", "read: the request's body, XML"},
    {"ServerSideEncryptionConfiguration.", "read: the request's body, XML"},
    {"BucketLoggingStatus.", "refused, unless the document is empty"},
    {"NotificationConfiguration.", "refused, unless the document is empty"},
    {"x-amz-skip-destination-validation", "ignored: there are no destinations"},
    {"x-amz-checksum-", "read: by the names of the algorithms"},
    {"CreateBucketConfiguration.Bucket.", "ignored: of directory buckets, which S3 Express has"},
    {"CreateBucketConfiguration.Location.", "ignored: of directory buckets"},
    {"x-amz-if-match-initiated-time", "ignored: of directory buckets"},
    {"x-amz-bucket-namespace", "ignored: the names of buckets are those of an account anyway"},
    {"LifecycleConfiguration.Rules", "read: the request's body, XML"},
    {"ServerSideEncryptionConfiguration.Rules", "read: the request's body, XML"},
    {"OwnershipControls.Rules", "read: the request's body, XML"},
    {"AccessControlPolicy.", "refused: a body with grants"},
    {"BucketLoggingStatus.", "refused: whatever the document has"},
    {"NotificationConfiguration.", "refused: whatever the document has"},
    {"x-amz-skip-destination-validation", "ignored: no destination is taken"},
    {"x-amz-mfa", "ignored: no bucket asks for it"},
    {"x-amz-object-annotation-directive", "ignored: no object has annotations"},
    {"x-amz-optional-object-attributes", "ignored: it asks for the state of restores, which no object has"},
    {"x-amz-request-payer", "ignored: nobody pays for requests"},
    {"x-amz-grant-", "refused by the prefix"},
    {"x-amz-object-lock-", "refused: no bucket has an Object Lock configuration"},
    {"x-amz-bucket-object-lock-token", "refused: no bucket takes an Object Lock configuration"},
    {"ObjectLockConfiguration", "refused: no bucket takes one"},
    {"Retention", "refused: no bucket has an Object Lock configuration"},
    {"LegalHold", "refused: no bucket has an Object Lock configuration"},
    {"x-amz-server-side-encryption-",
     "refused by the prefix where objects are written; ignored where they are read, since none has a "
     "customer's key"},
    {"x-amz-copy-source-server-side-encryption-", "ignored: no object has a customer's key"},
};

std::string lower(std::string text) {
  for (char& c : text)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
  return text;
}

// All of a folder's code, in lower case.
std::string code_of(const std::filesystem::path& folder) {
  std::string all;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    if (entry.path().extension() != ".cpp" && entry.path().extension() != ".h") continue;
    std::ifstream file(entry.path());
    all.append(std::istreambuf_iterator<char>(file), {});
  }
  return lower(all);
}

TEST(ModelMembers, S3SkipsNoneWithoutAReason) {
  Model model = read_model();
  const std::string code = code_of(std::filesystem::path(MILLRACE_SOURCE_DIR) / "api/s3");
  for (const s3::Operation* op : s3::operations()) {
    ASSERT_TRUE(model["s3"].contains(op->name)) << op->name;
    for (const std::string& member : model["s3"][op->name]) {
      if (member == "Bucket" || member == "Key") continue;  // the path
      const std::string name = member.substr(member.rfind('.') + 1);
      if (code.find('"' + lower(name) + '"') != std::string::npos) continue;
      EXPECT_TRUE(std::any_of(std::begin(kOfS3), std::end(kOfS3),
                              [&](const Decision& d) { return member.starts_with(d.prefix); }))
          << op->name << " skips " << member << " without saying why";
    }
  }
}

TEST(ModelMembers, KinesisSkipsNoneWithoutAReason) { check_service("kinesis", kinesis::operations()); }
TEST(ModelMembers, LambdaSkipsNoneWithoutAReason) { check_service("lambda", lambda::operations()); }
TEST(ModelMembers, LogsSkipNoneWithoutAReason) { check_service("logs", logs::operations()); }

}  // namespace
}  // namespace millrace
