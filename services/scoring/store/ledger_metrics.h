#ifndef VALUELOOP_SCORING_STORE_LEDGER_METRICS_H_
#define VALUELOOP_SCORING_STORE_LEDGER_METRICS_H_

#include "common/metrics.h"

namespace valueloop::scoring {

// What the ledger counts. Handles of a default-constructed one drop what they are given.
struct LedgerMetrics {
  static LedgerMetrics Register(Metrics& metrics);

  Counter accepted_count;
  Counter duplicate_count;
  Counter rejected_count;
  Histogram commit_seconds;  // From asking for a batch to be stored until it is durable.
};

}  // namespace valueloop::scoring

#endif  // VALUELOOP_SCORING_STORE_LEDGER_METRICS_H_
