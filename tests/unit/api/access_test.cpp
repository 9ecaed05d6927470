// What each operation's row says of access: none lacks its row, and the resources follow from the input.
#include "api/core/access.h"

#include <gtest/gtest.h>

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

const ServiceModel* const kModels[] = {
    &dynamodb::service_model(), &iam::service_model(),  &kinesis::service_model(), &kms::service_model(),
    &lambda::service_model(),   &logs::service_model(), &s3::service_model(),      &sts::service_model()};

TEST(Access, NoOperationLacksItsRow) {
  for (const ServiceModel* model : kModels) {
    for (const Operation* op : model->operations) {
      EXPECT_NE(op->access, Access::unset) << model->name << " " << op->name;
      EXPECT_TRUE(op->permissions[0].resources) << model->name << " " << op->name;
      const std::string_view name = op->name;
      const bool reads = name.starts_with("Get") || name.starts_with("Head") || name.starts_with("List") ||
                         name.starts_with("Describe") || name.starts_with("Filter") ||
                         name.starts_with("Simulate") || name == "SubscribeToShard" || name == "Query" ||
                         name == "Scan" || name == "BatchGetItem" || name == "TransactGetItems" ||
                         // KMS: CloudTrail calls them reads.
                         name == "Encrypt" || name == "Decrypt" || name == "ReEncrypt" || name == "Sign" ||
                         name.starts_with("Generate") || name.starts_with("Verify");
      EXPECT_EQ(op->access, reads ? Access::reads : Access::writes) << model->name << " " << name;
    }
  }
}

// "action resource", a line each.
std::string demands(const ServiceModel& model, std::string_view operation, const Json& input) {
  const Principal caller = root_of("111122223333", "eu-west-1");
  for (const Operation* op : model.operations) {
    if (op->name != operation) continue;
    const std::unique_ptr<Call> call = op->begin(*op);
    decode(op->input, call->input(), input);
    std::string out;
    for (const Demand& d : demands_of(model, *op, nullptr, InputView(op->input, call->input()), caller))
      out += (out.empty() ? "" : "\n") + d.action + " " + d.resource.arn();
    return out;
  }
  return "no such operation";
}

TEST(Access, StreamsAreNamedOrGivenByArn) {
  const ServiceModel& model = kinesis::service_model();
  EXPECT_EQ(demands(model, "PutRecords", {{"StreamName", "s"}}),
            "kinesis:PutRecords arn:aws:kinesis:eu-west-1:111122223333:stream/s");
  EXPECT_EQ(demands(model, "PutRecord", {{"StreamARN", "arn:aws:kinesis:us-east-1:444455556666:stream/t"}}),
            "kinesis:PutRecord arn:aws:kinesis:us-east-1:444455556666:stream/t");
  EXPECT_EQ(demands(model, "PutRecord", {{"StreamARN", "nonsense"}}), "") << "the operation refuses it";
  EXPECT_EQ(demands(model, "ListStreams", Json::object()), "kinesis:ListStreams *");
  EXPECT_EQ(
      demands(model, "TagResource",
              {{"ResourceARN", "arn:aws:kinesis:eu-west-1:111122223333:stream/s/consumer/c:1700000000"}}),
      "kinesis:TagResource arn:aws:kinesis:eu-west-1:111122223333:stream/s/consumer/c:1700000000");
}

