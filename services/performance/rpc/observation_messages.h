// Observations and settings between the contract and the domain.
#ifndef VALUELOOP_PERFORMANCE_RPC_OBSERVATION_MESSAGES_H_
#define VALUELOOP_PERFORMANCE_RPC_OBSERVATION_MESSAGES_H_

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "google/protobuf/repeated_ptr_field.h"
#include "performance/store/performance_store.h"
#include "valueloop/performance/v1/performance.pb.h"

namespace valueloop::performance {

inline constexpr std::string_view kManualSource = "MANUAL";
inline constexpr std::string_view kScoringSource = "SCORING";

// Reads the canonical text of a period, and with a dash before the quarter (2026-Q1).
// INVALID_ARGUMENT names the field `period`.
absl::StatusOr<Period> ParsePeriod(const BoundPlan& plan, std::string_view text,
                                   Frequency frequency);

// The observation, valid for its binding in `plan`. INVALID_ARGUMENT names the field.
absl::StatusOr<RecordedObservation> ReadObservation(const BoundPlan& plan,
                                                    const v1::Observation& message);

void SetObservation(const ListedObservation& listed, v1::Observation& message);

// All settings, or INVALID_ARGUMENT naming the first field at fault ("settings[2].ratio_scale").
absl::StatusOr<std::vector<SeriesSetting>> ReadSettings(
    const BoundPlan& plan, const google::protobuf::RepeatedPtrField<v1::SeriesSetting>& messages);

}  // namespace valueloop::performance

#endif  // VALUELOOP_PERFORMANCE_RPC_OBSERVATION_MESSAGES_H_
