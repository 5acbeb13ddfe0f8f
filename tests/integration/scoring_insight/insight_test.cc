// InsightService over gRPC: events in, insight out, from a real server.
#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "common/status.h"
#include "fmt/format.h"
#include "gmock/gmock.h"
#include "google/protobuf/text_format.h"
#include "gtest/gtest.h"
#include "integration/scoring_ledger/ledger_calls.h"
#include "integration/scoring_portfolio/portfolio_server.h"
#include "testing/status_matchers.h"
#include "valueloop/scoring/v1/insight.pb.h"

namespace valueloop::scoring {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using Day = absl::CivilDay;
using testing::StatusIs;

constexpr char kWorkspace[] = "workspaces/default";
constexpr char kAsOf[] = "2026-06-30";

class InsightTest : public ::testing::Test {
 protected:
  // Records an event whose payload is `payload` in text format.
  void Record(const std::string& customer, absl::CivilDay day, const std::string& payload,
              const std::string& id = "") {
    v1::Event event = PurchaseOn(customer, id.empty() ? fmt::format("e{}", ++count_) : id, day, 0);
    event.clear_payload();
    ASSERT_TRUE(google::protobuf::TextFormat::MergeFromString(payload, &event)) << payload;
    server_.Record({event});
  }
  void Buy(const std::string& customer, absl::CivilDay day, int units,
           const std::string& more = "") {
    Record(customer, day, fmt::format("purchase {{ amount_micros: {}000000 {} }}", units, more));
  }

  template <typename Response, typename Request>
  absl::StatusOr<Response> Ask(const std::string& method, Request request,
                               const std::string& customer = "") {
    if (request.parent().empty()) {
      request.set_parent(customer.empty() ? kWorkspace
                                          : fmt::format("{}/customers/{}", kWorkspace, customer));
    }
    if (request.as_of().empty()) request.set_as_of(kAsOf);
    return server_.Call<Response>("InsightService/" + method, request);
  }

  PortfolioServer server_;
  int count_ = 0;
};

v1::GetPerceivedValueRequest TelecomWeights() {
  v1::GetPerceivedValueRequest request;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(
      "benefit_weights { dimension: 'FUNCTIONAL' weight: 35 }"
      "benefit_weights { dimension: 'EMOTIONAL' weight: 20 }"
      "benefit_weights { dimension: 'SOCIAL' weight: 10 }"
      "benefit_weights { dimension: 'ECONOMIC' weight: 35 }",
      &request));
  return request;
}

TEST_F(InsightTest, PerceivedValueIsTheRulingsAndValidatedByWhoStayed) {
  Record("a", Day(2025, 11, 1),
         "feedback { benefits { dimension: 'FUNCTIONAL' score: 80 }"
         " benefits { dimension: 'EMOTIONAL' score: 60 }"
         " benefits { dimension: 'SOCIAL' score: 50 }"
         " benefits { dimension: 'ECONOMIC' score: 70 } costs { dimension: 'MONEY' score: 50 } }");
  Record("b", Day(2025, 11, 2),
         "feedback { benefits { dimension: 'FUNCTIONAL' score: 30 }"
         " costs { dimension: 'MONEY' score: 60 } }");
  Record("b", Day(2025, 11, 2), "attribute_change { attribute: 'segment' value { text: 'SG2' } }");
  Buy("a", Day(2025, 10, 1), 10);
  Buy("a", Day(2026, 5, 1), 10);
  Buy("b", Day(2025, 10, 1), 10);

  VL_ASSERT_OK_AND_ASSIGN(const auto one,
                          Ask<v1::PerceivedValue>("GetPerceivedValue", TelecomWeights(), "a"));
  EXPECT_NEAR(one.perceived_value(), 69.5, 1e-12);  // METHODS E13.
  EXPECT_EQ(one.dominant_dimension(), "FUNCTIONAL");
  EXPECT_NEAR(one.benefits(0).contribution(), 28, 1e-12);
  EXPECT_NEAR(one.value_ratio(), 1.39, 1e-12);
  EXPECT_NEAR(one.delivered_value(), 19.5, 1e-12);
  EXPECT_TRUE(one.loyalty_expected());
  EXPECT_FALSE(one.has_validation());

  VL_ASSERT_OK_AND_ASSIGN(const auto all,
                          Ask<v1::PerceivedValue>("GetPerceivedValue", TelecomWeights()));
  EXPECT_EQ(all.customer_count(), 2);
  EXPECT_EQ(all.loyal_expected_count(), 1);
  EXPECT_NEAR(all.value_ratio(), (69.5 + 30) / 110, 1e-12);
  EXPECT_EQ(all.validation().above_kept_count(), 1);
  EXPECT_EQ(all.validation().rest_count(), 1);
  EXPECT_EQ(all.validation().rest_kept_count(), 0);
  EXPECT_NEAR(all.validation().lift(), 1, 1e-12);

  v1::GetPerceivedValueRequest segment = TelecomWeights();
  segment.set_predicate("segment = SG2");
  VL_ASSERT_OK_AND_ASSIGN(const auto some, Ask<v1::PerceivedValue>("GetPerceivedValue", segment));
  EXPECT_EQ(some.customer_count(), 1);
  EXPECT_NEAR(some.perceived_value(), 30, 1e-12);

  // Before anybody said anything.
  v1::GetPerceivedValueRequest early = TelecomWeights();
  early.set_as_of("2025-10-15");
  VL_ASSERT_OK_AND_ASSIGN(const auto before, Ask<v1::PerceivedValue>("GetPerceivedValue", early));
  EXPECT_FALSE(before.has_perceived_value());
  EXPECT_THAT(before.missing(), ElementsAre("feedback.benefits", "feedback.costs"));
  EXPECT_EQ(before.customer_count(), 2);
}

