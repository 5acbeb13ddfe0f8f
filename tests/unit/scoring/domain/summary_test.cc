#include "scoring/domain/summary.h"

#include <algorithm>
#include <cmath>
#include <random>
#include <string>
#include <vector>

#include "scoring/domain/civil_day.h"
#include "testing/status_matchers.h"

namespace valueloop::scoring {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::IsOk;
using testing::StatusIs;

constexpr int64_t kUnit = 1'000'000;

absl::TimeZone Shanghai() { return absl::FixedTimeZone(8 * 3600); }

int64_t NoonOf(int year, int month, int day) {
  return absl::ToUnixMicros(absl::FromCivil(absl::CivilHour(year, month, day, 12), Shanghai()));
}

Event At(int64_t micros, std::string id, Payload payload) {
  return {.customer_id = "c",
          .source = "pos",
          .event_id = std::move(id),
          .occurred_micros = micros,
          .payload = std::move(payload)};
}

std::vector<Event> MixedEvents() {
  return {
      At(NoonOf(2026, 1, 1), "p1", Purchase{.amount_micros = 30 * kUnit}),
      At(NoonOf(2026, 1, 8), "p2",
         Purchase{.amount_micros = 10 * kUnit, .margin_micros = 4 * kUnit}),
      At(NoonOf(2026, 1, 8) + 1, "p3", Purchase{.amount_micros = 10 * kUnit}),
      At(NoonOf(2026, 1, 22), "p4", Purchase{.amount_micros = 50 * kUnit}),
      At(NoonOf(2026, 2, 5), "p5", Purchase{.amount_micros = 0}),
      At(NoonOf(2026, 2, 6), "r1", Refund{.amount_micros = 50 * kUnit, .purchase_event_id = "p4"}),
      At(NoonOf(2026, 2, 7), "r2", Refund{.amount_micros = 5 * kUnit}),
      At(NoonOf(2026, 2, 7), "s1", SubscriptionStart{.subscription_id = "s", .price_micros = 9}),
      At(NoonOf(2026, 3, 7), "s2", SubscriptionCharge{.subscription_id = "s", .amount_micros = 9}),
      At(NoonOf(2026, 3, 8), "s3", SubscriptionStop{.subscription_id = "s"}),
      At(NoonOf(2026, 3, 8), "f1", Referral{.referred_customer_id = "d"}),
      At(NoonOf(2026, 3, 9), "m1", MatchRating{.criterion = "k", .rating = 10, .rater = "li"}),
      At(NoonOf(2026, 3, 9), "m2", MatchRating{.criterion = "k", .rating = 90, .rater = "li"}),
      At(NoonOf(2026, 1, 2), "a1", AttributeChange{.name = "segment", .value = std::string("A %")}),
      At(NoonOf(2026, 2, 2), "a2", AttributeChange{.name = "segment", .value = std::string()}),
      At(NoonOf(2026, 2, 2), "a3", AttributeChange{.name = "ratio", .value = 0.1}),
      At(NoonOf(2026, 2, 2), "a4", AttributeChange{.name = "vip", .value = true}),
      At(NoonOf(2026, 4, 2), "a5", AttributeChange{.name = "vip"}),
      At(NoonOf(2026, 4, 2), "i1",
         Information{.information_kind = "need", .quality = 0.7, .consent = true}),
      At(NoonOf(2026, 4, 2), "k1", Knowledge{.benefit_micros = 100 * kUnit, .attribution = 0.25}),
      At(NoonOf(2026, 4, 3), "c1", Contact{.minutes = 12.5}),
      At(NoonOf(2026, 4, 3), "x1", Remedy{.cost_micros = 3 * kUnit}),
  };
}

CustomerSummary SummaryOf(const std::vector<Event>& events) {
  auto summary = Summarize(events, Shanghai());
  EXPECT_THAT(summary, IsOk());
  return *std::move(summary);
}

TEST(SummaryTest, DoesNotDependOnTheOrderOfArrival) {
  std::vector<Event> events = MixedEvents();
  const CustomerSummary expected = SummaryOf(events);
  std::mt19937_64 random(7);
  for (int round = 0; round < 200; ++round) {
    for (size_t i = events.size() - 1; i > 0; --i) std::swap(events[i], events[random() % (i + 1)]);
    ASSERT_EQ(SummaryOf(events), expected);
  }
}

TEST(SummaryTest, ReadsBackTheSameBytesAndRecords) {
  const CustomerSummary summary = SummaryOf(MixedEvents());
  const std::string text = EncodeSummary(summary);
  VL_ASSERT_OK_AND_ASSIGN(const CustomerSummary decoded, DecodeSummary(text));
  EXPECT_EQ(decoded, summary);
  EXPECT_EQ(EncodeSummary(decoded), text);
}

TEST(SummaryTest, RefusesTextThatIsNotASummary) {
  const std::string text = EncodeSummary(SummaryOf(MixedEvents()));
  for (const std::string& bad :
       {std::string(), std::string("valueloop-summary 2\n"), text.substr(0, text.size() - 1),
        text + "q 1\n", text + "d 1 2\n", text + "d 1 99 1 1 1 1\n", text + "p 1 2 3\n",
        text + "p -999999 1\n", text + "m a b 1 2 3 nan\n", text + "a x 1 2 3 T %Z1\n"}) {
    EXPECT_THAT(DecodeSummary(bad), StatusIs(absl::StatusCode::kDataLoss)) << bad;
  }
}

TEST(SummaryTest, MergesThePurchasesOfOneDay) {
  const CustomerSummary summary = SummaryOf(MixedEvents());
  const PurchaseFacts facts = PurchasesAsOf(summary, absl::CivilDay(2026, 1, 29));
  EXPECT_EQ(facts.history, (PurchaseHistory{.repeat_count = 2,
                                            .last_weeks = 3,
                                            .age_weeks = 4,
                                            .log_gap_sum = std::log(1.0) + std::log(2.0)}));
  EXPECT_EQ(facts.spend, (SpendHistory{.count = 2, .mean = 35}));
  EXPECT_EQ(facts.purchase_count, 4);
  EXPECT_EQ(facts.amount_micros, 100 * kUnit);
  EXPECT_EQ(facts.known_margin_micros, 4 * kUnit);
  EXPECT_EQ(facts.unmargined_amount_micros, 90 * kUnit);
}

TEST(SummaryTest, ARefundThatEmptiesADayRemovesItFromTheFrequency) {
  const CustomerSummary summary = SummaryOf(MixedEvents());
  // r1 empties 22 January; r2 names nothing and takes 5 of the 20 of 8 January, the latest day with
  // money; the zero-amount purchase of 5 February counts as a purchase and not as spend.
  const PurchaseFacts facts = PurchasesAsOf(summary, absl::CivilDay(2026, 2, 12));
  EXPECT_EQ(facts.history, (PurchaseHistory{.repeat_count = 2,
                                            .last_weeks = 5,
                                            .age_weeks = 6,
                                            .log_gap_sum = std::log(1.0) + std::log(4.0)}));
  EXPECT_EQ(facts.spend, (SpendHistory{.count = 1, .mean = 15}));
  EXPECT_EQ(facts.amount_micros, 45 * kUnit);
  EXPECT_EQ(facts.known_margin_micros, 3 * kUnit);        // 4 less a quarter of it.
  EXPECT_EQ(facts.unmargined_amount_micros, 37'500'000);  // 30 + 10 - 2.5.
}

TEST(SummaryTest, ARefundBeforeItsPurchaseArrivesFindsItLater) {
  std::vector<Event> events = {
      At(NoonOf(2026, 1, 5), "r", Refund{.amount_micros = 7, .purchase_event_id = "late"})};
  CustomerSummary summary = SummaryOf(events);
  EXPECT_EQ(PurchasesAsOf(summary, absl::CivilDay(2026, 2, 1)).amount_micros, -7);
  VL_ASSERT_OK(
      Apply(summary, At(NoonOf(2026, 1, 1), "late", Purchase{.amount_micros = 7}), Shanghai()));
  const PurchaseFacts facts = PurchasesAsOf(summary, absl::CivilDay(2026, 2, 1));
  EXPECT_EQ(facts.amount_micros, 0);
  EXPECT_EQ(facts.history, std::nullopt);
}

TEST(SummaryTest, ManyRefundsThatNameNothingAreTakenFromTheLatestDaysBackwards) {
  CustomerSummary summary;
  for (int i = 0; i < 3000; ++i) {
    VL_ASSERT_OK(Apply(summary,
                       At(NoonOf(2000, 1, 1) + i * int64_t{86'400'000'000}, std::to_string(i),
                          Purchase{.amount_micros = 2}),
                       Shanghai()));
  }
  for (int i = 0; i < 4000; ++i) {
    VL_ASSERT_OK(Apply(summary,
                       At(NoonOf(2010, 1, 1), "r" + std::to_string(i), Refund{.amount_micros = 1}),
                       Shanghai()));
  }
  const PurchaseFacts facts = PurchasesAsOf(summary, absl::CivilDay(2010, 1, 1));
  ASSERT_TRUE(facts.history.has_value());
  EXPECT_EQ(facts.history->repeat_count, 999);
  EXPECT_EQ(facts.amount_micros, 2000);
}

TEST(SummaryTest, AsOfInThePastSeesOnlyItsDays) {
  const CustomerSummary summary = SummaryOf(MixedEvents());
  EXPECT_EQ(HistoryAsOf(summary, absl::CivilDay(2025, 12, 31)), std::nullopt);
  EXPECT_EQ(HistoryAsOf(summary, absl::CivilDay(2026, 1, 1)), PurchaseHistory{});
  EXPECT_EQ(TotalAsOf(summary, EventKind::kRefund, absl::CivilDay(2026, 2, 6)).count, 1);
  EXPECT_EQ(TotalAsOf(summary, EventKind::kKnowledge, absl::CivilDay(2026, 4, 2)).amount_micros,
            25 * kUnit);
}

TEST(SummaryTest, TheLatestAttributeOfTheDayIsInForce) {
  const CustomerSummary summary = SummaryOf(MixedEvents());
  const auto names = [&](absl::CivilDay day) {
    std::vector<std::string> found;
    for (const auto& [name, value] : AttributesAsOf(summary, day)) found.emplace_back(name);
    return found;
  };
  EXPECT_THAT(names(absl::CivilDay(2026, 1, 31)), ElementsAre("segment"));
  EXPECT_THAT(names(absl::CivilDay(2026, 2, 2)), ElementsAre("ratio", "segment", "vip"));
  EXPECT_THAT(names(absl::CivilDay(2026, 4, 2)), ElementsAre("ratio", "segment"));
}

TEST(SummaryTest, ADayIsACalendarDayOfTheZone) {
  CustomerSummary summary;
  const int64_t late = absl::ToUnixMicros(
      absl::FromCivil(absl::CivilSecond(2026, 1, 1, 23, 59, 59), absl::UTCTimeZone()));
  VL_ASSERT_OK(Apply(summary, At(late, "p", Purchase{}), Shanghai()));
  EXPECT_EQ(FirstEventDay(summary), absl::CivilDay(2026, 1, 2));
}

TEST(SummaryTest, RefusesAnEventThatIsNotValidAndStaysAsItWas) {
  CustomerSummary summary = SummaryOf(MixedEvents());
  const CustomerSummary before = summary;
  EXPECT_THAT(Apply(summary, At(0, "x", Purchase{.amount_micros = -1}), Shanghai()),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("purchase.amount_micros")));
  EXPECT_EQ(summary, before);
}

TEST(SummaryTest, RefusesMoneyBeyondItsIntegers) {
  CustomerSummary summary;
  absl::Status status;
  for (int i = 0; status.ok() && i < 10000; ++i) {
    status = Apply(summary, At(0, std::to_string(i), Purchase{.amount_micros = kMaxAmountMicros}),
                   Shanghai());
  }
  EXPECT_THAT(status, StatusIs(absl::StatusCode::kOutOfRange, HasSubstr("amount_micros")));
}

TEST(SummaryTest, AnEventKeyDependsOnTheSource) {
  EXPECT_NE(EventKey("a", "bc"), EventKey("ab", "c"));
  EXPECT_EQ(EventKey("pos", "1"), EventKey("pos", "1"));
  EXPECT_NE(EventKey("pos", "1"), 0u);
}

}  // namespace
}  // namespace valueloop::scoring
