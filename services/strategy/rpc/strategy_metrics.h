// What the strategy service tells Prometheus beside its calls.
#ifndef VALUELOOP_STRATEGY_RPC_STRATEGY_METRICS_H_
#define VALUELOOP_STRATEGY_RPC_STRATEGY_METRICS_H_

#include "common/metrics.h"

namespace valueloop::strategy {

struct StrategyMetrics {
  StrategyMetrics() = default;  // Drops everything.
  explicit StrategyMetrics(Metrics& metrics);

  Gauge error_findings;    // Of the last compilation.
  Gauge warning_findings;  // Of the last compilation.
  Counter plans_published;
  Gauge gaps_open;
  Gauge publication_watchers;
};

}  // namespace valueloop::strategy

#endif  // VALUELOOP_STRATEGY_RPC_STRATEGY_METRICS_H_
