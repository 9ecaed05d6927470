#include "api/auth/sigv4.h"

#include <algorithm>
#include <charconv>

#include "api/auth/sigv4_errors.h"
#include "api/core/ascii.h"
#include "api/core/authentication.h"
#include "api/core/dates.h"
#include "api/core/xml_error.h"
#include "storage/base/times.h"

namespace millrace::auth {

namespace {

using std::chrono::seconds;

constexpr std::string_view kAlgorithm = "AWS4-HMAC-SHA256";
constexpr std::string_view kTerminal = "aws4_request";
constexpr seconds kWindow{5 * 60}, kS3Window{15 * 60};
constexpr std::int64_t kMaxLifetimeSeconds = 604'800;
// SDKs sign about ten headers.
constexpr std::size_t kMaxSignedHeaders = 128;

// One pass over a head.
class Parser {
 public:
  Parser(const HttpRequest& head, const SignedService& service, Time now)
      : head_(head), service_(service), now_(now) {}

  SignatureClaim parse() {
    if (service_.is_s3()) check_s3_authentication_form(head_, now_);
    if (!head_.query().empty()) query_ = parse_query(head_.query());
    const auto header = head_.headers.find("authorization");
    const bool by_query = has_parameter(query_, "X-Amz-Algorithm");
    if (header && by_query) refuse_form();
    if (header)
      read_header(*header);
    else if (by_query)
      read_query();
    else if (service_.is_s3() && has_parameter(query_, "AWSAccessKeyId"))
      refuse_algorithm("");
    else
      return std::move(claim_);
    read_body_hash();
    check_scope();
    check_signed_headers();
    check_time();
    return std::move(claim_);
  }

 private:
  [[noreturn]] void refuse(SignatureFailure failure, const std::string& text) const {
    throw signature_error(failure, claim_, service_, text);
  }
  // Throws what today's check of the form says.
  [[noreturn]] void refuse_form() const {
    try {
      if (!service_.is_s3()) check_authentication_form(head_);
    } catch (const ApiError& e) {
      throw form_error(e, service_);
    }
    refuse(SignatureFailure::incomplete, "The request signature does not conform to AWS standards.");
  }
  [[noreturn]] void refuse_algorithm(std::string_view algorithm) const {
    if (service_.is_s3())
      refuse(SignatureFailure::incomplete,
             "The authorization mechanism you have provided is not supported. Please use AWS4-HMAC-SHA256.");
    refuse(SignatureFailure::incomplete, "Unsupported AWS 'algorithm': '" + std::string(algorithm) + "'. ");
  }

  void read_header(std::string_view header) {
    claim_.form = SignatureForm::header;
    const AuthorizationParameters parameters(header);
    const auto time = head_.headers.find("x-amz-date");
    const auto date = head_.headers.find("date");
    const bool v2 = parameters.algorithm == "AWS";
    if (!v2 && (parameters.credential.empty() || parameters.signature.empty() ||
                parameters.signed_headers.empty() || (!time && !date && !service_.is_s3())))
      refuse_form();
    if (parameters.algorithm != kAlgorithm) refuse_algorithm(parameters.algorithm);
    claim_.signature = parameters.signature;
    claim_.signed_headers = parameters.signed_headers;
    claim_.session_token = head_.headers.get("x-amz-security-token");
    read_credential(parameters.credential);
    read_time(time ? *time : date.value_or(""));
  }

  void read_query() {
    claim_.form = SignatureForm::query;
    for (const char* name : {"X-Amz-Credential", "X-Amz-Signature", "X-Amz-SignedHeaders", "X-Amz-Date"})
      if (query_value(query_, name).empty()) refuse_form();
    if (const auto algorithm = query_value(query_, "X-Amz-Algorithm"); algorithm != kAlgorithm)
      refuse_algorithm(algorithm);
    claim_.signature = query_value(query_, "X-Amz-Signature");
    claim_.signed_headers = query_value(query_, "X-Amz-SignedHeaders");
    claim_.session_token = query_value(query_, "X-Amz-Security-Token");
    read_credential(query_value(query_, "X-Amz-Credential"));
    read_time(query_value(query_, "X-Amz-Date"));
    read_lifetime();
  }

