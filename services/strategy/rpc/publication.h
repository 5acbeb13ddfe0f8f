// What a published plan means to the other services: the plan, resolved, as a Publication.
#ifndef VALUELOOP_STRATEGY_RPC_PUBLICATION_H_
#define VALUELOOP_STRATEGY_RPC_PUBLICATION_H_

#include "absl/status/statusor.h"
#include "strategy/domain/plan.h"
#include "valueloop/strategy/v1/publication.pb.h"

namespace valueloop::strategy {

// Translates a plan that compiled without error. Sets everything but plan_version, version,
// publish_time and fingerprint, which only the store knows. FAILED_PRECONDITION
// (PLAN_HAS_ERRORS) if more than one business design carries match criteria: customers are scored
// by one.
absl::StatusOr<v1::Publication> MakePublication(const Plan& plan);

}  // namespace valueloop::strategy

#endif  // VALUELOOP_STRATEGY_RPC_PUBLICATION_H_
