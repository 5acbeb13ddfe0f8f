#include "scoring/rpc/portfolio_metrics.h"

#include <array>
#include <cstdint>
#include <optional>

#include "common/status.h"
#include "scoring/domain/summary.h"
#include "scoring/rpc/portfolio_overview.h"
#include "scoring/rpc/score_proto.h"

namespace valueloop::scoring {
namespace {

constexpr double kMicrosPerUnit = 1e6;

struct ClassCell {
  int64_t customer_count = 0;
  double revenue = 0;  // In units: the micros of many customers may exceed an int64.
};

}  // namespace

absl::StatusOr<v1::PortfolioMetrics> ComputePortfolioMetrics(
    Scorer& scorer, const Workspace& workspace, const VersionSet& versions,
    absl::CivilDay first_day, absl::CivilDay last_day, absl::FunctionRef<bool()> stop) {
  if (versions.model == nullptr) {
    return WithReason(
        absl::FailedPreconditionError("model: got none active, want one: fit and activate a model"),
        "NO_MODEL");
  }
  std::array<ClassCell, kCustomerClassCount> cells;
  v1::PortfolioMetrics metrics;
  int64_t customer_count = 0;
  int64_t covered_count = 0;
  double total_revenue = 0;
  const double coverage_min = versions.policy->policy().coverage_min;
  VL_RETURN_IF_ERROR(scorer.ScoreAll(
      workspace, versions, last_day,
      [&](const CustomerRecord& record, const Score& score) -> absl::Status {
        if (stop()) return absl::CancelledError("metrics: nobody waits for them");
        const std::optional<absl::CivilDay> first_event = FirstEventDay(record.summary);
        if (!first_event.has_value() || *first_event > last_day) return absl::OkStatus();
        const auto amount = [&](EventKind kind) {
          return TotalOf(record.summary, kind, first_day, last_day).amount_micros;
        };
        // Of one customer: bounded by its volume, so exact.
        const double revenue =
            static_cast<double>(amount(EventKind::kPurchase) - amount(EventKind::kRefund)) /
            kMicrosPerUnit;
        ClassCell& cell = cells[static_cast<size_t>(score.classification.customer_class)];
        ++cell.customer_count;
        cell.revenue += revenue;
        total_revenue += revenue;
        ++customer_count;
        if (score.state == ScoreState::kOk && score.match.coverage >= coverage_min) {
          ++covered_count;
        }
        return absl::OkStatus();
      }));
  metrics.set_first_day(absl::FormatCivilTime(first_day));
  metrics.set_last_day(absl::FormatCivilTime(last_day));
  metrics.set_model_version(versions.numbers.model);
  metrics.set_policy_version(versions.numbers.policy);
  metrics.set_reference_version(versions.numbers.reference);
  metrics.set_customer_count(customer_count);
  metrics.set_covered_count(covered_count);
  for (const CustomerClass customer_class : kListedClasses) {
    const ClassCell& cell = cells[static_cast<size_t>(customer_class)];
    v1::ClassRevenue& out = *metrics.add_class_revenue();
    out.set_customer_class(ToProto(customer_class));
    out.set_customer_count(cell.customer_count);
    out.set_revenue(cell.revenue);
  }
  metrics.set_revenue(total_revenue);
  return metrics;
}

}  // namespace valueloop::scoring
