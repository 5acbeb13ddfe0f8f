// What a model foretells for days it was not shown, beside what came: customers are known by their
// histories at the end of a calibration window, and counted in the days after it, the holdout.
#ifndef VALUELOOP_SCORING_DOMAIN_HOLDOUT_H_
#define VALUELOOP_SCORING_DOMAIN_HOLDOUT_H_

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/civil_time.h"
#include "scoring/domain/purchase_model.h"
#include "scoring/domain/summary.h"

namespace valueloop::scoring {

inline constexpr int kMinHoldoutDays = 7;
inline constexpr int kCountRows = 8;  // 0 to 6, then 7 and more.

struct HoldoutWindow {
  absl::CivilDay calibration_last_day;
  absl::CivilDay last_day;  // Of the holdout: every day after the calibration's last up to this.

  int days() const { return static_cast<int>(last_day - calibration_last_day); }
  double weeks() const { return days() / 7.0; }
  friend bool operator==(const HoldoutWindow&, const HoldoutWindow&) = default;
};

// The last third of the days first..last; unset where that is less than kMinHoldoutDays.
std::optional<HoldoutWindow> DefaultHoldout(absl::CivilDay first_day, absl::CivilDay last_day);
// The last `days` of them. InvalidArgument names `holdout_days` unless it is at least 1 and less
// than the days there are.
absl::StatusOr<HoldoutWindow> HoldoutOfDays(absl::CivilDay first_day, absl::CivilDay last_day,
                                            int days);

// Customers alike in everything an evaluation looks at.
struct HoldoutRow {
  int32_t group = 0;        // Which of the evaluation's parameters are theirs.
  PurchaseHistory history;  // At the end of the calibration.
  int32_t count = 0;        // Purchase days in the holdout.
  int32_t customers = 1;
};

struct HoldoutData {
  HoldoutWindow window;
  // The first purchase day of the customers counted; unset without any.
  std::optional<absl::CivilDay> first_day;
  std::vector<HoldoutRow> rows;  // Distinct, by (group, history, count).
  int64_t customer_count = 0;
  int64_t late_customer_count = 0;  // First seen in the holdout: in no row.
  // Purchase days of the customers counted, per day of the holdout.
  std::vector<int64_t> actual_by_day;

  // One per customer, of the calibration window.
  std::vector<PurchaseHistory> Histories() const;
};

// Collects the data of one customer after the other, about 40 bytes each.
class HoldoutCollector {
 public:
  explicit HoldoutCollector(HoldoutWindow window);

  // Each customer once. A refund counts from its own day on: one in the holdout changes what is
  // counted there, not the history before.
  void Add(const CustomerSummary& summary, int32_t group = 0);

  HoldoutData Finish() &&;

 private:
  HoldoutData data_;
};

struct TrackingPoint {
  int32_t day_count = 0;  // Since the calibration's last day.
  int64_t actual_count = 0;
  double expected_count = 0;
};

// By repeat purchase days in the calibration; the last of kCountRows is 7 and more.
struct FrequencyRow {
  int64_t customer_count = 0;
  double actual_mean = 0;  // Of purchase days in the holdout per customer; 0 without customers.
  double expected_mean = 0;
};

// By purchase days in the holdout; the last of kCountRows is 7 and more.
struct CountFrequency {
  int64_t actual_customers = 0;
  double expected_customers = 0;
};

// How often equal-tailed intervals of the count held what came, as shares of the customers.
struct IntervalCoverage {
  double nominal = 0;
  double covered = 0;
  // The probability the model gives these intervals: above nominal, as counts are whole.
  double model = 0;
  // The share by the non-randomised probability integral transform (Czado, Gneiting & Held 2009,
  // "Predictive Model Assessment for Count Data"): nominal for a model that is right.
  double calibrated = 0;
};
inline constexpr std::array<double, 2> kNominalCoverages = {0.8, 0.95};

struct HoldoutEvaluation {
  int64_t actual_count = 0;
  double expected_count = 0;
  double log_likelihood = 0;  // Sum over customers of ln P(count in the holdout | history).
  // Per customer, of expected - actual.
  double mean_absolute_error = 0;
  double bias = 0;
  double root_mean_square_error = 0;
  std::vector<TrackingPoint> tracking;  // Weekly; the last at the holdout's end.
  std::array<FrequencyRow, kCountRows> frequencies;
  std::array<CountFrequency, kCountRows> counts;
  std::array<IntervalCoverage, kNominalCoverages.size()> intervals;
  std::vector<double> log_probability;  // Per row of the data, of one customer.
};

// Called now and then with the share done, 0..1; false stops with Cancelled.
using OnShare = absl::FunctionRef<bool(double)>;

// `params[g]` are those of group g. Fails with FailedPrecondition, reason NOT_ENOUGH_DATA, without
// customers; with InvalidArgument if the parameters cannot foretell a history.
absl::StatusOr<HoldoutEvaluation> EvaluateHoldout(
    const HoldoutData& data, std::span<const PurchaseParams> params,
    OnShare on_share = [](double) { return true; });

}  // namespace valueloop::scoring

#endif  // VALUELOOP_SCORING_DOMAIN_HOLDOUT_H_
