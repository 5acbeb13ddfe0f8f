#include "scoring/domain/simulate.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <set>

#include "common/status.h"
#include "fmt/format.h"
#include "scoring/domain/civil_day.h"
#include "scoring/domain/field_rule.h"

namespace valueloop::scoring {
namespace {

constexpr double kMinPercent = -100;
constexpr double kMaxPercent = 1000;
// As Apply keeps a customer's sums within int64.
constexpr double kMaxScaledMicros = static_cast<double>(std::numeric_limits<int64_t>::max()) / 2;

int64_t Scaled(int64_t micros, double factor) {
  return std::llround(static_cast<double>(micros) * factor);
}

void Scale(DayTotal& total, double factor) {
  total.amount_micros = Scaled(total.amount_micros, factor);
  total.margined_amount_micros = Scaled(total.margined_amount_micros, factor);
  total.margin_micros = Scaled(total.margin_micros, factor);
}

void ScaleSpend(CustomerSummary& summary, double factor) {
  for (DayTotal& total : summary.days) {
    if (total.kind == EventKind::kPurchase || total.kind == EventKind::kRefund) {
      Scale(total, factor);
    }
  }
  for (RefundRecord& refund : summary.refunds) {
    refund.amount_micros = Scaled(refund.amount_micros, factor);
    refund.margin_micros = Scaled(refund.margin_micros, factor);
  }
}

void ScaleServiceCost(CustomerSummary& summary, double factor) {
  for (DayTotal& total : summary.days) {
    if (total.kind == EventKind::kCostToServe) Scale(total, factor);
  }
}

CaseNeighbour& FindOrAdd(std::vector<CaseNeighbour>& neighbours, const std::string& customer_id) {
  for (CaseNeighbour& neighbour : neighbours) {
    if (neighbour.customer_id == customer_id) return neighbour;
  }
  neighbours.push_back({.customer_id = customer_id});
  return neighbours.back();
}

absl::Status AddEvent(const Event& event, absl::TimeZone zone, CustomerCase& customer) {
  VL_RETURN_IF_ERROR(Apply(customer.summary, event, zone));
  const auto* referral = std::get_if<Referral>(&event.payload);
  if (referral == nullptr) return absl::OkStatus();
  FindOrAdd(customer.referred, referral->referred_customer_id)
      .claims.push_back({.referrer_id = customer.customer_id,
                         .occurred_micros = event.occurred_micros,
                         .day = DayNumber(DayOf(event.occurred_micros, zone)),
                         .type = referral->type});
  return absl::OkStatus();
}

void CutBefore(CustomerSummary& summary, int32_t day) {
  const auto cut = [day](auto& records) {
    std::erase_if(records, [day](const auto& record) { return record.day >= day; });
  };
  cut(summary.days);
  cut(summary.purchases);
  cut(summary.refunds);
  cut(summary.subscriptions);
  cut(summary.referrals);
  cut(summary.ratings);
  cut(summary.attributes);
}

void CutBefore(std::vector<ReferralClaim>& claims, int32_t day) {
  std::erase_if(claims, [day](const ReferralClaim& claim) { return claim.day >= day; });
}

}  // namespace

absl::StatusOr<Score> ComputeScore(const ScoreContext& context, const CustomerCase& customer) {
  std::vector<absl::StatusOr<Score>> scores = ComputeScores(context, std::span(&customer, 1));
  return std::move(scores.front());
}

std::vector<absl::StatusOr<Score>> ComputeScores(const ScoreContext& context,
                                                 std::span<const CustomerCase> customers) {
  std::vector<std::vector<ReferredCustomer>> referred(customers.size());
  std::vector<ScoreInputs> inputs;
  inputs.reserve(customers.size());
  for (size_t i = 0; i < customers.size(); ++i) {
    const CustomerCase& customer = customers[i];
    for (const CaseNeighbour& neighbour : customer.referred) {
      referred[i].push_back({.customer_id = neighbour.customer_id,
                             .summary = neighbour.summary ? &*neighbour.summary : nullptr,
                             .claims = neighbour.claims});
    }
    inputs.push_back({.customer_id = customer.customer_id,
                      .summary = &customer.summary,
                      .claims = customer.claims,
                      .referred = referred[i],
                      .ledger_revision = customer.ledger_revision});
  }
  return ComputeScores(context, inputs);
}

std::vector<std::string> ReferredIn(std::span<const Event> events) {
  std::set<std::string> ids;
  for (const Event& event : events) {
    const auto* referral = std::get_if<Referral>(&event.payload);
    if (referral != nullptr) ids.insert(referral->referred_customer_id);
  }
  return {ids.begin(), ids.end()};
}

absl::Status ApplyWhatIf(const WhatIf& what_if, absl::TimeZone zone, CustomerCase& customer) {
  VL_RETURN_IF_ERROR(CheckRange("what_if.spend_change_percent", what_if.spend_change_percent,
                                kMinPercent, kMaxPercent));
  VL_RETURN_IF_ERROR(CheckRange("what_if.service_cost_change_percent",
                                what_if.service_cost_change_percent, kMinPercent, kMaxPercent));
  if (what_if.events.size() > kMaxWhatIfEvents) {
    return InvalidField("what_if.events", fmt::format("{} of them", what_if.events.size()),
                        fmt::format("at most {}", kMaxWhatIfEvents));
  }
  const double spend = 1 + what_if.spend_change_percent / 100;
  const double service_cost = 1 + what_if.service_cost_change_percent / 100;
  const double largest = std::max({spend, service_cost, 1.0});
  if (static_cast<double>(customer.summary.volume_micros) * largest > kMaxScaledMicros) {
    return InvalidField("what_if.spend_change_percent",
                        fmt::format("{}", what_if.spend_change_percent),
                        "less: the customer's money would exceed what the ledger can hold");
  }
  if (spend != 1) ScaleSpend(customer.summary, spend);
  if (service_cost != 1) ScaleServiceCost(customer.summary, service_cost);
  for (size_t i = 0; i < what_if.events.size(); ++i) {
    VL_RETURN_IF_ERROR(Annotate(AddEvent(what_if.events[i], zone, customer),
                                fmt::format("what_if.events[{}]", i)));
  }
  return absl::OkStatus();
}

CustomerCase CutBefore(const CustomerCase& customer, absl::CivilDay day) {
  const int32_t number = DayNumber(day);
  CustomerCase cut = customer;
  CutBefore(cut.summary, number);
  CutBefore(cut.claims, number);
  for (CaseNeighbour& neighbour : cut.referred) {
    if (neighbour.summary) CutBefore(*neighbour.summary, number);
    CutBefore(neighbour.claims, number);
  }
  // Customers that no referral names any more.
  std::erase_if(cut.referred, [&](const CaseNeighbour& neighbour) {
    return std::none_of(cut.summary.referrals.begin(), cut.summary.referrals.end(),
                        [&](const ReferralRecord& referral) {
                          return referral.referred_customer_id == neighbour.customer_id;
                        });
  });
  return cut;
}

std::vector<absl::CivilDay> DaysWithEvents(const CustomerCase& customer, absl::CivilDay after,
                                           absl::CivilDay until) {
  const int32_t first = DayNumber(after) + 1;
  const int32_t last = DayNumber(until);
  std::set<int32_t> days;
  const auto add = [&](int32_t day) {
    if (day >= first && day <= last) days.insert(day);
  };
  const auto add_summary = [&](const CustomerSummary& summary) {
    for (const DayTotal& total : summary.days) add(total.day);
  };
  add_summary(customer.summary);
  for (const ReferralClaim& claim : customer.claims) add(claim.day);
  for (const CaseNeighbour& neighbour : customer.referred) {
    if (neighbour.summary) add_summary(*neighbour.summary);
    for (const ReferralClaim& claim : neighbour.claims) add(claim.day);
  }
  std::vector<absl::CivilDay> rising;
  rising.reserve(days.size());
  for (const int32_t day : days) rising.push_back(DayFromNumber(day));
  return rising;
}

}  // namespace valueloop::scoring
