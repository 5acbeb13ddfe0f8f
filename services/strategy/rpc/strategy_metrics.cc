#include "strategy/rpc/strategy_metrics.h"

namespace valueloop::strategy {
namespace {

constexpr char kFindings[] = "valueloop_plan_findings";
constexpr char kFindingsHelp[] = "Findings of the last plan that was compiled, by severity.";

}  // namespace

StrategyMetrics::StrategyMetrics(Metrics& metrics)
    : error_findings(metrics.GetGauge(kFindings, kFindingsHelp, {{"severity", "error"}})),
      warning_findings(metrics.GetGauge(kFindings, kFindingsHelp, {{"severity", "warning"}})),
      plans_published(
          metrics.GetCounter("valueloop_plans_published_total", "Plan versions published.")),
      gaps_open(metrics.GetGauge("valueloop_gaps_open", "Gaps that are open now.")),
      publication_watchers(metrics.GetGauge("valueloop_publication_watchers",
                                            "Streams that follow the publications now.")) {}

}  // namespace valueloop::strategy
