#include "api/auth/identities/aws_policies.h"

#include <algorithm>
#include <memory>

#include "api/auth/identities/entity.h"
#include "api/auth/identities/unique_id.h"

namespace millrace::auth {

namespace {

// AWS's own documents name actions of many more services; these name the actions of the services that this
// server has or will have. Source: AWS managed policy reference guide.
struct Described {
  const char* name;
  const char* path;
  int version;  // the default version at AWS, and the only one here
  std::int64_t created_s;
  const char* description;
  const char* document;
};

constexpr const char kRoot[] = "/", kServiceRole[] = "/service-role/";

// clang-format off
constexpr Described kPolicies[] = {
    {"AdministratorAccess", kRoot, 1, 1423248000,
     "Provides full access to AWS services and resources.",
     R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]})"},
    {"AmazonAthenaFullAccess", kRoot, 1, 1480531200,
     "Provide full access to Amazon Athena and scoped access to the dependencies needed to enable querying, writing results, and data management.",
     R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"athena:*","Resource":"*"},)"
     R"({"Effect":"Allow","Action":["glue:BatchCreatePartition","glue:BatchDeletePartition",)"
     R"("glue:BatchDeleteTable","glue:BatchGetPartition","glue:CreateDatabase","glue:CreatePartition",)"
     R"("glue:CreateTable","glue:DeleteDatabase","glue:DeletePartition","glue:DeleteTable",)"
     R"("glue:GetDatabase","glue:GetDatabases","glue:GetPartition","glue:GetPartitions","glue:GetTable",)"
     R"("glue:GetTables","glue:UpdateDatabase","glue:UpdatePartition","glue:UpdateTable"],)"
     R"("Resource":"*"},{"Effect":"Allow","Action":["s3:GetBucketLocation","s3:GetObject",)"
     R"("s3:ListBucket","s3:ListBucketMultipartUploads","s3:ListMultipartUploadParts",)"
     R"("s3:AbortMultipartUpload","s3:CreateBucket","s3:PutObject","s3:PutBucketPublicAccessBlock"],)"
     R"("Resource":["arn:aws:s3:::aws-athena-query-results-*"]},{"Effect":"Allow",)"
     R"("Action":["s3:GetBucketLocation","s3:ListAllMyBuckets","s3:ListBucket"],"Resource":"*"}]})"},
    {"AmazonDynamoDBFullAccess", kRoot, 15, 1423248000,
     "Provides full access to Amazon DynamoDB via the AWS Management Console.",
     R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["dynamodb:*",)"
     R"("cloudwatch:DeleteAlarms","cloudwatch:DescribeAlarmHistory","cloudwatch:DescribeAlarms",)"
     R"("cloudwatch:DescribeAlarmsForMetric","cloudwatch:GetMetricStatistics","cloudwatch:ListMetrics",)"
     R"("cloudwatch:PutMetricAlarm","cloudwatch:GetMetricData","iam:GetRole","iam:ListRoles",)"
     R"("kms:DescribeKey","kms:ListAliases","lambda:CreateFunction","lambda:ListFunctions",)"
     R"("lambda:ListEventSourceMappings","lambda:CreateEventSourceMapping",)"
     R"("lambda:DeleteEventSourceMapping","lambda:GetFunctionConfiguration","lambda:DeleteFunction",)"
     R"("kinesis:ListStreams","kinesis:DescribeStream","kinesis:DescribeStreamSummary"],"Resource":"*"},)"
     R"({"Effect":"Allow","Action":["iam:PassRole"],"Resource":"*",)"
     R"("Condition":{"StringLike":{"iam:PassedToService":["application-autoscaling.amazonaws.com",)"
     R"("application-autoscaling.amazonaws.com.cn","dax.amazonaws.com"]}}}]})"},
    {"AmazonDynamoDBFullAccess_v2", kRoot, 1, 1733078400,
     "Provides full access to Amazon DynamoDB via the AWS Management Console",
     R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["dynamodb:*",)"
     R"("cloudwatch:DescribeAlarms","cloudwatch:GetMetricData","cloudwatch:GetMetricStatistics",)"
     R"("cloudwatch:ListMetrics","kms:DescribeKey","kms:ListAliases","kinesis:ListStreams",)"
     R"("kinesis:DescribeStreamSummary"],"Resource":"*"}]})"},
    {"AmazonDynamoDBReadOnlyAccess", kRoot, 14, 1423248000,
     "Provides read only access to Amazon DynamoDB via the AWS Management Console.",
     R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow",)"
     R"("Action":["cloudwatch:DescribeAlarmHistory","cloudwatch:DescribeAlarms",)"
     R"("cloudwatch:DescribeAlarmsForMetric","cloudwatch:GetMetricStatistics","cloudwatch:ListMetrics",)"
     R"("cloudwatch:GetMetricData","dynamodb:BatchGetItem","dynamodb:Describe*","dynamodb:List*",)"
     R"("dynamodb:GetAbacStatus","dynamodb:GetItem","dynamodb:GetResourcePolicy","dynamodb:Query",)"
     R"("dynamodb:Scan","dynamodb:PartiQLSelect","iam:GetRole","iam:ListRoles","kms:DescribeKey",)"
     R"("kms:ListAliases","lambda:ListFunctions","lambda:ListEventSourceMappings",)"
     R"("lambda:GetFunctionConfiguration","kinesis:ListStreams","kinesis:DescribeStream",)"
     R"("kinesis:DescribeStreamSummary"],"Resource":"*"}]})"},
    {"AmazonKinesisFirehoseFullAccess", kRoot, 1, 1444243200,
     "Provides full access to all Amazon Kinesis Firehose Delivery Streams.",
     R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"firehose:*","Resource":"*"}]})"},
    {"AmazonKinesisFirehoseReadOnlyAccess", kRoot, 1, 1444243200,
     "Provides read only access to all Amazon Kinesis Firehose Delivery Streams.",
     R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["firehose:Describe*",)"
     R"("firehose:List*"],"Resource":"*"}]})"},
    {"AmazonKinesisFullAccess", kRoot, 1, 1423248000,
     "Provides full access to all streams via the AWS Management Console.",
     R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"kinesis:*","Resource":"*"}]})"},
    {"AmazonKinesisReadOnlyAccess", kRoot, 1, 1423248000,
     "Provides read only access to all streams via the AWS Management Console.",
     R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["kinesis:Get*","kinesis:List*",)"
     R"("kinesis:Describe*"],"Resource":"*"}]})"},
    {"AmazonS3FullAccess", kRoot, 2, 1423248000,
     "Provides full access to all buckets via the AWS Management Console.",
     R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["s3:*","s3-object-lambda:*"],)"
     R"("Resource":"*"}]})"},
    {"AmazonS3ReadOnlyAccess", kRoot, 3, 1423248000,
     "Provides read only access to all buckets via the AWS Management Console.",
     R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["s3:Get*","s3:List*",)"
     R"("s3:Describe*","s3-object-lambda:Get*","s3-object-lambda:List*"],"Resource":"*"}]})"},
    {"AWSCloudTrail_ReadOnlyAccess", kRoot, 1, 1655232000,
     "Provides read only access to AWS CloudTrail.",
     R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["cloudtrail:Get*",)"
     R"("cloudtrail:Describe*","cloudtrail:List*","cloudtrail:LookupEvents"],"Resource":"*"}]})"},
    {"AWSKeyManagementServicePowerUser", kRoot, 2, 1423248000,
     "Provides access to AWS Key Management Service (KMS).",
     R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["kms:CreateAlias",)"
     R"("kms:CreateKey","kms:DeleteAlias","kms:Describe*","kms:GenerateRandom","kms:Get*","kms:List*",)"
     R"("kms:TagResource","kms:UntagResource","iam:ListGroups","iam:ListRoles","iam:ListUsers"],)"
     R"("Resource":"*"}]})"},
    {"AWSLambda_FullAccess", kRoot, 1, 1605638400,
     "Grants full access to AWS Lambda service, AWS Lambda console features, and other related AWS services.",
     R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["cloudwatch:ListMetrics",)"
     R"("cloudwatch:GetMetricData","kms:ListAliases","iam:GetPolicy","iam:GetPolicyVersion",)"
     R"("iam:GetRole","iam:GetRolePolicy","iam:ListAttachedRolePolicies","iam:ListRolePolicies",)"
     R"("iam:ListRoles","lambda:*","logs:DescribeLogGroups"],"Resource":"*"},{"Effect":"Allow",)"
     R"("Action":"iam:PassRole","Resource":"*",)"
     R"("Condition":{"StringEquals":{"iam:PassedToService":"lambda.amazonaws.com"}}},{"Effect":"Allow",)"
     R"("Action":["logs:DescribeLogStreams","logs:GetLogEvents","logs:FilterLogEvents",)"
     R"("logs:StartLiveTail","logs:StopLiveTail"],)"
     R"("Resource":"arn:aws:logs:*:*:log-group:/aws/lambda/*"}]})"},
    {"AWSLambda_ReadOnlyAccess", kRoot, 1, 1605638400,
     "Grants read-only access to AWS Lambda service, AWS Lambda console features, and other related AWS services.",
     R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["cloudwatch:ListMetrics",)"
     R"("cloudwatch:GetMetricData","kms:ListAliases","iam:GetPolicy","iam:GetPolicyVersion",)"
     R"("iam:GetRole","iam:GetRolePolicy","iam:ListAttachedRolePolicies","iam:ListRolePolicies",)"
     R"("iam:ListRoles","logs:DescribeLogGroups","lambda:Get*","lambda:List*"],"Resource":"*"},)"
     R"({"Effect":"Allow","Action":["logs:DescribeLogStreams","logs:GetLogEvents",)"
     R"("logs:FilterLogEvents","logs:StartLiveTail","logs:StopLiveTail"],)"
     R"("Resource":"arn:aws:logs:*:*:log-group:/aws/lambda/*"}]})"},
    {"AWSLambdaBasicExecutionRole", kServiceRole, 1, 1428604800,
     "Provides write permissions to CloudWatch Logs.",
     R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["logs:CreateLogGroup",)"
     R"("logs:CreateLogStream","logs:PutLogEvents"],"Resource":"*"}]})"},
    {"AWSLambdaDynamoDBExecutionRole", kServiceRole, 1, 1428604800,
     "Provides list and read access to DynamoDB streams and write permissions to CloudWatch Logs.",
     R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["dynamodb:DescribeStream",)"
     R"("dynamodb:GetRecords","dynamodb:GetShardIterator","dynamodb:ListStreams","logs:CreateLogGroup",)"
     R"("logs:CreateLogStream","logs:PutLogEvents"],"Resource":"*"}]})"},
    {"AWSLambdaExecute", kRoot, 1, 1423248000,
     "Provides Put, Get access to S3 and full access to CloudWatch Logs.",
     R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["logs:*"],)"
     R"("Resource":"arn:aws:logs:*:*:*"},{"Effect":"Allow","Action":["s3:GetObject","s3:PutObject"],)"
     R"("Resource":"arn:aws:s3:::*"}]})"},
    {"AWSLambdaInvocation-DynamoDB", kRoot, 1, 1423248000,
     "Provides read access to DynamoDB Streams.",
     R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"lambda:InvokeFunction",)"
     R"("Resource":"*"},{"Effect":"Allow","Action":["dynamodb:DescribeStream","dynamodb:GetRecords",)"
     R"("dynamodb:GetShardIterator","dynamodb:ListStreams"],"Resource":"*"}]})"},
    {"AWSLambdaKinesisExecutionRole", kServiceRole, 2, 1428604800,
     "Provides list and read access to Kinesis streams and write permissions to CloudWatch Logs.",
     R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["kinesis:DescribeStream",)"
     R"("kinesis:DescribeStreamSummary","kinesis:GetRecords","kinesis:GetShardIterator",)"
     R"("kinesis:ListShards","kinesis:ListStreams","kinesis:SubscribeToShard","logs:CreateLogGroup",)"
     R"("logs:CreateLogStream","logs:PutLogEvents"],"Resource":"*"}]})"},
    {"AWSLambdaRole", kServiceRole, 1, 1423248000,
     "Default policy for AWS Lambda service role.",
     R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"lambda:InvokeFunction",)"
     R"("Resource":"*"}]})"},
    {"AWSLambdaSQSQueueExecutionRole", kServiceRole, 1, 1529001600,
     "Provides receive message, delete message, and read attribute access to SQS queues, and write permissions to CloudWatch logs.",
     R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["sqs:ReceiveMessage",)"
     R"("sqs:DeleteMessage","sqs:GetQueueAttributes","logs:CreateLogGroup","logs:CreateLogStream",)"
     R"("logs:PutLogEvents"],"Resource":"*"}]})"},
    {"AWSLambdaVPCAccessExecutionRole", kServiceRole, 3, 1455216000,
     "Provides minimum permissions for a Lambda function to execute while accessing a resource within a VPC - create, describe, delete network interfaces and write permissions to CloudWatch Logs. ",
     R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["logs:CreateLogGroup",)"
     R"("logs:CreateLogStream","logs:PutLogEvents","ec2:CreateNetworkInterface",)"
     R"("ec2:DescribeNetworkInterfaces","ec2:DescribeSubnets","ec2:DeleteNetworkInterface",)"
     R"("ec2:AssignPrivateIpAddresses","ec2:UnassignPrivateIpAddresses"],"Resource":"*"}]})"},
    {"CloudWatchFullAccess", kRoot, 4, 1423248000,
     "Provides full access to CloudWatch.",
     R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["autoscaling:Describe*",)"
     R"("cloudwatch:*","logs:*","sns:*","iam:GetPolicy","iam:GetPolicyVersion","iam:GetRole",)"
     R"("oam:ListSinks"],"Resource":"*"}]})"},
    {"CloudWatchFullAccessV2", kRoot, 1, 1690915200,
     "Provides full access to CloudWatch.",
     R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["cloudwatch:*","logs:*",)"
     R"("oam:ListSinks"],"Resource":"*"}]})"},
    {"CloudWatchLogsFullAccess", kRoot, 2, 1423248000,
     "Provides full access to CloudWatch Logs",
     R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["logs:*",)"
     R"("cloudwatch:GenerateQuery"],"Resource":"*"}]})"},
    {"CloudWatchLogsReadOnlyAccess", kRoot, 7, 1423248000,
     "Provides read only access to CloudWatch Logs",
     R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["logs:Describe*","logs:Get*",)"
     R"("logs:List*","logs:StartQuery","logs:StopQuery","logs:TestMetricFilter","logs:FilterLogEvents",)"
     R"("logs:StartLiveTail","logs:StopLiveTail","cloudwatch:GenerateQuery"],"Resource":"*"}]})"},
    {"CloudWatchReadOnlyAccess", kRoot, 9, 1423248000,
     "Provides read only access to CloudWatch.",
     R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["cloudwatch:BatchGet*",)"
     R"("cloudwatch:Describe*","cloudwatch:GenerateQuery","cloudwatch:Get*","cloudwatch:List*",)"
     R"("logs:Get*","logs:List*","logs:StartQuery","logs:StopQuery","logs:Describe*",)"
     R"("logs:TestMetricFilter","logs:FilterLogEvents","logs:StartLiveTail","logs:StopLiveTail"],)"
     R"("Resource":"*"}]})"},
    {"IAMFullAccess", kRoot, 2, 1423248000,
     "Provides full access to IAM via the AWS Management Console.",
     R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["iam:*",)"
     R"("organizations:DescribeAccount","organizations:DescribeOrganization",)"
     R"("organizations:DescribeOrganizationalUnit","organizations:DescribePolicy",)"
     R"("organizations:ListChildren","organizations:ListParents","organizations:ListPoliciesForTarget",)"
     R"("organizations:ListRoots","organizations:ListPolicies","organizations:ListTargetsForPolicy"],)"
     R"("Resource":"*"}]})"},
    {"IAMReadOnlyAccess", kRoot, 4, 1423248000,
     "Provides read only access to IAM via the AWS Management Console.",
     R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["iam:GenerateCredentialReport",)"
     R"("iam:GenerateServiceLastAccessedDetails","iam:Get*","iam:List*","iam:SimulateCustomPolicy",)"
     R"("iam:SimulatePrincipalPolicy"],"Resource":"*"}]})"},
    {"IAMUserChangePassword", kRoot, 2, 1479235200,
     "Provides the ability for an IAM user to change their own password.",
     R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["iam:ChangePassword"],)"
     R"("Resource":["arn:aws:iam::*:user/${aws:username}"]},{"Effect":"Allow",)"
     R"("Action":"iam:GetAccountPasswordPolicy","Resource":"*"}]})"},
    {"PowerUserAccess", kRoot, 6, 1423248000,
     "Provides full access to AWS services and resources, but does not allow management of Users and groups.",
     R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","NotAction":["iam:*","organizations:*",)"
     R"("account:*"],"Resource":"*"},{"Effect":"Allow","Action":"iam:ListRoles","Resource":"*"}]})"},
    {"ReadOnlyAccess", kRoot, 1, 1423248000,
     "Provides read-only access to AWS services and resources.",
     R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["athena:BatchGet*",)"
     R"("athena:Get*","athena:List*","cloudtrail:Describe*","cloudtrail:Get*","cloudtrail:List*",)"
     R"("cloudtrail:LookupEvents","cloudwatch:Describe*","cloudwatch:Get*","cloudwatch:List*",)"
     R"("dynamodb:BatchGet*","dynamodb:Describe*","dynamodb:Get*","dynamodb:List*",)"
     R"("dynamodb:PartiQLSelect","dynamodb:Query","dynamodb:Scan","firehose:Describe*","firehose:List*",)"
     R"("glue:BatchGet*","glue:Get*","glue:List*","iam:Generate*","iam:Get*","iam:List*",)"
     R"("iam:Simulate*","kinesis:Describe*","kinesis:Get*","kinesis:List*","kms:Describe*","kms:Get*",)"
     R"("kms:List*","lambda:Get*","lambda:List*","logs:Describe*","logs:FilterLogEvents","logs:Get*",)"
     R"("logs:ListTagsForResource","logs:ListTagsLogGroup","logs:StartQuery","logs:StopQuery",)"
     R"("logs:TestMetricFilter","s3:Get*","s3:List*","sts:GetAccessKeyInfo","sts:GetCallerIdentity",)"
     R"("sts:GetSessionToken"],"Resource":"*"}]})"},
};
// clang-format on

ManagedPolicyPtr policy_of(const Described& d) {
  ManagedPolicy policy;
  policy.account = kAwsAccount;
  policy.name = d.name;
  policy.path = d.path;
  policy.id = derived_unique_id("ANPA", d.name);
  policy.description = d.description;
  policy.created = policy.updated = Time(std::chrono::seconds(d.created_s));
  policy.versions.push_back({d.version, d.document, policy.created});
  policy.default_version = d.version;
  policy.next_version = d.version + 1;
  return std::make_shared<const ManagedPolicy>(std::move(policy));
}

}  // namespace

std::span<const ManagedPolicyPtr> aws_policies() {
  static const std::vector<ManagedPolicyPtr> kAll = [] {
    std::vector<ManagedPolicyPtr> all;
    for (const Described& d : kPolicies) all.push_back(policy_of(d));
    return all;
  }();
  return kAll;
}

ManagedPolicyPtr aws_policy(const std::string& name) {
  const auto all = aws_policies();
  const auto at = std::lower_bound(
      all.begin(), all.end(), name,
      [](const ManagedPolicyPtr& p, const std::string& n) { return lower_case(p->name) < lower_case(n); });
  return at != all.end() && (*at)->name == name ? *at : nullptr;
}

}  // namespace millrace::auth
