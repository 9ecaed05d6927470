// Kinesis over a store of its own, whose clock tests move; operations by their names. `Engine` is the fixture
// of the storage engine.
#pragma once

#include "api/core/base64.h"
#include "api/kinesis/service.h"
#include "tests/unit/storage/local/fixture.h"

namespace millrace::kinesis {

template <class Engine>
class ServiceOver : public Engine {
 protected:
  void start(KinesisOptions options = {}) {
    service = std::make_unique<Kinesis>(this->engine().log(), this->engine().catalog(), this->clock, probes,
                                        options);
    this->run(service->streams.keep_seal());
  }

  static std::unique_ptr<Request> request(const std::string& operation, std::string body,
                                          const std::string& account, const std::string& type) {
    auto out = std::make_unique<Request>();
    out->id = "id";
    out->caller.account = account;
    out->caller.region = "us-east-1";
    out->caller.access_key = "key";
    out->http.method = "POST";
    out->http.target = "/";
    out->http.headers.add("Content-Type", type);
    out->http.headers.add("X-Amz-Target", "Kinesis_20131202." + operation);
    out->http.headers.add("X-Amz-Date", "20260101T000000Z");
    out->http.headers.add("Authorization",
                          "AWS4-HMAC-SHA256 Credential=key/20260101/us-east-1/kinesis/aws4_request, "
                          "SignedHeaders=host, Signature=0");
    out->http.body = std::move(body);
    return out;
  }

  // Throws ApiError.
  HttpResponse answer(const std::string& operation, std::string body, const std::string& account,
                      const std::string& type = "application/x-amz-json-1.1") {
    const auto asked = request(operation, std::move(body), account, type);
    return this->run(service->handle(*asked));
  }

  // The answer, or the error as "Code: text".
  Json call(const std::string& operation, const Json& body, const std::string& account = "000000000000") {
    try {
      const HttpResponse response = answer(operation, body.dump(), account);
      const std::string& text = std::get<std::string>(response.body);
      return text.empty() ? Json::object() : Json::parse(text);
    } catch (const ApiError& e) {
      return e.code() + ": " + e.message();
    }
  }
  void put(const std::string& data, const std::string& key = "k") {
    const Json put =
        call("PutRecord", {{"StreamName", "s"}, {"PartitionKey", key}, {"Data", base64_encode(data)}});
    ASSERT_TRUE(put.is_object()) << put;
    numbers.push_back(put.at("SequenceNumber"));
  }
  std::string iterator(const std::string& type, Json more = Json::object(), const std::string& shard = "0") {
    more.update(Json{{"StreamName", "s"}, {"ShardId", shard}, {"ShardIteratorType", type}});
    return call("GetShardIterator", more).at("ShardIterator");
  }
  std::string data(const std::string& position) {
    std::string all;
    const Json answer = call("GetRecords", {{"ShardIterator", position}});
    for (const Json& r : answer.at("Records")) all += base64_decode(r.at("Data").get<std::string>()).value();
    return all;
  }
  std::string status() {
    const Json d = call("DescribeStreamSummary", {{"StreamName", "s"}});
    return d.is_object() ? d.at("StreamDescriptionSummary").at("StreamStatus").get<std::string>()
                         : d.get<std::string>();
  }
  int open_shards() {
    return call("DescribeStreamSummary", {{"StreamName", "s"}})
        .at("StreamDescriptionSummary")
        .at("OpenShardCount");
  }

  Probes probes;
  std::unique_ptr<Kinesis> service;
  std::vector<std::string> numbers;
};

class ServiceTest : public ServiceOver<storage::StoreTest> {
 protected:
  void SetUp() override {
    open();
    start();
  }

  // The process ends; `start` has the next one begin.
  void reopen() {
    service.reset();
    StoreTest::reopen();
  }
};

}  // namespace millrace::kinesis
