#include "scoring/domain/period.h"

#include "scoring/domain/facts.h"

namespace valueloop::scoring {
namespace {

constexpr double kMicros = 1e6;

}  // namespace

double MarginBetween(const CustomerSummary& summary, absl::CivilDay first, absl::CivilDay last,
                     double margin_ratio) {
  return RealisedMargin(FactsOf(summary, last), margin_ratio) -
         RealisedMargin(FactsOf(summary, first - 1), margin_ratio);
}

double ServiceCostBetween(const CustomerSummary& summary, absl::CivilDay first,
                          absl::CivilDay last) {
  const int64_t micros = TotalOf(summary, EventKind::kCostToServe, first, last).amount_micros +
                         TotalOf(summary, EventKind::kRemedy, first, last).amount_micros;
  return static_cast<double>(micros) / kMicros;
}

bool IsKept(const CustomerSummary& summary, absl::CivilDay after, absl::CivilDay last) {
  const CustomerFacts facts = FactsOf(summary, last);
  if (!facts.subscriptions.empty()) return true;
  if (facts.purchases.last_day && *facts.purchases.last_day > after) return true;
  return TotalOf(summary, EventKind::kSubscriptionCharge, after + 1, last).count > 0;
}

}  // namespace valueloop::scoring
