// Evaluations, scorecards and bindings as the contract's messages.
#ifndef VALUELOOP_PERFORMANCE_RPC_EVALUATION_MESSAGES_H_
#define VALUELOOP_PERFORMANCE_RPC_EVALUATION_MESSAGES_H_

#include <string>

#include "absl/time/civil_time.h"
#include "performance/domain/scorecard.h"
#include "performance/rpc/assessment.h"
#include "valueloop/performance/v1/performance.pb.h"

namespace valueloop::performance {

std::string FormatDay(absl::CivilDay day);
void SetEvaluation(const AssessedKpi& kpi, v1::Evaluation& message);
void SetScorecard(const Scorecard& scorecard, const Assessment& assessment, v1::Scorecard& message);
void SetBinding(const KpiBinding& binding, int observed_period_count, v1::KpiBinding& message);

}  // namespace valueloop::performance

#endif  // VALUELOOP_PERFORMANCE_RPC_EVALUATION_MESSAGES_H_
