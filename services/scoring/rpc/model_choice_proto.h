// Choices, evaluations, comparisons and monitors of models, from the domain to the contract.
#ifndef VALUELOOP_SCORING_RPC_MODEL_CHOICE_PROTO_H_
#define VALUELOOP_SCORING_RPC_MODEL_CHOICE_PROTO_H_

#include <string>

#include "scoring/domain/choice.h"
#include "scoring/domain/model_comparison.h"
#include "scoring/domain/monitor.h"
#include "valueloop/scoring/v1/model_choice.pb.h"

namespace valueloop::scoring {

void ToProto(const FamilyChoice& choice, v1::ModelChoice& out);
// `data` is what `evaluation` was made from.
void ToProto(const HoldoutData& data, const HoldoutEvaluation& evaluation,
             v1::HoldoutEvaluation& out);
// Without the versions and the day.
void ToProto(const std::string& workspace, const ModelComparison& comparison,
             v1::ModelComparison& out);
// Without the model and the days.
void ToProto(const MonitorData& data, const ModelMonitor& monitor, v1::ModelMonitor& out);

}  // namespace valueloop::scoring

#endif  // VALUELOOP_SCORING_RPC_MODEL_CHOICE_PROTO_H_
