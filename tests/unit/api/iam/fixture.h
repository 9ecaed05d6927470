// Identities, IAM and STS over a store in memory; operations by their names.
#pragma once

#include "api/iam/service.h"
#include "api/sts/service.h"
#include "tests/unit/storage/memory_test.h"

namespace millrace {

inline constexpr const char* kAccount = "111122223333";
inline constexpr const char* kAllowKinesis =
    R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"kinesis:*","Resource":"*"}]})";
inline constexpr const char* kTrustAll =
    R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"*"},"Action":"sts:AssumeRole"}]})";

class IdentityTest : public storage::MemoryTest {
 protected:
  IdentityTest() { start(); }

  void start(auth::IdentityOptions options = {}) {
    if (options.account.empty()) options.account = kAccount;
    sts.reset();
    iam.reset();
    identities = std::make_unique<auth::Identities>(engine().catalog(), clock, options);
    iam = std::make_unique<iam::Iam>(*identities, clock);
    sts = std::make_unique<sts::Sts>(*identities, clock);
  }

  using Parameters = std::vector<std::pair<std::string, std::string>>;

  // The body of the answer, or the error as "Code: text". `caller`: nullptr for the account's root, without
  // verified signatures.
  std::string call(const std::string& action, const Parameters& parameters,
                   const auth::KnownKeyPtr& caller = nullptr, const std::string& token = "") {
    Service& service = action.starts_with("Assume") || action == "GetCallerIdentity" ||
                               action == "GetSessionToken" || action == "GetAccessKeyInfo"
                           ? static_cast<Service&>(*sts)
                           : *iam;
    Request request;
    request.id = "id";
    request.caller = root_of(kAccount, "us-east-1");
    if (caller) {
      request.caller.access_key = caller->id;
      request.caller.arn = caller->identity->arn;
      request.caller.account = caller->identity->account;
      request.caller.identity = caller->identity;
    }
    request.http.method = "POST";
    request.http.target = "/";
    request.http.headers.add("Content-Type", "application/x-www-form-urlencoded");
    request.http.headers.add("X-Amz-Date", "20260101T000000Z");
    request.http.headers.add("Authorization",
                             "AWS4-HMAC-SHA256 Credential=key/20260101/us-east-1/iam/aws4_request, "
                             "SignedHeaders=host, Signature=0");
    if (!token.empty()) request.http.headers.add("X-Amz-Security-Token", token);
    request.http.body = "Action=" + action + "&Version=2010-05-08";
    for (const auto& [name, value] : parameters)
      request.http.body += "&" + name + "=" + percent_encode(value);
    try {
      HttpResponse response = run(service.handle(request));
      return std::get<std::string>(response.body);
    } catch (const ApiError& e) {
      return e.code() + ": " + e.message();
    }
  }

  // The text of the first element of the name; empty: there is none.
  static std::string element(const std::string& xml, const std::string& name) {
    const std::size_t begin = xml.find("<" + name + ">");
    if (begin == std::string::npos) return "";
    const std::size_t from = begin + name.size() + 2;
    return xml.substr(from, xml.find("</" + name + ">", from) - from);
  }

  // A user's new access key.
  auth::KnownKeyPtr new_user(const std::string& name) {
    call("CreateUser", {{"UserName", name}});
    const std::string made = call("CreateAccessKey", {{"UserName", name}});
    return identities->find_key(element(made, "AccessKeyId"), "");
  }

  std::unique_ptr<auth::Identities> identities;
  std::unique_ptr<iam::Iam> iam;
  std::unique_ptr<sts::Sts> sts;
};

}  // namespace millrace
