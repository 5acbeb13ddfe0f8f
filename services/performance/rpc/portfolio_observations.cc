#include "performance/rpc/portfolio_observations.h"

#include <algorithm>

#include "fmt/format.h"
#include "performance/rpc/observation_messages.h"
#include "valueloop/scoring/v1/score.pb.h"

namespace valueloop::performance {
namespace {

namespace cv1 = ::valueloop::scoring::v1;

struct Share {
  double part = 0;
  double whole = 0;
};

std::optional<Share> ShareOf(const KpiSource& source, const cv1::PortfolioMetrics& metrics) {
  if (source.metric == "coverage") {
    return Share{.part = static_cast<double>(metrics.covered_count()),
                 .whole = static_cast<double>(metrics.customer_count())};
  }
  if (source.metric != "class_revenue_share") return std::nullopt;
  for (const cv1::ClassRevenue& revenue : metrics.class_revenue()) {
    if (cv1::CustomerClass_Name(revenue.customer_class()) ==
        "CUSTOMER_CLASS_" + source.customer_class) {
      return Share{.part = revenue.revenue(), .whole = metrics.revenue()};
    }
  }
  return std::nullopt;
}

}  // namespace

bool IsScored(const KpiBinding& binding) {
  return binding.unit.empty() && binding.source.service == kScoringSource;
}

bool HasScoredKpi(const BoundPlan& plan) {
  return std::any_of(plan.bindings().begin(), plan.bindings().end(), IsScored);
}

std::vector<Period> PeriodsUntil(const KpiBinding& binding, absl::CivilDay until) {
  std::vector<Period> periods;
  const int count = binding.calendar.PeriodsElapsed(binding.frequency, binding.fiscal_year, until);
  for (int index = 1; index <= count; ++index) {
    periods.push_back({binding.frequency, binding.fiscal_year, index});
  }
  return periods;
}

std::optional<RecordedObservation> ObservationOf(const KpiBinding& binding, const Period& period,
                                                 const cv1::PortfolioMetrics& metrics) {
  const std::optional<Share> share = ShareOf(binding.source, metrics);
  if (!share || share->whole <= 0) return std::nullopt;
  RecordedObservation recorded;
  Observation& observation = recorded.observation;
  observation.kpi = binding.kpi;
  observation.unit = binding.unit;
  observation.period = period;
  if (binding.aggregation == Aggregation::kRatio) {
    observation.numerator = share->part;
    observation.denominator = share->whole;
  } else {
    observation.value = DefaultScale(binding.measure) * share->part / share->whole;
  }
  observation.source = kScoringSource;
  recorded.scoring_versions =
      fmt::format("model={} policy={} reference={}", metrics.model_version(),
                  metrics.policy_version(), metrics.reference_version());
  return recorded;
}

}  // namespace valueloop::performance
