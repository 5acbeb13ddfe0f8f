// Fits of a whole model: everybody, and segments of their own where they are large enough.
#ifndef VALUELOOP_SCORING_DOMAIN_MODEL_FIT_H_
#define VALUELOOP_SCORING_DOMAIN_MODEL_FIT_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "scoring/domain/model.h"

namespace valueloop::scoring {

struct FitPlan {
  Family family = Family::kBgNbd;
  std::vector<std::string> rate_covariates;  // Names of attributes; ModelData must hold them ...
  std::vector<std::string> dropout_covariates;
  double l2_penalty = 0;
  std::string segment_attribute;  // ... and this one. Empty: everybody only.
  const Model* active = nullptr;  // Fits begin at its parameters; nullptr: none.
};

// The attributes a ModelData for the plan has to hold.
std::vector<std::string> AttributesOf(const FitPlan& plan);

// Customers of a segment with fewer than these share everybody's part ...
inline constexpr int64_t kMinPooledCustomers = 50;
inline constexpr int64_t kMinPooledRepeatBuyers = 5;
// ... and with fewer than these are drawn towards it: their purchase process is fitted as if 200
// customers like everybody had been observed beside them (the pooled log-likelihood's curvature per
// customer, times 200, around the pooled optimum); spend and components are everybody's.
inline constexpr int64_t kMinOwnCustomers = 200;
inline constexpr int64_t kMinOwnRepeatBuyers = 20;
inline constexpr size_t kMaxSegments = 50;  // The largest ones.

struct SharedSegment {
  std::string segment;
  int64_t customer_count = 0;
};

struct ModelFit {
  std::vector<ModelPartFit> parts;    // Everybody's first, then by segment.
  std::vector<SharedSegment> shared;  // Too small, or not fitted: scored by everybody's part.
};

// Fails as FitModelPart does for everybody, and as MakeCovariates.
absl::StatusOr<ModelFit> FitModel(const FitPlan& plan, const ModelData& data,
                                  const FitOptions& options = {});

}  // namespace valueloop::scoring

#endif  // VALUELOOP_SCORING_DOMAIN_MODEL_FIT_H_
