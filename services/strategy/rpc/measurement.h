// The part of a publication that performance measures by.
#ifndef VALUELOOP_STRATEGY_RPC_MEASUREMENT_H_
#define VALUELOOP_STRATEGY_RPC_MEASUREMENT_H_

#include "strategy/domain/plan.h"
#include "valueloop/strategy/v1/publication.pb.h"

namespace valueloop::strategy {

// Translates the KPIs with their weights in the whole, the evaluation policy, the organisation and
// the cascade's cells of the fiscal year. `plan` compiled without error.
void SetMeasurement(const Plan& plan, v1::MeasurementPlan& measurement);

}  // namespace valueloop::strategy

#endif  // VALUELOOP_STRATEGY_RPC_MEASUREMENT_H_
