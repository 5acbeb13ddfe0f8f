#include "scoring/rpc/event_text.h"

#include <set>

#include "gmock/gmock.h"
#include "google/protobuf/util/json_util.h"
#include "gtest/gtest.h"
#include "scoring/rpc/event_proto.h"
#include "testing/status_matchers.h"
#include "unit/scoring/rpc/sample_events.h"

namespace valueloop::scoring {
namespace {

using ::testing::HasSubstr;
using testing::IsOk;
using testing::StatusIs;

StoredEvent Stored(const LedgerEntry& entry) {
  return {.customer_id = entry.event.customer_id,
          .source = entry.event.source,
          .event_id = entry.event.event_id,
          .occurred_micros = entry.event.occurred_micros,
          .ledger_revision = 1,
          .payload = entry.payload};
}

TEST(EventTextTest, EveryKindSurvivesBeingStored) {
  for (const Event& event : SampleEvents()) {
    const absl::StatusOr<Event> back = DecodeStoredEvent(Stored(MakeLedgerEntry(event, 0)));
    ASSERT_THAT(back, IsOk());
    EXPECT_EQ(*back, event);
  }
}

TEST(EventTextTest, ShortWayOfPurchasesWritesWhatTheGeneralOneWould) {
  for (const Purchase& purchase :
       {Purchase{.amount_micros = 5}, Purchase{.amount_micros = 5, .margin_micros = -2},
        Purchase{.amount_micros = 5, .margin_micros = 0}, Purchase{},
        Purchase{.margin_micros = 3}}) {
    const Event event{.payload = purchase};
    v1::Event proto;
    EventToProto(event, proto);
    v1::Event payload;
    *payload.mutable_purchase() = proto.purchase();
    std::string general;
    ASSERT_TRUE(google::protobuf::util::MessageToJsonString(payload, &general).ok());
    EXPECT_EQ(PayloadText(event, proto), general);
    const absl::StatusOr<Event> back = DecodeStoredEvent(
        {.customer_id = "c", .event_id = "e", .ledger_revision = 1, .payload = general});
    ASSERT_THAT(back, IsOk()) << general;
    EXPECT_EQ(back->payload, Payload(purchase));
  }
}

TEST(EventTextTest, HashesDifferExactlyWhereTheContentDoes) {
  std::set<std::string> hashes;
  for (Event event : SampleEvents()) {
    const std::string hash = MakeLedgerEntry(event, 0).content_hash;
    EXPECT_EQ(MakeLedgerEntry(event, 7).content_hash, hash);
    hashes.insert(hash);
    event.occurred_micros += 1;
    hashes.insert(MakeLedgerEntry(event, 0).content_hash);
  }
  EXPECT_EQ(hashes.size(), 2u * kEventKindCount);
}

TEST(EventTextTest, ReadsFieldsOfANewerVersionAsAbsent) {
  const StoredEvent stored{.customer_id = "c",
                           .event_id = "e",
                           .ledger_revision = 1,
                           .payload = R"({"purchase":{"amountMicros":"5","laterField":1}})"};
  const absl::StatusOr<Event> event = DecodeStoredEvent(stored);
  ASSERT_THAT(event, IsOk());
  EXPECT_EQ(event->payload, Payload(Purchase{.amount_micros = 5}));
}

TEST(EventTextTest, SaysWhichStoredEventIsDamaged) {
  for (const std::string payload : {"", "{}", "{\"purchase\":",
                                    R"({"purchase":{"amountMicros":"5"}})"
                                    "x",
                                    R"({"purchase":{"amountMicros":"99999999999999999999"}})"}) {
    const StoredEvent stored{
        .customer_id = "c", .event_id = "e7", .ledger_revision = 3, .payload = payload};
    EXPECT_THAT(DecodeStoredEvent(stored),
                StatusIs(absl::StatusCode::kDataLoss, HasSubstr("event e7 of revision 3")))
        << payload;
  }
}

}  // namespace
}  // namespace valueloop::scoring
