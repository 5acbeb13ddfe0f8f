// Which parameters of purchases are a customer's under a model, numbered, so that customers with
// the same ones can be evaluated together.
#ifndef VALUELOOP_SCORING_DOMAIN_PARAMETER_GROUPS_H_
#define VALUELOOP_SCORING_DOMAIN_PARAMETER_GROUPS_H_

#include <cstdint>
#include <map>
#include <span>
#include <utility>
#include <vector>

#include "absl/time/civil_time.h"
#include "scoring/domain/model.h"

namespace valueloop::scoring {

// One per part of the model, in their order, and one more per set of parameters that covariates
// give; a customer of no part has the parameters of the first.
class ParameterGroups {
 public:
  // `model` has at least one part and outlives the groups.
  explicit ParameterGroups(const Model& model) : model_(model) {
    for (const ModelPart& part : model.parts) params_.push_back(part.purchase);
  }

  // By the customer's segment and attributes at `as_of`.
  int32_t GroupOf(const CustomerSummary& summary, absl::CivilDay as_of) {
    const ModelPart* const found = PartFor(model_, summary, as_of);
    const ModelPart& part = found == nullptr ? model_.parts.front() : *found;
    if (part.covariates.empty()) return static_cast<int32_t>(&part - model_.parts.data());
    PurchaseParams params = PersonalPart(part, summary, as_of).purchase;
    std::vector<double> key = ParameterValues(params);
    key.push_back(static_cast<double>(params.family()));
    const auto [place, is_new] =
        personal_.try_emplace(std::move(key), static_cast<int32_t>(params_.size()));
    if (is_new) params_.push_back(std::move(params));
    return place->second;
  }

  // By group.
  std::span<const PurchaseParams> params() const { return params_; }

 private:
  const Model& model_;
  std::vector<PurchaseParams> params_;
  std::map<std::vector<double>, int32_t> personal_;
};

}  // namespace valueloop::scoring

#endif  // VALUELOOP_SCORING_DOMAIN_PARAMETER_GROUPS_H_
