// PutRecord and PutRecords: the decoders by hand against the general one, which meets the same body with a
// member that no decoder by hand knows, and the same document in CBOR.
#include "api/core/json.h"
#include "tests/fuzz/memory_store.h"
#include "tests/fuzz/shapes.h"

namespace {

using namespace millrace;
namespace asio = boost::asio;

template <class T>
T run(asio::awaitable<T> work) {
  asio::io_context context;
  auto result = asio::co_spawn(context, std::move(work), asio::use_future);
  context.run();
  return result.get();
}

class Puts {
 public:
  Puts() : kinesis_(log_, catalog_, clock_, probes_, kinesis::KinesisOptions{}) {
    run(kinesis_.streams.keep_seal());
    run(kinesis_.handle(
        *request("CreateStream", "application/x-amz-json-1.1", R"({"StreamName":"s","ShardCount":4})")));
  }

  // What is answered, and what came into the log; one text to compare.
  std::string outcome(const char* operation, bool cbor, std::string_view body) {
    log_.batches.clear();
    const auto asked = request(operation, cbor ? "application/x-amz-cbor-1.1" : "application/x-amz-json-1.1",
                               std::string(body));
    std::string out;
    try {
      HttpResponse response = run(kinesis_.handle(*asked));
      const std::string& text = std::get<std::string>(response.body);
      out = cbor ? OrderedJson(parse_cbor(text)).dump() : Json::parse(text).dump();
    } catch (const ApiError& e) {
      out = e.code() + ": " + e.message();
    }
    for (const std::string& batch : log_.batches) out += "\n" + batch;
    return out;
  }

 private:
  static std::unique_ptr<Request> request(const char* operation, const char* type, std::string body) {
    auto r = std::make_unique<Request>();
    r->id = "id";
    r->caller.account = "000000000000";
    r->caller.region = "us-east-1";
    r->caller.access_key = "key";
    r->http.method = "POST";
    r->http.target = "/";
    r->http.headers.add("Content-Type", type);
    r->http.headers.add("X-Amz-Target", std::string("Kinesis_20131202.") + operation);
    r->http.headers.add("X-Amz-Date", "20260101T000000Z");
    r->http.headers.add("Authorization",
                        "AWS4-HMAC-SHA256 Credential=key/20260101/us-east-1/kinesis/aws4_request, "
                        "SignedHeaders=host, Signature=0");
    r->http.body = std::move(body);
    return r;
  }

  fuzz::LastAppend log_;
  storage::MemoryCatalog catalog_;
  fuzz::StillClock clock_;
  Probes probes_;
  kinesis::Kinesis kinesis_;
};

Fields input_of(std::string_view operation) {
  const auto all = kinesis::operations();
  return (*std::ranges::find_if(all, [&](const Operation* op) { return op->name == operation; }))->input;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  static Puts puts;
  const std::string_view body = fuzz::view(data, size);
  const Json document = parse_json(body);
  for (const char* operation : {"PutRecord", "PutRecords"}) {
    const std::string by_hand = puts.outcome(operation, false, body);
    if (!document.is_object() || document.empty()) continue;
    const std::size_t inside = body.find('{') + 1;
    const std::string general =
        std::string(body.substr(0, inside)) + R"("~":0,)" + std::string(body.substr(inside));
    fuzz::expect(puts.outcome(operation, false, general) == by_hand,
                 "the decoder by hand agrees with the general one");
    fuzz::expect(puts.outcome(operation, true, to_cbor(OrderedJson(document), {})) == by_hand,
                 "CBOR says what JSON says");
    // With blobs as bytes, for which the decoders by hand are.
    if (by_hand.starts_with('{')) {
      fuzz::expect(
          puts.outcome(operation, true, to_cbor(OrderedJson(document), input_of(operation))) == by_hand,
          "CBOR with bytes says what JSON with base64 says");
    }
  }
  return 0;
}
