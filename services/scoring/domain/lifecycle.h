// Where a customer stands in its life with us, and where it is heading (A64; METHODS E12).
#ifndef VALUELOOP_SCORING_DOMAIN_LIFECYCLE_H_
#define VALUELOOP_SCORING_DOMAIN_LIFECYCLE_H_

#include <cstdint>
#include <optional>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "scoring/domain/facts.h"
#include "scoring/domain/model.h"

namespace valueloop::scoring {

enum class LifecycleStage { kUnknown, kNew, kGrowing, kMature, kDeclining, kLost };
inline constexpr int kLifecycleStageCount = 6;
// UNKNOWN, NEW, GROWING, MATURE, DECLINING, LOST.
std::string_view LifecycleStageName(LifecycleStage stage);

enum class Trend { kNotEnoughData, kImproving, kStable, kDeclining };
// NOT_ENOUGH_DATA, IMPROVING, STABLE, DECLINING.
std::string_view TrendName(Trend trend);

inline constexpr int kTrendDays = 90;

struct LifecycleCuts {
  int new_days = 90;                    // 1..3650: NEW until so many days after the acquisition.
  double improving_ratio = 1.10;        // Above 1, at most 100; inclusive.
  double declining_ratio = 0.90;        // 0 to below 1; inclusive.
  double lost_alive_probability = 0.2;  // 0..1; LOST below it.
  int min_purchase_count = 2;           // 1..100: purchase days that a trend takes.
  friend bool operator==(const LifecycleCuts&, const LifecycleCuts&) = default;
};
// InvalidArgument names the cut, such as `lifecycle.new_days: got 0, want ...`.
absl::Status Validate(const LifecycleCuts& cuts);

// What stage and trend are told from.
struct LifecycleFacts {
  // Since the first purchase or subscription; unset: not acquired yet.
  std::optional<int32_t> tenure_days;
  bool is_subscribed = false;   // A subscription is running.
  bool was_subscribed = false;  // Ever.
  int32_t purchase_count = 0;   // Purchase days.
  std::optional<double> alive_probability;
  // Expected purchases of the next kTrendDays over the same as of kTrendDays earlier, however few
  // purchases there are; unset without a model or without a purchase day that early.
  std::optional<double> trend_ratio;
};

// `part` is nullptr without a model. Fails with InvalidArgument if its parameters are out of range.
// `alive_probability` is left to the caller, who has it.
absl::StatusOr<LifecycleFacts> LifecycleFactsOf(const CustomerSummary& summary,
                                                const CustomerFacts& facts, const ModelPart* part);

Trend TrendOf(const LifecycleCuts& cuts, const LifecycleFacts& facts);
// The ratio as far as it may be shown: unset if the trend is NOT_ENOUGH_DATA.
std::optional<double> TrendRatioOf(const LifecycleCuts& cuts, const LifecycleFacts& facts);

// NEW comes first, then LOST, then what the trend says. Without purchase days a running
// subscription is MATURE and an ended one LOST; with too few for a trend a running subscription is
// MATURE, anything else UNKNOWN.
LifecycleStage StageOf(const LifecycleCuts& cuts, const LifecycleFacts& facts);

}  // namespace valueloop::scoring

#endif  // VALUELOOP_SCORING_DOMAIN_LIFECYCLE_H_
