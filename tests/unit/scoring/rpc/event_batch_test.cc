#include "scoring/rpc/event_batch.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "scoring/rpc/event_proto.h"
#include "testing/status_matchers.h"

namespace valueloop::scoring {
namespace {

using ::testing::HasSubstr;
using ::testing::SizeIs;
using testing::StatusIs;

const absl::Time kNow = absl::FromUnixSeconds(1'700'000'000);

Workspace TestWorkspace() {
  return {.id = "default", .currency = "CNY", .time_zone = absl::UTCTimeZone()};
}

v1::Event ComplaintAt(absl::Time time, const std::string& currency = "") {
  v1::Event proto;
  EventToProto({.customer_id = "c",
                .event_id = "e",
                .occurred_micros = absl::ToUnixMicros(time),
                .payload = Complaint{}},
               proto);
  proto.set_currency(currency);
  return proto;
}

TEST(EventBatchTest, SplitsGoodFromBadAndKeepsTheirPlaces) {
  google::protobuf::RepeatedPtrField<v1::Event> events;
  *events.Add() = ComplaintAt(kNow, "USD");
  *events.Add() = ComplaintAt(kNow, "CNY");
  *events.Add() = v1::Event();
  *events.Add() = ComplaintAt(kNow);
  const AppendRequest request = MakeAppendRequest(TestWorkspace(), events, kNow);
  ASSERT_THAT(request.entries, SizeIs(2));
  EXPECT_EQ(request.entries[0].index, 1);
  EXPECT_EQ(request.entries[1].index, 3);
  EXPECT_EQ(request.entries[0].content_hash, request.entries[1].content_hash);
  ASSERT_THAT(request.rejects, SizeIs(2));
  EXPECT_EQ(request.rejects[0].index, 0);
  EXPECT_THAT(request.rejects[0].status,
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("currency: got USD")));
  EXPECT_EQ(request.rejects[1].index, 2);
}

TEST(EventBatchTest, TakesEventsUpToADayAheadOfTheClock) {
  google::protobuf::RepeatedPtrField<v1::Event> events;
  *events.Add() = ComplaintAt(kNow + absl::Hours(24));
  *events.Add() = ComplaintAt(kNow + absl::Hours(24) + absl::Microseconds(1));
  const AppendRequest request = MakeAppendRequest(TestWorkspace(), events, kNow);
  EXPECT_THAT(request.entries, SizeIs(1));
  ASSERT_THAT(request.rejects, SizeIs(1));
  EXPECT_THAT(request.rejects[0].status,
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("occurred_time: got 2023")));
}

TEST(EventBatchTest, WritesCodeAndMessageOfAReject) {
  v1::EventReject proto;
  RejectToProto({.index = 4, .status = absl::AlreadyExistsError("event_id: got e")}, proto);
  EXPECT_EQ(proto.index(), 4);
  EXPECT_EQ(proto.code(), 6);
  EXPECT_EQ(proto.message(), "event_id: got e");
}

}  // namespace
}  // namespace valueloop::scoring