TEST(Access, FunctionsAreNamedInEveryForm) {
  const ServiceModel& model = lambda::service_model();
  const std::string arn = "arn:aws:lambda:eu-west-1:111122223333:function:f";
  EXPECT_EQ(demands(model, "Invoke", {{"FunctionName", "f"}}), "lambda:InvokeFunction " + arn);
  EXPECT_EQ(demands(model, "Invoke", {{"FunctionName", "f"}, {"Qualifier", "live"}}),
            "lambda:InvokeFunction " + arn + ":live");
  EXPECT_EQ(demands(model, "Invoke", {{"FunctionName", arn + ":2"}}), "lambda:InvokeFunction " + arn + ":2");
  EXPECT_EQ(demands(model, "CreateFunction",
                    {{"FunctionName", "f"}, {"Role", "arn:aws:iam::111122223333:role/team/r"}}),
            "lambda:CreateFunction " + arn + "\niam:PassRole arn:aws:iam::111122223333:role/team/r");
  EXPECT_EQ(demands(model, "DeleteEventSourceMapping", {{"UUID", "u"}}),
            "lambda:DeleteEventSourceMapping arn:aws:lambda:eu-west-1:111122223333:event-source-mapping:u");
  EXPECT_EQ(demands(model, "ListLayerVersions", {{"LayerName", "l"}}),
            "lambda:ListLayerVersions arn:aws:lambda:eu-west-1:111122223333:layer:l");
}

TEST(Access, TablesAreNamedOrGivenByArn) {
  const ServiceModel& model = dynamodb::service_model();
  EXPECT_EQ(demands(model, "PutItem", {{"TableName", "t"}}),
            "dynamodb:PutItem arn:aws:dynamodb:eu-west-1:111122223333:table/t");
  EXPECT_EQ(demands(model, "Query", {{"TableName", "t"}, {"IndexName", "i"}}),
            "dynamodb:Query arn:aws:dynamodb:eu-west-1:111122223333:table/t/index/i");
  EXPECT_EQ(
      demands(model, "DescribeTable", {{"TableName", "arn:aws:dynamodb:us-east-1:111122223333:table/u"}}),
      "dynamodb:DescribeTable arn:aws:dynamodb:us-east-1:111122223333:table/u");
}

TEST(Access, IdentitiesAreNamed) {
  const ServiceModel& model = iam::service_model();
  EXPECT_EQ(demands(model, "PutUserPolicy", {{"UserName", "u"}}),
            "iam:PutUserPolicy arn:aws:iam::111122223333:user/u");
  EXPECT_EQ(demands(model, "CreateRole", {{"RoleName", "r"}, {"Path", "/team/"}}),
            "iam:CreateRole arn:aws:iam::111122223333:role/team/r");
  EXPECT_EQ(demands(model, "AddUserToGroup", {{"GroupName", "g"}, {"UserName", "u"}}),
            "iam:AddUserToGroup arn:aws:iam::111122223333:group/g");
  EXPECT_EQ(demands(model, "GetPolicy", {{"PolicyArn", "arn:aws:iam::aws:policy/AdministratorAccess"}}),
            "iam:GetPolicy arn:aws:iam::aws:policy/AdministratorAccess");
  EXPECT_EQ(demands(model, "CreatePolicy", {{"PolicyName", "p"}}),
            "iam:CreatePolicy arn:aws:iam::111122223333:policy/p");
  EXPECT_EQ(demands(model, "ListUsers", Json::object()), "iam:ListUsers *");
}

TEST(Access, WhoCallsNeedsNoPermissionToKnowIt) {
  EXPECT_EQ(demands(sts::service_model(), "GetCallerIdentity", Json::object()), "");
}

TEST(Access, BatchesAndTransactionsNeedPermissionForEachTable) {
  const ServiceModel& model = dynamodb::service_model();
  const std::string table = "arn:aws:dynamodb:eu-west-1:111122223333:table/";
  EXPECT_EQ(
      demands(model, "BatchWriteItem", {{"RequestItems", {{"b", Json::array()}, {"a", Json::array()}}}}),
      "dynamodb:BatchWriteItem " + table + "a\ndynamodb:BatchWriteItem " + table + "b");
  EXPECT_EQ(demands(model, "TransactGetItems", {{"TransactItems", {{{"Get", {{"TableName", "t"}}}}}}}),
            "dynamodb:GetItem " + table + "t");
  EXPECT_EQ(demands(model, "TransactWriteItems",
                    {{"TransactItems",
                      {{{"Delete", {{"TableName", "t"}}}},
                       {{"ConditionCheck", {{"TableName", "u"}}}},
                       {{"Put", {{"TableName", "t"}}}}}}}),
            "dynamodb:PutItem " + table + "t\ndynamodb:DeleteItem " + table +
                "t\ndynamodb:ConditionCheckItem " + table + "u");
}