TEST_F(InsightTest, NeedsAndTouchpointsComeByPriorityPageByPage) {
  for (int i = 0; i < 3; ++i) {
    Record(fmt::format("c{}", i), Day(2026, 6, 1),
           fmt::format("feedback {{ needs {{ need: 'coverage' importance: 9 satisfaction: {} }}"
                       " needs {{ need: 'price' importance: 7 satisfaction: 8 }}"
                       " touchpoint: 'hotline' phase: TOUCHPOINT_PHASE_AFTER_SALE"
                       " expectation: 8 perception: 5 importance: 9 }}",
                       3 + i));
  }
  v1::ListNeedOpportunitiesRequest request;
  request.set_page_size(1);
  VL_ASSERT_OK_AND_ASSIGN(const auto first,
                          Ask<v1::ListNeedOpportunitiesResponse>("ListNeedOpportunities", request));
  ASSERT_EQ(first.needs_size(), 1);
  EXPECT_EQ(first.needs(0).need(), "coverage");
  EXPECT_NEAR(first.needs(0).opportunity(), 9 + 5, 1e-12);
  request.set_page_token(first.next_page_token());
  VL_ASSERT_OK_AND_ASSIGN(const auto second,
                          Ask<v1::ListNeedOpportunitiesResponse>("ListNeedOpportunities", request));
  ASSERT_EQ(second.needs_size(), 1);
  EXPECT_EQ(second.needs(0).need(), "price");
  EXPECT_EQ(second.needs(0).rank(), 2);
  EXPECT_EQ(second.next_page_token(), "");
  request.set_drift_days(99);
  EXPECT_EQ(
      FieldOf(Ask<v1::ListNeedOpportunitiesResponse>("ListNeedOpportunities", request).status()),
      "page_token")
      << "a token is bound to the rest of its request";

  VL_ASSERT_OK_AND_ASSIGN(
      const auto gaps,
      Ask<v1::ListTouchpointGapsResponse>("ListTouchpointGaps", v1::ListTouchpointGapsRequest()));
  ASSERT_EQ(gaps.touchpoints_size(), 1);
  EXPECT_NEAR(gaps.touchpoints(0).priority(), 27, 1e-12);
  EXPECT_EQ(gaps.touchpoints(0).phase(), v1::TOUCHPOINT_PHASE_AFTER_SALE);
  EXPECT_EQ(gaps.phases(2).customer_count(), 3);
}

