#include "api/s3/access.h"

#include <gtest/gtest.h>

#include "api/s3/service.h"

namespace millrace::s3 {
namespace {

// "action resource", a line each.
std::string demands(std::string_view operation, const std::string& bucket, const std::string& key,
                    const std::string& source = "") {
  Request request;
  request.caller = root_of("111122223333", "eu-west-1");
  if (!source.empty()) request.http.headers.add("x-amz-copy-source", source);
  const Call call{request, {}, bucket, key};
  for (const Operation* op : operations()) {
    if (op->name != operation) continue;
    std::string out;
    for (const Demand& d : demands_of(*op, call))
      out += (out.empty() ? "" : "\n") + d.action + " " + d.resource.arn();
    return out;
  }
  return "no such operation";
}

TEST(S3Access, ObjectsAndBucketsAreNamedWithoutAnAccount) {
  EXPECT_EQ(demands("PutObject", "b", "k/l"), "s3:PutObject arn:aws:s3:::b/k/l");
  EXPECT_EQ(demands("UploadPart", "b", "k"), "s3:PutObject arn:aws:s3:::b/k");
  EXPECT_EQ(demands("HeadObject", "b", "k"), "s3:GetObject arn:aws:s3:::b/k");
  EXPECT_EQ(demands("ListObjectsV2", "b", ""), "s3:ListBucket arn:aws:s3:::b");
  EXPECT_EQ(demands("DeleteBucketCors", "b", ""), "s3:PutBucketCORS arn:aws:s3:::b");
  EXPECT_EQ(demands("ListBuckets", "", ""), "s3:ListAllMyBuckets *");
}

TEST(S3Access, ACopyReadsItsSourceToo) {
  EXPECT_EQ(demands("CopyObject", "b", "k", "/from/x%20y"),
            "s3:PutObject arn:aws:s3:::b/k\ns3:GetObject arn:aws:s3:::from/x y");
}

TEST(S3Access, EachKeyOfDeleteObjectsIsDemandedByItself) {
  EXPECT_EQ(demands("DeleteObjects", "b", ""), "");
  Request request;
  const Call call{request, {}, "b", ""};
  for (const Operation* op : operations()) {
    if (op->name != std::string_view("DeleteObjects")) continue;
    const Demand demand = demand_of_key(*op, call, "k");
    EXPECT_EQ(demand.action + " " + demand.resource.arn(), "s3:DeleteObject arn:aws:s3:::b/k");
  }
}

TEST(S3Access, EveryOperationHasAnActionAndReadsOrWrites) {
  for (const Operation* op : operations()) {
    const std::string_view name = op->name;
    const bool reads = name.starts_with("Get") || name.starts_with("Head") || name.starts_with("List");
    EXPECT_EQ(access_of(*op), reads ? Access::reads : Access::writes) << name;
    const std::string action = action_of(*op);
    EXPECT_TRUE(action.starts_with("s3:")) << name;
    EXPECT_FALSE(action.starts_with("s3:Head")) << name << ": no such action";
  }
}

}  // namespace
}  // namespace millrace::s3
