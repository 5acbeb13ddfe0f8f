// Contracts: ARPU times tenure (A49), with tenure = 1 / monthly churn (METHODS B16).
#ifndef VALUELOOP_SCORING_DOMAIN_INSIGHT_CONTRACT_VALUE_H_
#define VALUELOOP_SCORING_DOMAIN_INSIGHT_CONTRACT_VALUE_H_

#include <cstdint>
#include <optional>

#include "absl/time/civil_time.h"
#include "scoring/domain/summary.h"

namespace valueloop::scoring {

inline constexpr double kDaysPerContractMonth = 365.25 / 12;

// Months; unset unless churn is in (0, 1].
std::optional<double> ExpectedTenureMonths(double monthly_churn);
// 1 - (1 - monthly)^12, not 12 times it; the argument in 0..1.
double AnnualChurn(double monthly_churn);

struct ContractValueOptions {
  absl::CivilDay as_of;
  int window_days = 365;
  double margin_ratio = 0;
  absl::CivilDay first_day() const { return as_of - window_days + 1; }
};

// Currency units; per contract month where it says so. Unset without contract months.
struct ContractValueResult {
  int64_t running_count = 0;
  double contract_months = 0;
  int64_t stopped_count = 0;
  double charges = 0;  // Sums over the window.
  double margin = 0;
  double cost_to_serve = 0;

  std::optional<double> arpu() const;
  std::optional<double> monthly_margin() const;  // After cost to serve.
  std::optional<double> monthly_churn() const;   // At most 1.
  std::optional<double> expected_tenure_months() const;
  std::optional<double> lifetime_contribution() const;
};

class ContractValueCollector {
 public:
  explicit ContractValueCollector(const ContractValueOptions& options) : options_(options) {}

  // Each customer once. Costs to serve count only for those with contract days in the window.
  void Add(const CustomerSummary& summary);
  const ContractValueResult& result() const { return result_; }

 private:
  const ContractValueOptions options_;
  ContractValueResult result_;
};

}  // namespace valueloop::scoring

#endif  // VALUELOOP_SCORING_DOMAIN_INSIGHT_CONTRACT_VALUE_H_