  void read_lifetime() {
    const std::string_view text = query_value(query_, "X-Amz-Expires");
    // STS takes a presigned request for as long as its window, whatever it says (aws-iam-authenticator).
    if (service_.name == "sts" || (text.empty() && !service_.is_s3())) return;
    std::int64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size() || value < 0 || value > kMaxLifetimeSeconds)
      refuse(SignatureFailure::incomplete, "X-Amz-Expires must be a number of seconds from 0 to 604800. ");
    claim_.lifetime = seconds(value);
  }

  void read_credential(std::string_view credential) {
    std::string_view parts[5];
    std::string_view rest = credential;
    std::size_t count = 0;
    for (; count < 5; ++count) {
      const std::size_t slash = rest.find('/');
      parts[count] = rest.substr(0, slash);
      if (slash == std::string_view::npos) break;
      rest.remove_prefix(slash + 1);
    }
    if (count != 4 || parts[0].empty())
      refuse(SignatureFailure::incomplete,
             "Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, "
             "got '" +
                 std::string(credential) + "'");
    claim_.access_key = parts[0];
    claim_.date = parts[1];
    claim_.region = parts[2];
    claim_.service = parts[3];
    terminal_ = parts[4];
  }

  void read_time(std::string_view text) {
    if (const auto time = parse_signature_time(text)) {
      claim_.time = *time;
      claim_.time_text = text;
    } else if (const auto date = parse_http_date(text)) {
      claim_.time = *date;
      claim_.time_text = utc_text(*date, "%Y%m%dT%H%M%SZ");
    } else if (service_.is_s3()) {
      throw xml_error(403, "AccessDenied", "AWS authentication requires a valid Date or x-amz-date header");
    } else {
      refuse(SignatureFailure::incomplete, "Date must be in ISO-8601 'basic format'. Got '" +
                                               std::string(text) +
                                               "'. See http://en.wikipedia.org/wiki/ISO_8601");
    }
  }

  void read_body_hash() {
    std::string_view stated = head_.headers.get("x-amz-content-sha256");
    if (claim_.form == SignatureForm::query && stated.empty())
      stated = query_value(query_, "X-Amz-Content-Sha256");
    constexpr std::string_view kUnsigned = "UNSIGNED-PAYLOAD";
    if (!service_.is_s3()) {
      if (stated != kUnsigned) return;  // whatever else is stated, the body is hashed
      claim_.body = SignedBody::nothing;
      claim_.body_hash = stated;
      return;
    }
    if (stated.empty()) {
      if (claim_.form == SignatureForm::header)
        refuse(SignatureFailure::incomplete,
               "Missing required header for this request: x-amz-content-sha256");
      stated = kUnsigned;
    }
    claim_.body_hash = stated;
    if (stated == kUnsigned)
      claim_.body = SignedBody::nothing;
    else if (stated == "STREAMING-AWS4-HMAC-SHA256-PAYLOAD")
      claim_.body = SignedBody::chunks;
    else if (stated == "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER")
      claim_.body = SignedBody::chunks_and_trailer;
    else if (stated == "STREAMING-UNSIGNED-PAYLOAD-TRAILER")
      claim_.body = SignedBody::nothing_of_its_chunks;
    else if (stated.starts_with(
                 "STREAMING-"))  // with another algorithm, whose signatures nobody would verify
      refuse_algorithm(stated);
    // Else it is a hash. S3 compares the body with it, whatever it looks like.
  }

  void check_scope() const {
    std::string trouble;
    const std::string_view day = std::string_view(claim_.time_text).substr(0, 8);
    if (service_.is_s3()) {
      trouble = s3_scope_trouble(day);
    } else {
      if (!is_region(claim_.region)) trouble += "Credential should be scoped to a valid region. ";
      if (claim_.service != service_.name)
        trouble += "Credential should be scoped to correct service: '" + std::string(service_.name) + "'. ";
      if (terminal_ != kTerminal)
        trouble += "Credential should be scoped with a valid terminator: 'aws4_request', not '" +
                   std::string(terminal_) + "'. ";
      if (claim_.date != day)
        trouble +=
            "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP. ";
    }
    if (!trouble.empty()) refuse(SignatureFailure::wrong_scope, trouble);
  }

