#include "scoring/domain/insight/contract_value.h"

#include <algorithm>
#include <cmath>
#include <string>

#include "scoring/domain/civil_day.h"

namespace valueloop::scoring {
namespace {

constexpr double kMicros = 1e6;

std::optional<double> PerMonth(double sum, double months) {
  if (!(months > 0)) return std::nullopt;
  return sum / months;
}

}  // namespace

std::optional<double> ExpectedTenureMonths(double monthly_churn) {
  if (!(monthly_churn > 0 && monthly_churn <= 1)) return std::nullopt;
  return 1 / monthly_churn;
}

double AnnualChurn(double monthly_churn) {
  return -std::expm1(12 * std::log1p(-monthly_churn));  // Exact for small rates too.
}

std::optional<double> ContractValueResult::arpu() const {
  return PerMonth(charges, contract_months);
}
std::optional<double> ContractValueResult::monthly_margin() const {
  return PerMonth(margin - cost_to_serve, contract_months);
}
std::optional<double> ContractValueResult::monthly_churn() const {
  const auto churn = PerMonth(static_cast<double>(stopped_count), contract_months);
  if (!churn) return std::nullopt;
  return std::min(*churn, 1.0);
}
std::optional<double> ContractValueResult::expected_tenure_months() const {
  return ExpectedTenureMonths(monthly_churn().value_or(0));
}
std::optional<double> ContractValueResult::lifetime_contribution() const {
  const auto tenure = expected_tenure_months();
  if (!tenure) return std::nullopt;
  return *monthly_margin() * *tenure;
}

void ContractValueCollector::Add(const CustomerSummary& summary) {
  const int32_t first = DayNumber(options_.first_day());
  const int32_t last = DayNumber(options_.as_of);
  int64_t contract_days = 0;
  std::optional<int32_t> start;             // Of the contract that is open.
  const auto add_days = [&](int32_t end) {  // The day of the stop is no contract day.
    contract_days += std::max(end - std::max(*start, first), 0);
  };
  const std::string* current = nullptr;
  const auto leave = [&] {
    if (!start) return;
    ++result_.running_count;
    add_days(last + 1);
    start.reset();
  };
  for (const SubscriptionRecord& record : summary.subscriptions) {
    if (current == nullptr || *current != record.subscription_id) leave();
    current = &record.subscription_id;
    if (record.day > last) continue;
    if (record.kind != EventKind::kSubscriptionStop) {
      if (!start) start = record.day;  // A charge without a start opens the contract.
    } else if (start) {
      add_days(record.day);
      if (record.day >= first) ++result_.stopped_count;
      start.reset();
    }
  }
  leave();
  const DayTotal charges =
      TotalOf(summary, EventKind::kSubscriptionCharge, options_.first_day(), options_.as_of);
  result_.charges += static_cast<double>(charges.amount_micros) / kMicros;
  result_.margin += (static_cast<double>(charges.margin_micros) +
                     options_.margin_ratio * static_cast<double>(charges.amount_micros -
                                                                 charges.margined_amount_micros)) /
                    kMicros;
  if (contract_days == 0) return;
  result_.contract_months += static_cast<double>(contract_days) / kDaysPerContractMonth;
  result_.cost_to_serve += static_cast<double>(TotalOf(summary, EventKind::kCostToServe,
                                                       options_.first_day(), options_.as_of)
                                                   .amount_micros) /
                           kMicros;
}

}  // namespace valueloop::scoring
