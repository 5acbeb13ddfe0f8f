#include "scoring/domain/insight/exchange.h"

#include "scoring/domain/period.h"

namespace valueloop::scoring {
namespace {

constexpr int kYearDays = 365;

}  // namespace

double ValueToFirm(const CustomerSummary& summary, absl::CivilDay as_of, double margin_ratio) {
  const absl::CivilDay first = as_of - kYearDays + 1;
  return MarginBetween(summary, first, as_of, margin_ratio) -
         ServiceCostBetween(summary, first, as_of);
}

void ExchangeResult::Add(double value_to_firm_of_customer, std::optional<double> gain) {
  ++customer_count;
  value_to_firm += value_to_firm_of_customer;
  if (!gain) return;
  ++with_value_case_count;
  value_to_customer = value_to_customer.value_or(0) + *gain;
  value_to_firm_of_compared = value_to_firm_of_compared.value_or(0) + value_to_firm_of_customer;
}

std::optional<double> ExchangeResult::ratio() const {
  if (!value_to_customer || !(*value_to_firm_of_compared > 0)) return std::nullopt;
  return *value_to_customer / *value_to_firm_of_compared;
}

std::optional<bool> ExchangeResult::both_gain() const {
  if (!value_to_customer) return std::nullopt;
  return *value_to_customer > 0 && *value_to_firm_of_compared > 0;
}

}  // namespace valueloop::scoring