  [[nodiscard]] std::string s3_scope_trouble(std::string_view day) const {
    const bool query = claim_.form == SignatureForm::query;
    const std::string where = query ? "Error parsing the X-Amz-Credential parameter; " : "";
    if (claim_.date.size() != 8 || !is_digits(claim_.date))
      return where + "incorrect date format \"" + claim_.date +
             "\". This date in the credential must be in the format \"yyyyMMdd\".";
    if (!is_region(claim_.region)) return where + "the region '" + claim_.region + "' is wrong";
    if (claim_.service != "s3")
      return where + "incorrect service \"" + claim_.service + "\". This endpoint belongs to \"s3\".";
    if (claim_.date == day) return "";
    if (!query) return "Invalid credential date. Date is not the same as X-Amz-Date.";
    return "Invalid credential date \"" + claim_.date + "\". This date is not the same as X-Amz-Date: \"" +
           std::string(day) + "\".";
  }

  void check_signed_headers() const {
    constexpr std::string_view kMarks = "!#$%&'*+-.^_`|~;";  // RFC 9110, 5.6.2, and the separator
    const std::string& names = claim_.signed_headers;
    const bool fine = std::all_of(names.begin(), names.end(), [&](char c) {
      return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
             kMarks.find(c) != kMarks.npos;
    });
    if (!fine ||
        std::count(names.begin(), names.end(), ';') >= static_cast<std::ptrdiff_t>(kMaxSignedHeaders))
      refuse(SignatureFailure::incomplete, "SignedHeaders cannot be read. ");
    if (!claim_.signs("host"))
      refuse(SignatureFailure::unsigned_header,
             service_.is_s3() ? "host" : "'Host' must be a 'SignedHeader' in the AWS Authorization.");
    if (!service_.is_s3()) return;
    for (const auto& [name, value] : head_.headers)
      if (name.size() > 6 && equals_ignoring_case(std::string_view(name).substr(0, 6), "x-amz-") &&
          !claim_.signs(name))
        refuse(SignatureFailure::unsigned_header, lowered(name));
  }

  void check_time() const {
    const seconds window = service_.is_s3() || service_.name == "sts" ? kS3Window : kWindow;
    if (claim_.time > now_ + window)
      throw time_error(SignatureFailure::not_yet_valid, claim_, service_, now_, window);
    if (now_ > claim_.time + claim_.lifetime.value_or(window))
      throw time_error(SignatureFailure::expired, claim_, service_, now_, window);
  }

  const HttpRequest& head_;
  const SignedService& service_;
  const Time now_;
  QueryParameters query_;
  SignatureClaim claim_;
  std::string terminal_;
};

}  // namespace

std::optional<Time> parse_signature_time(std::string_view text) {
  if (text.size() != 16 || text[8] != 'T' || text[15] != 'Z') return std::nullopt;
  const auto number = [&](std::size_t at, std::size_t size) {
    int value = 0;
    for (std::size_t i = at; i < at + size; ++i) {
      if (text[i] < '0' || text[i] > '9') return -1;
      value = value * 10 + (text[i] - '0');
    }
    return value;
  };
  using namespace std::chrono;
  const int y = number(0, 4), m = number(4, 2), d = number(6, 2);
  const int h = number(9, 2), min = number(11, 2), s = number(13, 2);
  const year_month_day date{year(y), month(static_cast<unsigned>(m)), day(static_cast<unsigned>(d))};
  if (y < 0 || m < 0 || d < 0 || h < 0 || min < 0 || s < 0 || h > 23 || min > 59 || s > 59 || !date.ok())
    return std::nullopt;
  return Time(sys_days(date) + hours(h) + minutes(min) + seconds(s));
}

SignatureClaim parse_signature(const HttpRequest& head, const SignedService& service, Time now) {
  return Parser(head, service, now).parse();
}

bool SignatureClaim::signs(std::string_view header) const {
  std::string_view names = signed_headers;
  while (true) {
    const std::size_t end = std::min(names.find(';'), names.size());
    if (equals_ignoring_case(names.substr(0, end), header)) return true;
    if (end == names.size()) return false;
    names.remove_prefix(end + 1);
  }
}

std::string SignatureClaim::scope() const {
  std::string out;
  out.append(date).append("/").append(region).append("/").append(service).append("/").append(kTerminal);
  return out;
}

}  // namespace millrace::auth