TEST_F(InsightTest, PriceLineBalanceAndTrustFollowTheValueCase) {
  Record("a", Day(2026, 6, 1),
         "feedback { value_case { offer: 'fibre' price_micros: 1200000000"
         " reference_price_micros: 1000000000"
         " differences { driver: 'downtime' amount_micros: 500000000 } }"
         " benefits { dimension: 'FUNCTIONAL' score: 80 rival_score: 64 } }");
  Buy("a", Day(2026, 3, 1), 1000, "margin_micros: 150000000");
  // Noon in Shanghai; due on 2026-05-10, 2026-06-01 and 2026-12-31.
  Record("a", Day(2026, 5, 1), "promise { promise_id: 'p1' due_time { seconds: 1778385600 } }");
  Record("a", Day(2026, 5, 10), "promise_kept { promise_id: 'p1' }");
  Record("a", Day(2026, 5, 1),
         "promise { promise_id: 'p2' text: 'ring back' due_time { seconds: 1780286400 } }");
  Record("a", Day(2026, 5, 1), "promise { promise_id: 'p3' due_time { seconds: 1798689600 } }");
  Buy("b", Day(2026, 3, 1), 50);

  VL_ASSERT_OK_AND_ASSIGN(const auto price,
                          Ask<v1::PriceLine>("GetPriceLine", v1::GetPriceLineRequest(), "a"));
  ASSERT_EQ(price.offers_size(), 1);
  EXPECT_NEAR(price.offers(0).value_price(), 1500, 1e-9);
  EXPECT_NEAR(price.offers(0).customer_gain(), 300, 1e-9);
  EXPECT_TRUE(price.offers(0).within_value());
  EXPECT_NEAR(price.value_map().distance(), (1.25 - 1.2) / std::sqrt(2), 1e-12);

  VL_ASSERT_OK_AND_ASSIGN(
      const auto balance,
      Ask<v1::ExchangeBalance>("GetExchangeBalance", v1::GetExchangeBalanceRequest()));
  EXPECT_EQ(balance.customer_count(), 2);
  EXPECT_EQ(balance.with_value_case_count(), 1);
  EXPECT_NEAR(balance.value_to_customer(), 300, 1e-9);
  EXPECT_NEAR(balance.value_to_firm_of_compared(), 150, 1e-9);
  EXPECT_NEAR(balance.value_to_firm(), 150 + 20, 1e-9);
  EXPECT_NEAR(balance.ratio(), 2, 1e-12);
  EXPECT_TRUE(balance.both_gain());

  VL_ASSERT_OK_AND_ASSIGN(const auto promises,
                          Ask<v1::Promises>("GetPromises", v1::GetPromisesRequest(), "a"));
  EXPECT_EQ(promises.due_count(), 2);
  EXPECT_EQ(promises.kept_on_time_count(), 1);
  EXPECT_EQ(promises.open_count(), 1);
  EXPECT_NEAR(promises.trust_index(), .5, 1e-12);
  ASSERT_EQ(promises.late_size(), 1);
  EXPECT_EQ(promises.late(0).due_day(), "2026-06-01");
  EXPECT_EQ(promises.late(0).overdue_days(), 29);
  EXPECT_EQ(promises.late(0).text(), "ring back");

  VL_ASSERT_OK_AND_ASSIGN(const auto none,
                          Ask<v1::Promises>("GetPromises", v1::GetPromisesRequest(), "b"));
  EXPECT_FALSE(none.has_kept_ratio());
  EXPECT_FALSE(none.has_trust_index());
  EXPECT_THAT(none.missing(), ElementsAre("promises", "feedback.value_case"));
}

TEST_F(InsightTest, RecoveryAndContractsAreCountedFromTheLedger) {
  Record("a", Day(2025, 9, 1), "complaint { topic: 'signal' }", "complaint-1");
  Record("a", Day(2025, 9, 2), "remedy { complaint_event_id: 'complaint-1' cost_micros: 4000000 }");
  Buy("a", Day(2025, 12, 1), 50);
  Record("b", Day(2025, 9, 1), "complaint { }");
  Record("b", Day(2026, 6, 1), "complaint { }");
  VL_ASSERT_OK_AND_ASSIGN(
      const auto recovery,
      Ask<v1::ServiceRecovery>("GetServiceRecovery", v1::GetServiceRecoveryRequest()));
  EXPECT_EQ(recovery.complaint_count(), 2);
  EXPECT_EQ(recovery.pending_count(), 1);
  EXPECT_NEAR(recovery.recovery_ratio(), .5, 1e-12);
  EXPECT_EQ(recovery.remedied().kept_count(), 1);
  EXPECT_NEAR(recovery.remedy_roi(), (20.0 - 4) / 4, 1e-12);  // The built-in margin ratio is 0.4.
  EXPECT_EQ(recovery.last_day(), "2026-01-01");

  Record("s", Day(2025, 1, 1),
         "subscription_start { subscription_id: 'x' price_micros: 1 period_months: 1 }");
  Record("s", Day(2026, 1, 1), "subscription_stop { subscription_id: 'x' }");
  VL_ASSERT_OK_AND_ASSIGN(
      const auto contracts,
      Ask<v1::ContractValue>("GetContractValue", v1::GetContractValueRequest()));
  EXPECT_EQ(contracts.stopped_count(), 1);
  EXPECT_NEAR(contracts.expected_tenure_months() * contracts.monthly_churn(), 1, 1e-12);
  EXPECT_FALSE(contracts.has_lifetime_contribution() && contracts.lifetime_contribution() != 0);
}

