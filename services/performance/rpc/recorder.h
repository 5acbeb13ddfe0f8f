// Records what people and followers observe, counted and watched.
#ifndef VALUELOOP_PERFORMANCE_RPC_RECORDER_H_
#define VALUELOOP_PERFORMANCE_RPC_RECORDER_H_

#include <string_view>

#include "absl/status/statusor.h"
#include "common/metrics.h"
#include "performance/rpc/status_board.h"
#include "performance/store/performance_store.h"

namespace valueloop::performance {

// Thread-safe. The arguments must outlive it.
class Recorder {
 public:
  Recorder(PerformanceStore& store, StatusBoard& board, Metrics& metrics);

  // Records the command with messages about gaps in the form GapSender reads. Counts what was
  // accepted under the source of the first observation: manual, scoring or other. Errors as in
  // PerformanceStore::Record.
  absl::StatusOr<RecordResult> Record(RecordCommand command);

 private:
  const Counter& CounterOf(std::string_view source) const;

  PerformanceStore& store_;
  StatusBoard& board_;
  Counter manual_count_;
  Counter scoring_count_;
  Counter other_count_;
};

}  // namespace valueloop::performance

#endif  // VALUELOOP_PERFORMANCE_RPC_RECORDER_H_
