// Every member of every request that AWS's service models have (model_members.txt) is read by the operation's
// shape, or the shape says why it is ignored or refused: nothing that a client asks for is skipped in
// silence.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <sstream>

#include "api/core/header_fields.h"
#include "api/core/operation.h"
#include "api/dynamodb/service.h"
#include "api/iam/service.h"
#include "api/kinesis/service.h"
#include "api/kms/service.h"
#include "api/lambda/service.h"
#include "api/logs/service.h"
#include "api/s3/service.h"
#include "api/sts/service.h"

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
    if (name != f.name && !(holds_headers(f) && holds_header(f, name))) continue;
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

// `by_hand`: whether something else reads the member at a path that no shape knows.
void check_service(const std::string& service, std::span<const Operation* const> operations,
                   const std::function<bool(const Operation&, const std::string&)>& by_hand = nullptr) {
  Model model = read_model();
  ASSERT_FALSE(model[service].empty());
  for (const Operation* op : operations) {
    ASSERT_TRUE(model[service].contains(op->name)) << service << " has no operation " << op->name;
    std::string skipped;
    for (const std::string& member : model[service][op->name])
      if (fate_of(op->input, member) == Fate::skipped && !(by_hand && by_hand(*op, member)))
        skipped += " " + member;
    EXPECT_EQ(skipped, "") << service << " " << op->name << " skips members without saying why";
    check_reasons(op->input, std::string(op->name) + " ");
  }
}

// ---- S3 ----

struct Decision {
  const char* prefix;  // of a member's path
  const char* why;
};

// Members of the documents that S3 keeps in XML, which its code does not name one by one.
constexpr Decision kOfDocuments[] = {
    {"AccessControlPolicy.", "refused: a body with grants"},
    {"BucketLoggingStatus.", "refused: whatever the document has"},
    {"NotificationConfiguration.", "refused: whatever the document has"},
    {"LifecycleConfiguration.Rules", "read: a Rule each"},
    {"ServerSideEncryptionConfiguration.Rules", "read: a Rule each"},
    {"OwnershipControls.Rules", "read: a Rule each"},
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
  const std::string code = code_of(std::filesystem::path(MILLRACE_SOURCE_DIR) / "api/s3");
  check_service("s3", s3::operations(), [&](const Operation& op, const std::string& member) {
    const std::string document = member.substr(0, member.find('.'));
    if (document == member || fate_of(op.input, document) != Fate::read) return false;
    const std::string name = member.substr(member.rfind('.') + 1);
    return code.find('"' + lower(name) + '"') != std::string::npos ||
           std::any_of(std::begin(kOfDocuments), std::end(kOfDocuments),
                       [&](const Decision& d) { return member.starts_with(d.prefix); });
  });
}

TEST(ModelMembers, DynamoDbSkipsNoneWithoutAReason) { check_service("dynamodb", dynamodb::operations()); }
TEST(ModelMembers, IamSkipsNoneWithoutAReason) { check_service("iam", iam::operations()); }
TEST(ModelMembers, StsSkipsNoneWithoutAReason) { check_service("sts", sts::operations()); }
TEST(ModelMembers, KinesisSkipsNoneWithoutAReason) { check_service("kinesis", kinesis::operations()); }
TEST(ModelMembers, KmsSkipsNoneWithoutAReason) { check_service("kms", kms::operations()); }
TEST(ModelMembers, LambdaSkipsNoneWithoutAReason) { check_service("lambda", lambda::operations()); }
TEST(ModelMembers, LogsSkipNoneWithoutAReason) { check_service("logs", logs::operations()); }

}  // namespace
}  // namespace millrace
