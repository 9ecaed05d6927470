#include "api/s3/authorization.h"

#include "api/core/authentication.h"
#include "api/s3/errors.h"

namespace millrace::s3 {

namespace {

void check_owner(const Head& head) {
  for (const char* name : {"x-amz-expected-bucket-owner", "x-amz-source-expected-bucket-owner"})
    if (const auto owner = head.headers().find(name)) {
      if (owner->size() != 12 || owner->find_first_not_of("0123456789") != std::string_view::npos)
        throw invalid_bucket_owner(*owner);
      if (*owner != head.request.caller.account) throw access_denied();
    }
}

}  // namespace

void check_authorization(const Head& head, Time now) {
  check_s3_authentication_form(head.request.http, now);
  check_owner(head);
}

}  // namespace millrace::s3
