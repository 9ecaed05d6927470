#include "api/kinesis/faults.h"

#include <gtest/gtest.h>

namespace millrace::kinesis {
namespace {

std::string refusal_of(std::string_view spec) {
  try {
    (void)parse_fault(spec);
    return "taken";
  } catch (const std::invalid_argument& e) {
    return e.what();
  }
}

Fault fault(std::string_view spec) { return parse_fault(spec); }

TEST(Fault, ASpecNamesItsMembers) {
  const Fault f = fault(
      "operation=PutRecords,stream=orders,share=0.25,error=ServiceUnavailable,delay_ms=20,limit=3,"
      "status=502,message=a, b=c");
  EXPECT_EQ(f.operation, "PutRecords");
  EXPECT_EQ(f.stream, "orders");
  EXPECT_EQ(f.share, 0.25);
  EXPECT_EQ(f.delay, std::chrono::milliseconds(20));
  EXPECT_EQ(f.limit, 3u);
  EXPECT_EQ(f.to_error().status(), 502u);
  EXPECT_EQ(f.to_error().code(), "ServiceUnavailable");
  EXPECT_EQ(f.to_error().message(), "a, b=c") << "the message stands last and is taken as it is";
  EXPECT_FALSE(f.records);
  EXPECT_TRUE(fault("error=InternalFailure,records=true").records);
  EXPECT_EQ(fault("stream=123,delay_ms=1").stream, "123") << "a name of digits is a name";
}

TEST(Fault, AnErrorHasAwssStatusAndAMessageThatSaysWhereItIsFrom) {
  EXPECT_EQ(fault("error=ProvisionedThroughputExceededException").to_error().status(), 400u);
  EXPECT_EQ(fault("error=InternalFailure").to_error().status(), 500u);
  EXPECT_EQ(fault("error=ServiceUnavailable").to_error().status(), 503u);
  EXPECT_EQ(fault("error=InternalFailure").to_error().message(),
            "Injected fault: the server is configured to return InternalFailure.");
}

TEST(Fault, WhatMakesNoSenseIsRefusedWithAReason) {
  EXPECT_EQ(refusal_of(""), "a fault must have an error, a delay_ms, or both");
  EXPECT_EQ(refusal_of("PutRecord"), "\"PutRecord\" is not of the form name=value");
  EXPECT_EQ(refusal_of("error=X,operation=PutRecrod"),
            "operation \"PutRecrod\" must be a supported operation or *");
  EXPECT_EQ(refusal_of("error=X,stream=a b"), "stream \"a b\" must be a stream name or *");
  EXPECT_EQ(refusal_of("error=X,share=2"), "share must be a number from 0 to 1");
  EXPECT_EQ(refusal_of("error=X,share=some"), "share must be a number from 0 to 1");
  EXPECT_EQ(refusal_of("error=X,share=nan"), "share must be a number from 0 to 1");
  EXPECT_EQ(refusal_of("error=no code"), "error \"no code\" is not an error code");
  EXPECT_EQ(refusal_of("error=X,status=200"), "status must be a number from 400 to 599");
  EXPECT_EQ(refusal_of("error=X,status=-1"), "status must be a number from 400 to 599");
  EXPECT_EQ(refusal_of("delay_ms=1.5"), "delay_ms must be an integer");
  EXPECT_EQ(refusal_of("delay_ms=-1"), "delay_ms must be a number from 0 to 300000");
  EXPECT_EQ(refusal_of("delay_ms=99999999999999999999"), "delay_ms must be an integer");
  EXPECT_EQ(refusal_of("delay_ms=5,status=400"), "status and message require an error");
  EXPECT_EQ(refusal_of("error=X,limit=0"), "limit must be at least 1");
  EXPECT_EQ(refusal_of("error=X,records=yes"), "records must be true or false");
  EXPECT_EQ(refusal_of("error=X,records=true,operation=PutRecord"), "records requires operation=PutRecords");
  EXPECT_EQ(refusal_of("error=X,shard=1"),
            "\"shard\" is unknown; use stream, operation, share, error, status, message, delay_ms, limit or "
            "records");
  EXPECT_THROW((void)fault_of(Json::array()), std::invalid_argument);
  EXPECT_THROW((void)fault_of(Json{{"error", 1}}), std::invalid_argument);
}

TEST(Fault, WhatIsListedMayBePutBack) {
  for (const char* spec : {"error=InternalFailure", "delay_ms=5,share=0.5,stream=s", "error=X,records=true",
                           "operation=GetRecords,error=X,status=418,message=m,limit=2"}) {
    const OrderedJson said = json_of(fault(spec));
    EXPECT_EQ(json_of(fault_of(Json::parse(said.dump()))), said);
  }
}

TEST(Faults, StrikeTheirOperationAndStream) {
  Faults faults({fault("operation=PutRecord,stream=s,error=X"), fault("operation=*,stream=t,error=Y")}, 1);
  EXPECT_TRUE(faults.any());
  EXPECT_EQ(faults.strike_request("PutRecord", "s").error->code(), "X");
  EXPECT_FALSE(faults.strike_request("GetRecords", "s").error);
  EXPECT_EQ(faults.strike_request("GetRecords", "t").error->code(), "Y");
  EXPECT_FALSE(faults.strike_request("ListStreams", "").error);
  faults.replace({fault("error=Z")});
  EXPECT_EQ(faults.strike_request("ListStreams", "").error->code(), "Z");
  faults.replace({});
  EXPECT_FALSE(faults.any());
}

TEST(Faults, DelaysAddUpToTheFirstError) {
  Faults faults({fault("delay_ms=5"), fault("delay_ms=7,error=X"), fault("delay_ms=100,error=Y")}, 1);
  const Faults::Strike strike = faults.strike_request("PutRecord", "s");
  EXPECT_EQ(strike.delay, std::chrono::milliseconds(12));
  EXPECT_EQ(strike.error->code(), "X");
  EXPECT_EQ(faults.list()[1].at("injected"), 1);
  EXPECT_EQ(faults.list()[2].at("injected"), 0);
}

TEST(Faults, HappenNoMoreOftenThanTheirLimit) {
  Faults faults({fault("error=X,limit=2")}, std::nullopt);
  EXPECT_TRUE(faults.strike_request("PutRecord", "s").error);
  EXPECT_TRUE(faults.strike_request("PutRecord", "s").error);
  EXPECT_FALSE(faults.strike_request("PutRecord", "s").error);
}

TEST(Faults, StrikeAShareAndTheSameOnesForTheSameSeed) {
  const auto struck = [](std::optional<std::uint64_t> seed) {
    Faults faults({fault("error=X,share=0.2,operation=PutRecord"), fault("error=Y,share=0.5,stream=other")},
                  seed);
    std::string out;
    for (int i = 0; i < 2000; ++i) out += faults.strike_request("PutRecord", "s").error ? '1' : '0';
    return out;
  };
  const std::string first = struck(5);
  EXPECT_NEAR(static_cast<double>(std::count(first.begin(), first.end(), '1')), 400, 80);
  EXPECT_EQ(struck(5), first);
  EXPECT_NE(struck(6), first);
  EXPECT_NE(struck(std::nullopt), struck(std::nullopt));
}

TEST(Faults, ReplacingThemBeginsTheirChanceAnew) {
  const auto draw = [](Faults& faults) {
    std::string out;
    for (int i = 0; i < 50; ++i) out += faults.strike_record("s") ? '1' : '0';
    return out;
  };
  Faults faults({fault("error=X,share=0.5,records=true")}, 9);
  const std::string first = draw(faults);
  EXPECT_FALSE(faults.strike_request("PutRecords", "s").error) << "strikes records alone";
  faults.replace({fault("error=X,share=0.5,records=true")});
  EXPECT_EQ(draw(faults), first);
}

}  // namespace
}  // namespace millrace::kinesis
