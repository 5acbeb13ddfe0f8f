#include "scoring/store/ledger_metrics.h"

#include <vector>

namespace valueloop::scoring {

LedgerMetrics LedgerMetrics::Register(Metrics& metrics) {
  const std::string name = "valueloop_ledger_events_total";
  const std::string help = "Events sent to the ledger, by what became of them.";
  const std::vector<double> buckets = {0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1,
                                       0.25,  0.5,    1,     2.5,  5,     10};
  return {
      .accepted_count = metrics.GetCounter(name, help, {{"outcome", "accepted"}}),
      .duplicate_count = metrics.GetCounter(name, help, {{"outcome", "duplicate"}}),
      .rejected_count = metrics.GetCounter(name, help, {{"outcome", "rejected"}}),
      .commit_seconds = metrics.GetHistogram(
          "valueloop_ledger_commit_seconds",
          "Time from handing a batch of events to the store until it is durable.", {}, buckets)};
}

}  // namespace valueloop::scoring
