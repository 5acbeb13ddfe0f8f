#include "scoring/domain/facts.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "scoring/domain/civil_day.h"

namespace valueloop::scoring {
namespace {

constexpr double kMicros = 1e6;
constexpr double kDaysPerMonth = 30.4375;

// Calls f(subscription, day of its stop if it has one) for every subscription up to `as_of`, again
// if it starts again after a stop; a start of a running one takes its place. Records are sorted by
// subscription, then by time, then START before CHARGE before STOP.
template <typename Function>
void ForEachSubscription(const CustomerSummary& summary, int32_t as_of, const Function& f) {
  std::optional<ActiveSubscription> open;
  const auto close = [&](std::optional<int32_t> stop_day) {
    if (open) f(*std::move(open), stop_day);
    open.reset();
  };
  const std::string* current = nullptr;
  for (const SubscriptionRecord& record : summary.subscriptions) {
    if (current == nullptr || *current != record.subscription_id) close(std::nullopt);
    current = &record.subscription_id;
    if (record.day > as_of) continue;
    if (record.kind == EventKind::kSubscriptionStop) {
      close(record.day);
      continue;
    }
    // A charge without a start (it may arrive late) opens a monthly subscription.
    if (record.kind == EventKind::kSubscriptionStart || !open) {
      open = ActiveSubscription{.subscription_id = record.subscription_id,
                                .period_months = std::max(record.period_months, 1),
                                .start_day = record.day,
                                .last_charge_day = record.day,
                                .price = static_cast<double>(record.amount_micros) / kMicros};
    }
    if (record.kind == EventKind::kSubscriptionCharge) {
      ++open->charge_count;
      open->last_charge_day = record.day;
      if (record.has_margin) {
        open->known_margin += static_cast<double>(record.margin_micros) / kMicros;
      } else {
        open->unmargined_amount += static_cast<double>(record.amount_micros) / kMicros;
      }
    }
  }
  close(std::nullopt);
}

}  // namespace

CustomerFacts FactsOf(const CustomerSummary& summary, absl::CivilDay as_of) {
  CustomerFacts facts;
  facts.as_of = as_of;
  facts.purchases = PurchasesAsOf(summary, as_of);
  const int32_t last = DayNumber(as_of);
  for (int kind = 0; kind < kEventKindCount; ++kind) {
    facts.totals[static_cast<size_t>(kind)] = {.day = last, .kind = static_cast<EventKind>(kind)};
  }
  for (const DayTotal& total : summary.days) {
    if (total.day > last) break;
    DayTotal& sum = facts.totals[static_cast<size_t>(total.kind)];
    sum.count += total.count;
    sum.amount_micros += total.amount_micros;
    sum.margined_amount_micros += total.margined_amount_micros;
    sum.margin_micros += total.margin_micros;
    const bool acquires = total.kind == EventKind::kPurchase ||
                          total.kind == EventKind::kSubscriptionStart ||
                          total.kind == EventKind::kSubscriptionCharge;
    if (acquires && !facts.acquired_day) facts.acquired_day = DayFromNumber(total.day);
  }
  ForEachSubscription(summary, last,
                      [&](ActiveSubscription subscription, std::optional<int32_t> stop_day) {
                        if (!stop_day) facts.subscriptions.push_back(std::move(subscription));
                      });
  return facts;
}

std::vector<ContractHistory> ContractsAsOf(const CustomerSummary& summary, absl::CivilDay as_of) {
  std::vector<ContractHistory> contracts;
  const int32_t last = DayNumber(as_of);
  ForEachSubscription(
      summary, last, [&](const ActiveSubscription& subscription, std::optional<int32_t> stop_day) {
        int32_t renewals = subscription.charge_count - 1;
        if (subscription.charge_count == 0) {
          const double days = stop_day.value_or(last) - subscription.start_day;
          renewals = static_cast<int32_t>(days / (subscription.period_months * kDaysPerMonth));
        }
        contracts.push_back({.renewals = renewals, .stopped = stop_day.has_value()});
      });
  return contracts;
}

double RealisedMargin(const CustomerFacts& facts, double margin_ratio) {
  const DayTotal& charges = facts.total(EventKind::kSubscriptionCharge);
  const int64_t known = facts.purchases.known_margin_micros + charges.margin_micros;
  const int64_t unmargined = facts.purchases.unmargined_amount_micros + charges.amount_micros -
                             charges.margined_amount_micros;
  return (static_cast<double>(known) + margin_ratio * static_cast<double>(unmargined)) / kMicros;
}

CustomerMetrics MetricsOf(const CustomerFacts& facts) {
  CustomerMetrics metrics;
  if (facts.acquired_day) {
    metrics.tenure_months = static_cast<double>(facts.as_of - *facts.acquired_day) / kDaysPerMonth;
  }
  if (facts.purchases.history) {
    metrics.days_since_purchase = static_cast<double>(facts.as_of - *facts.purchases.last_day);
    metrics.purchase_count = facts.purchases.history->repeat_count + 1;
  }
  metrics.purchase_amount = static_cast<double>(facts.purchases.amount_micros) / kMicros;
  return metrics;
}

const ReferralClaim* WinningClaim(std::span<const ReferralClaim> claims,
                                  std::string_view customer_id, absl::CivilDay as_of) {
  const auto key = [](const ReferralClaim& claim) {
    return std::tie(claim.occurred_micros, claim.referrer_id, claim.type);
  };
  const ReferralClaim* winner = nullptr;
  for (const ReferralClaim& claim : claims) {
    if (claim.referrer_id == customer_id || claim.day > DayNumber(as_of)) continue;
    if (winner == nullptr || key(claim) < key(*winner)) winner = &claim;
  }
  return winner;
}

}  // namespace valueloop::scoring