TEST_F(InsightTest, BuyingCentreNamesWhomWeHaveNotMet) {
  Record("a", Day(2026, 6, 1),
         "contact { kind: 'VISIT' person: 'wang' role: 'DECIDER' attitude: 1 influence: 0.75 }");
  Record("a", Day(2026, 1, 1),
         "contact { kind: 'CALL' person: 'li' role: 'USER' attitude: -2 influence: 0.25 }");
  VL_ASSERT_OK_AND_ASSIGN(
      const auto centre,
      Ask<v1::BuyingCentre>("GetBuyingCentre", v1::GetBuyingCentreRequest(), "a"));
  EXPECT_NEAR(centre.coverage(), .75, 1e-12);
  EXPECT_NEAR(centre.support(), .25, 1e-12);
  EXPECT_THAT(centre.missing_contacts(), ElementsAre("li"));
  EXPECT_THAT(centre.missing_roles(), ElementsAre("BUYER", "INFLUENCER", "GATEKEEPER"));
  EXPECT_THAT(centre.unmet_roles(), ElementsAre("USER"));
  EXPECT_EQ(
      FieldOf(Ask<v1::BuyingCentre>("GetBuyingCentre", v1::GetBuyingCentreRequest()).status()),
      "parent")
      << "a workspace has no buying centre";
}

TEST_F(InsightTest, HoldingsForgetWhatWasGivenBackWhole) {
  for (int i = 0; i < 6; ++i) {
    Buy(fmt::format("c{}", i), Day(2026, 1, 1), 10,
        "items { product: 'mobile' quantity: 1 } items { product: 'roaming' quantity: 1 }");
  }
  for (int i = 0; i < 6; ++i) {
    Buy(fmt::format("d{}", i), Day(2026, 1, 1), 10, "items { product: 'tv' quantity: 1 }");
  }
  Buy("new", Day(2026, 1, 1), 10, "items { product: 'mobile' quantity: 1 }");
  Record("new", Day(2026, 1, 2),
         "purchase { amount_micros: 10000000 items { product: 'roaming' quantity: 1 } }", "back");
  Record("new", Day(2026, 1, 3), "refund { amount_micros: 10000000 purchase_event_id: 'back' }");
  VL_ASSERT_OK_AND_ASSIGN(const auto holdings,
                          Ask<v1::ListProductHoldingsResponse>("ListProductHoldings",
                                                               v1::ListProductHoldingsRequest()));
  EXPECT_EQ(holdings.holder_count(), 13);
  EXPECT_EQ(holdings.multi_holder_count(), 6);
  ASSERT_EQ(holdings.pairs_size(), 1);
  EXPECT_NEAR(holdings.pairs(0).lift(), 13.0 / 7, 1e-12);
  VL_ASSERT_OK_AND_ASSIGN(
      const auto offers,
      Ask<v1::ListNextOffersResponse>("ListNextOffers", v1::ListNextOffersRequest(), "new"));
  EXPECT_THAT(offers.held(), ElementsAre("mobile"));
  ASSERT_EQ(offers.offers_size(), 1);
  EXPECT_EQ(offers.offers(0).product(), "roaming");
  EXPECT_NEAR(offers.offers(0).probability(), 6.0 / 7, 1e-12);
}

TEST_F(InsightTest, AnEmptyWorkspaceIsAnsweredWithWhatIsMissing) {
  VL_ASSERT_OK_AND_ASSIGN(
      const auto perceived,
      Ask<v1::PerceivedValue>("GetPerceivedValue", v1::GetPerceivedValueRequest()));
  EXPECT_EQ(perceived.customer_count(), 0);
  EXPECT_FALSE(perceived.has_perceived_value());
  VL_ASSERT_OK_AND_ASSIGN(
      const auto needs, Ask<v1::ListNeedOpportunitiesResponse>("ListNeedOpportunities",
                                                               v1::ListNeedOpportunitiesRequest()));
  EXPECT_THAT(needs.missing(), ElementsAre("feedback.needs"));
  VL_ASSERT_OK_AND_ASSIGN(const auto quality,
                          Ask<v1::DataQuality>("GetDataQuality", v1::GetDataQualityRequest()));
  EXPECT_THAT(quality.missing(), ElementsAre("snapshot", "customers"));
  EXPECT_EQ(quality.elements_size(), 4);
  EXPECT_FALSE(quality.has_profile_completeness());
  VL_ASSERT_OK_AND_ASSIGN(const auto holdings,
                          Ask<v1::ListProductHoldingsResponse>("ListProductHoldings",
                                                               v1::ListProductHoldingsRequest()));
  EXPECT_THAT(holdings.pairs(), IsEmpty());
  EXPECT_FALSE(holdings.has_cross_sell_ratio());
}

