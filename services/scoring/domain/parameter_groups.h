// Which parameters of purchases are a customer's under a model, numbered, so that customers with
// the same ones can be evaluated together.
#ifndef VALUELOOP_SCORING_DOMAIN_PARAMETER_GROUPS_H_
#define VALUELOOP_SCORING_DOMAIN_PARAMETER_GROUPS_H_

#include <cstdint>
#include <span>
#include <vector>

#include "absl/time/civil_time.h"
#include "scoring/domain/model.h"

namespace valueloop::scoring {

// One per part of the model, in their order; a customer of no part has the parameters of the first.
class ParameterGroups {
 public:
  // `model` has at least one part and outlives the groups.
  explicit ParameterGroups(const Model& model) : model_(model) {
    for (const ModelPart& part : model.parts) params_.push_back(part.purchase);
  }

  // By the customer's segment at `as_of`.
  int32_t GroupOf(const CustomerSummary& summary, absl::CivilDay as_of) const {
    const ModelPart* const part = PartFor(model_, summary, as_of);
    return part == nullptr ? 0 : static_cast<int32_t>(part - model_.parts.data());
  }

  // By group.
  std::span<const PurchaseParams> params() const { return params_; }

 private:
  const Model& model_;
  std::vector<PurchaseParams> params_;
};

}  // namespace valueloop::scoring

#endif  // VALUELOOP_SCORING_DOMAIN_PARAMETER_GROUPS_H_