TEST(Access, LogGroupsStandForTheirStreams) {
  const ServiceModel& model = logs::service_model();
  EXPECT_EQ(demands(model, "PutRetentionPolicy", {{"logGroupName", "/aws/lambda/f"}}),
            "logs:PutRetentionPolicy arn:aws:logs:eu-west-1:111122223333:log-group:/aws/lambda/f:*");
  EXPECT_EQ(demands(model, "GetLogEvents",
                    {{"logGroupIdentifier", "arn:aws:logs:eu-west-1:111122223333:log-group:g"}}),
            "logs:GetLogEvents arn:aws:logs:eu-west-1:111122223333:log-group:g:*");
}

TEST(Access, ObjectsAndBucketsAreNamedWithoutAnAccount) {
  const ServiceModel& model = s3::service_model();
  const Json object{{"Bucket", "b"}, {"Key", "k/l"}};
  const Json bucket{{"Bucket", "b"}};
  EXPECT_EQ(demands(model, "PutObject", object), "s3:PutObject arn:aws:s3:::b/k/l");
  EXPECT_EQ(demands(model, "UploadPart", object), "s3:PutObject arn:aws:s3:::b/k/l");
  EXPECT_EQ(demands(model, "HeadObject", object), "s3:GetObject arn:aws:s3:::b/k/l");
  EXPECT_EQ(demands(model, "ListObjectsV2", bucket), "s3:ListBucket arn:aws:s3:::b");
  EXPECT_EQ(demands(model, "DeleteBucketCors", bucket), "s3:PutBucketCORS arn:aws:s3:::b");
  EXPECT_EQ(demands(model, "ListBuckets", Json::object()), "s3:ListAllMyBuckets *");
}

TEST(Access, ACopyReadsItsSourceToo) {
  EXPECT_EQ(demands(s3::service_model(), "CopyObject",
                    {{"Bucket", "b"}, {"Key", "k"}, {"x-amz-copy-source", "/from/x%20y"}}),
            "s3:PutObject arn:aws:s3:::b/k\ns3:GetObject arn:aws:s3:::from/x y");
  EXPECT_EQ(
      demands(s3::service_model(), "CopyObject", {{"Bucket", "b"}, {"Key", "k"}, {"x-amz-copy-source", "x"}}),
      "s3:PutObject arn:aws:s3:::b/k")
      << "the operation refuses it";
}

TEST(Access, EachKeyOfDeleteObjectsIsDemandedByItself) {
  const Json keys{{"Objects", Json::array({Json{{"Key", "k"}}, Json{{"Key", "l"}}})}};
  EXPECT_EQ(demands(s3::service_model(), "DeleteObjects", {{"Bucket", "b"}, {"Delete", keys}}),
            "s3:DeleteObject arn:aws:s3:::b/k\ns3:DeleteObject arn:aws:s3:::b/l");
}

TEST(Access, S3sActionsAreThoseOfIam) {
  for (const Operation* op : s3::operations())
    for (const Permission& p : op->permissions) {
      if (!p.resources) continue;
      const std::string action = p.action ? p.action : std::string("s3:") + op->name;
      EXPECT_TRUE(action.starts_with("s3:") && !action.starts_with("s3:Head")) << op->name << " " << action;
    }
}

TEST(Access, PrincipalsHaveArns) {
  EXPECT_EQ(root_of("111122223333", "cn-north-1").arn, "arn:aws-cn:iam::111122223333:root");
  const Principal session =
      role_session("arn:aws:iam::111122223333:role/team/r", "f", "111122223333", "eu-west-1");
  EXPECT_EQ(session.arn, "arn:aws:sts::111122223333:assumed-role/r/f");
  EXPECT_EQ(session.session, "f");
}

}  // namespace
}  // namespace millrace
