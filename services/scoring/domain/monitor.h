// How a model has done since it was activated: purchases beside their expectation, the coverage of
// its intervals, how far its inputs have drifted, and whether to fit again.
#ifndef VALUELOOP_SCORING_DOMAIN_MONITOR_H_
#define VALUELOOP_SCORING_DOMAIN_MONITOR_H_

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/civil_time.h"
#include "scoring/domain/choice.h"
#include "scoring/domain/holdout.h"
#include "scoring/domain/purchase_model.h"
#include "scoring/domain/summary.h"

namespace valueloop::scoring {

enum class ModelInput { kFrequency, kRecency, kAge, kSpend };
inline constexpr int kModelInputCount = 4;
// FREQUENCY, RECENCY, AGE, SPEND.
std::string_view ModelInputName(ModelInput input);

// UNKNOWN: fewer than kMinDriftCustomers on either side.
enum class DriftLevel { kUnknown, kStable, kWatch, kAct };
inline constexpr int64_t kMinDriftCustomers = 100;
// UNKNOWN, STABLE, WATCH, ACT.
std::string_view DriftLevelName(DriftLevel level);

struct DriftBin {
  double low = 0;   // Included; the first bin reaches down without end.
  double high = 0;  // Excluded; the last bin reaches up without end.
  double reference_share = 0;
  double current_share = 0;
};

struct InputDrift {
  ModelInput input = ModelInput::kFrequency;
  int64_t reference_count = 0;
  int64_t current_count = 0;
  double stability_index = 0;
  DriftLevel level = DriftLevel::kUnknown;
  std::vector<DriftBin> bins;  // Empty if either side is.
};

// The population stability index of one input: below 0.1 stable, to 0.25 to be watched, above it to
// be acted on (the usual cuts). Bins are whole numbers for FREQUENCY, else deciles of the
// reference, where a value at several of them is a bin of its own; half a customer is added to
// every bin, so that an empty one costs a finite amount.
InputDrift DriftOf(ModelInput input, std::vector<double> reference, std::vector<double> current);

// The days a model's data cover.
struct DataDays {
  absl::CivilDay first;
  absl::CivilDay last;
};

struct MonitorData {
  HoldoutData
      known;  // Customers with a purchase day by the window's start; the window's length may be 0.
  struct NewCustomer {
    int32_t group = 0;
    int32_t day = 0;  // Of the first purchase, since the start.
    int32_t repeat_count = 0;
  };
  std::vector<NewCustomer> new_customers;
  std::vector<int64_t> new_by_day;  // Their repeat purchase days, per day of the window.
  // By ModelInput.
  std::array<std::vector<double>, kModelInputCount> reference;
  std::array<std::vector<double>, kModelInputCount> current;
};

// Collects one customer after the other.
class MonitorCollector {
 public:
  // `window` from the day of the activation; `data` of the model's fit. Like is compared with like:
  // now stand the customers acquired within as many days before the window's end as `data` has.
  MonitorCollector(HoldoutWindow window, DataDays data);

  // Each customer once; `group` as in EvaluateHoldout.
  void Add(const CustomerSummary& summary, int32_t group = 0);

  MonitorData Finish() &&;

 private:
  const HoldoutWindow window_;
  const DataDays fit_days_;
  HoldoutCollector known_;
  MonitorData data_;
};

enum class AdviceCode {
  kTooEarly,
  kAsExpected,
  kMoreThanExpected,
  kLessThanExpected,
  kIntervalsMiss,
  kInputDrift,
};
// TOO_EARLY, AS_EXPECTED, MORE_THAN_EXPECTED, LESS_THAN_EXPECTED, INTERVALS_MISS, INPUT_DRIFT.
std::string_view AdviceCodeName(AdviceCode code);

struct AdviceReason {
  AdviceCode code = AdviceCode::kTooEarly;
  bool for_refit = false;
  Words words;
};

struct ModelMonitor {
  std::optional<HoldoutEvaluation> known;    // Unset: no day has passed, or nobody was there.
  std::vector<TrackingPoint> new_customers;  // Weekly; empty: no day has passed.
  // Known and new customers together.
  int64_t actual_count = 0;
  double expected_count = 0;
  std::array<InputDrift, kModelInputCount> drifts;
  bool refit = false;
  std::vector<AdviceReason> reasons;  // At least one.
};

// A refit is advised if actual and expected purchases differ by more than a tenth and by more than
// three standard errors, if an interval covers 5 points more or less than it should (and more than
// chance would), or if FREQUENCY, RECENCY or SPEND have drifted to the level ACT; customers grow
// older by themselves, so AGE is only told. Before 10 purchases came or were expected it is too
// early for the first two. Fails as EvaluateHoldout, but not for want of customers.
absl::StatusOr<ModelMonitor> Monitor(
    const MonitorData& data, std::span<const PurchaseParams> params,
    OnShare on_share = [](double) { return true; });

}  // namespace valueloop::scoring

#endif  // VALUELOOP_SCORING_DOMAIN_MONITOR_H_
