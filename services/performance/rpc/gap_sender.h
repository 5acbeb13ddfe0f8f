// Delivers the messages about gaps to strategy.
#ifndef VALUELOOP_PERFORMANCE_RPC_GAP_SENDER_H_
#define VALUELOOP_PERFORMANCE_RPC_GAP_SENDER_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/rpc/client.h"
#include "common/sql/outbox.h"
#include "performance/rpc/gap_messages.h"
#include "performance/store/performance_store.h"

namespace valueloop::performance {

// Thread-safe. Both arguments must outlive it.
class GapSender {
 public:
  GapSender(rpc::Channel& strategy, PerformanceStore& store) : strategy_(strategy), store_(store) {}

  // Sends one message; idempotent, as every message carries a request_id of its own. A gap that
  // somebody else has open for the KPI and unit is taken as ours; evidence for a gap that a person
  // has closed is dropped. An error is for the outbox to deal with.
  absl::Status Deliver(const sql::OutboxMessage& message);

 private:
  absl::Status Open(const PlanKey& key, const GapMessage& message);
  absl::Status AddEvidence(const PlanKey& key, const GapMessage& message);
  absl::Status Close(const PlanKey& key, const GapMessage& message);

  // Strategy's name of the gap the message is about. NOT_FOUND if there is none.
  absl::StatusOr<std::string> NameOf(const PlanKey& key, const strategy::v1::Gap& gap);
  // Of the open gap of the KPI and unit, asked from strategy.
  absl::StatusOr<std::string> FindOpenGap(const PlanKey& key, const strategy::v1::Gap& gap);

  rpc::Channel& strategy_;
  PerformanceStore& store_;
};

}  // namespace valueloop::performance

#endif  // VALUELOOP_PERFORMANCE_RPC_GAP_SENDER_H_
