#include "performance/rpc/recorder.h"

#include <string>
#include <utility>

#include "performance/rpc/gap_messages.h"
#include "performance/rpc/observation_messages.h"

namespace valueloop::performance {
namespace {

Counter SourceCounter(Metrics& metrics, const std::string& source) {
  return metrics.GetCounter("valueloop_observations_total",
                            "Observations recorded, by who measured them.", {{"source", source}});
}

}  // namespace

Recorder::Recorder(PerformanceStore& store, StatusBoard& board, Metrics& metrics)
    : store_(store),
      board_(board),
      manual_count_(SourceCounter(metrics, "manual")),
      scoring_count_(SourceCounter(metrics, "scoring")),
      other_count_(SourceCounter(metrics, "other")) {}

absl::StatusOr<RecordResult> Recorder::Record(RecordCommand command) {
  const BoundPlan& plan = *command.plan;
  command.write_gap_message = [&plan](const KpiBinding& binding, const GapDecision& decision) {
    return WriteGapMessage(MakeGapMessage(plan, binding, decision));
  };
  absl::StatusOr<RecordResult> result = store_.Record(command);
  if (!result.ok() || result->earlier_response) return result;
  if (result->counts.accepted_count > 0) {
    CounterOf(command.observations.front().observation.source)
        .Increment(result->counts.accepted_count);
  }
  board_.Touch(plan.key());
  return result;
}

const Counter& Recorder::CounterOf(std::string_view source) const {
  if (source == kManualSource) return manual_count_;
  return source == kScoringSource ? scoring_count_ : other_count_;
}

}  // namespace valueloop::performance
