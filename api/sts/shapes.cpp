#include "api/sts/shapes.h"

namespace millrace::sts {

CredentialsOutput output_of(const auth::Credentials& credentials) {
  return {credentials.access_key, credentials.secret, credentials.session_token, credentials.expires};
}

std::vector<Resource> no_resource(void*, const InputView&, const Principal&) { return {}; }

}  // namespace millrace::sts