TEST_F(InsightTest, RefusesWhatItCannotAnswerAndNamesTheField) {
  const auto field_of = [&](auto change) {
    v1::GetPerceivedValueRequest request;
    change(request);
    const auto answer = Ask<v1::PerceivedValue>("GetPerceivedValue", request);
    EXPECT_EQ(answer.status().code(), absl::StatusCode::kInvalidArgument) << answer.status();
    return FieldOf(answer.status());
  };
  EXPECT_EQ(field_of([](auto& r) { r.set_as_of("2999-01-01"); }), "as_of");
  EXPECT_EQ(field_of([](auto& r) { r.set_as_of("yesterday"); }), "as_of");
  EXPECT_EQ(field_of([](auto& r) { r.set_predicate("segment ="); }), "predicate");
  EXPECT_EQ(field_of([](auto& r) { r.set_max_age_days(-1); }), "max_age_days");
  EXPECT_EQ(field_of([](auto& r) { r.set_retention_days(40'000); }), "retention_days");
  EXPECT_EQ(field_of([](auto& r) {
              auto& weight = *r.add_cost_weights();
              weight.set_dimension("MONEY");
              weight.set_weight(std::numeric_limits<double>::quiet_NaN());
            }),
            "cost_weights.weight");
  EXPECT_EQ(field_of([](auto& r) { r.set_parent("nonsense"); }), "parent");
  EXPECT_THAT(Ask<v1::PerceivedValue>("GetPerceivedValue", v1::GetPerceivedValueRequest(), "nobody")
                  .status(),
              StatusIs(absl::StatusCode::kNotFound));
  v1::GetPriceLineRequest price;
  price.set_quality_importance(1);
  EXPECT_EQ(FieldOf(Ask<v1::PriceLine>("GetPriceLine", price).status()), "quality_importance");
}

TEST_F(InsightTest, EventsOutOfRangeAreRejectedAndNamed) {
  const auto reject = [&](const std::string& payload) {
    v1::Event event = PurchaseOn("a", fmt::format("bad{}", ++count_), Day(2026, 1, 1), 0);
    event.clear_payload();
    EXPECT_TRUE(google::protobuf::TextFormat::MergeFromString(payload, &event)) << payload;
    v1::RecordEventsRequest request;
    request.set_parent(kWorkspace);
    *request.add_events() = event;
    const auto response =
        server_.Call<v1::RecordEventsResponse>("LedgerService/RecordEvents", request);
    if (!response.ok() || response->rejects_size() != 1) return std::string("accepted");
    const std::string& message = response->rejects(0).message();
    return message.substr(0, message.find(':'));
  };
  EXPECT_EQ(reject("feedback { benefits { dimension: 'F' score: nan } }"),
            "feedback.benefits.score");
  EXPECT_EQ(reject("feedback { benefits { dimension: 'F' score: 1 rival_score: 101 } }"),
            "feedback.benefits.rival_score");
  EXPECT_EQ(reject("feedback { expectation: 11 }"), "feedback.expectation");
  EXPECT_EQ(reject("feedback { value_case { price_micros: 1 } }"), "feedback.value_case.offer");
  EXPECT_EQ(reject("contact { person: 'x' influence: -0.1 }"), "contact.influence");
  EXPECT_EQ(reject("contact { person: 'x' influence: nan }"), "contact.influence");
  EXPECT_EQ(reject("contact { person: 'x' attitude: 2.5 }"), "contact.attitude");
  EXPECT_EQ(reject("promise { promise_id: 'p' }"), "promise.due_time");
  EXPECT_EQ(reject("promise { due_time { seconds: 1 } }"), "promise.promise_id");
  EXPECT_EQ(reject("promise_kept { }"), "promise_kept.promise_id");
}

TEST_F(InsightTest, TheLedgerVerifiesWithEveryNewEvent) {
  Record("a", Day(2026, 5, 1), "promise { promise_id: 'p' due_time { seconds: 1778385600 } }");
  Record("a", Day(2026, 5, 2), "promise_kept { promise_id: 'p' }");
  Record("a", Day(2026, 5, 3), "contact { person: 'x' attitude: -2 influence: 1 }");
  Record("a", Day(2026, 5, 4), "feedback { value_case { offer: 'o' } expectation: 0 }");
  const v1::VerifyLedgerResponse verified = VerifyLedgerOf(server_.channel());
  EXPECT_EQ(verified.checked_count(), 1) << verified.ShortDebugString();
  EXPECT_EQ(verified.differences_size(), 0) << verified.ShortDebugString();
}

}  // namespace
}  // namespace valueloop::scoring
