#include "unit/scoring/rpc/sample_events.h"

#include <utility>

#include "fmt/format.h"

namespace valueloop::scoring {

std::vector<Event> SampleEvents() {
  const std::vector<Payload> payloads = {
      Purchase{.amount_micros = 1'234'567,
               .margin_micros = -89,
               .items = {{.product = "p1", .quantity = 0.1}, {.product = "p2", .quantity = 3}}},
      Refund{.amount_micros = 2, .purchase_event_id = "e0", .margin_micros = 0},
      SubscriptionStart{.subscription_id = "s", .price_micros = 9'900'000, .period_months = 12},
      SubscriptionCharge{.subscription_id = "s", .amount_micros = 9'900'000, .margin_micros = 1},
      SubscriptionStop{.subscription_id = "s", .reason = "moved"},
      CostToServe{.amount_micros = -5, .activity = "visit"},
      Referral{.referred_customer_id = "friend",
               .type = ReferralType::kTwo,
               .incentive_micros = 5'000'000},
      Feedback{
          .nps = 0,
          .csat = 5,
          .ces = 7,
          .needs = {{.need = "speed", .importance = 9.5, .satisfaction = 0}},
          .benefits = {{.dimension = "FUNCTIONAL", .score = 70, .rival_score = 55.5}},
          .costs = {{.dimension = "MONEY", .score = 100.0 / 3, .rival_score = 0}},
          .touchpoint = "hotline",
          .phase = TouchpointPhase::kAfterSale,
          .expectation = 8,
          .perception = 0,
          .importance = 9.5,
          .value_case = ValueCase{.offer = "fibre",
                                  .price_micros = 1'200'000'000,
                                  .reference_price_micros = 1'000'000'000,
                                  .differences = {{.driver = "downtime", .amount_micros = -3}}}},
      Information{.information_kind = "survey", .quality = 0.25, .consent = true},
      Knowledge{.benefit_micros = 7, .attribution = 0.3, .topic = "packing"},
      PartnerTransaction{.gain_micros = -7, .partner = "acme"},
      Complaint{.topic = "late \"again\" <b>\xe5\xae\xa2</b>"},
      Remedy{.cost_micros = 3, .complaint_event_id = "e11"},
      Contact{.contact_kind = "VISIT",
              .channel = "PHONE",
              .person = "li",
              .minutes = 12.5,
              .role = "buyer",
              .attitude = -1.5,
              .influence = 0.25},
      MatchRating{.criterion = "innovation", .rating = 66.6, .rater = "li"},
      AttributeChange{.name = "segment", .value = "enterprise"},
      Promise{.promise_id = "p1", .text = "ring back", .due_micros = 1'700'100'000'000'001},
      PromiseKept{.promise_id = "p1"},
  };
  std::vector<Event> events;
  for (const Payload& payload : payloads) {
    events.push_back(
        {.customer_id = "c 1",
         .source = "crm",
         .event_id = fmt::format("e{}", events.size()),
         .occurred_micros = 1'700'000'000'123'456 + static_cast<int64_t>(events.size()),
         .payload = payload});
  }
  return events;
}

}  // namespace valueloop::scoring
