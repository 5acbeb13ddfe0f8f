#include "scoring/rpc/model_choice_proto.h"

#include <array>
#include <optional>
#include <string_view>

#include "fmt/format.h"
#include "google/protobuf/repeated_ptr_field.h"
#include "scoring/rpc/score_proto.h"

namespace valueloop::scoring {
namespace {

constexpr std::array<CustomerClass, kCustomerClassCount> kListedClasses = {
    CustomerClass::kStrategic, CustomerClass::kProfit, CustomerClass::kPotential,
    CustomerClass::kOrdinary, CustomerClass::kUnknown};

// Whose purchases an evaluation counts.
struct Evaluated {
  const HoldoutWindow& window;
  const std::optional<absl::CivilDay>& first_day;
  int64_t customer_count = 0;
  int64_t late_customer_count = 0;
};

void TrackingToProto(const std::vector<TrackingPoint>& tracking,
                     google::protobuf::RepeatedPtrField<v1::TrackingPoint>& out) {
  for (const TrackingPoint& point : tracking) {
    v1::TrackingPoint& added = *out.Add();
    added.set_day_count(point.day_count);
    added.set_actual_count(point.actual_count);
    added.set_expected_count(point.expected_count);
  }
}

void EvaluationToProto(const Evaluated& of, const HoldoutEvaluation& evaluation,
                       v1::HoldoutEvaluation& out) {
  if (of.first_day) out.set_calibration_first_day(absl::FormatCivilTime(*of.first_day));
  out.set_calibration_last_day(absl::FormatCivilTime(of.window.calibration_last_day));
  out.set_holdout_last_day(absl::FormatCivilTime(of.window.last_day));
  out.set_holdout_days(of.window.days());
  out.set_customer_count(of.customer_count);
  out.set_late_customer_count(of.late_customer_count);
  out.set_actual_count(evaluation.actual_count);
  out.set_expected_count(evaluation.expected_count);
  out.set_log_likelihood(evaluation.log_likelihood);
  out.set_mean_absolute_error(evaluation.mean_absolute_error);
  out.set_bias(evaluation.bias);
  out.set_root_mean_square_error(evaluation.root_mean_square_error);
  TrackingToProto(evaluation.tracking, *out.mutable_tracking());
  for (int i = 0; i < kCountRows; ++i) {
    const FrequencyRow& from = evaluation.frequencies[static_cast<size_t>(i)];
    v1::FrequencyRow& row = *out.add_frequencies();
    row.set_repeat_count(i);
    row.set_customer_count(from.customer_count);
    row.set_actual_mean(from.actual_mean);
    row.set_expected_mean(from.expected_mean);
    const CountFrequency& count = evaluation.counts[static_cast<size_t>(i)];
    v1::CountRow& counts = *out.add_counts();
    counts.set_count(i);
    counts.set_actual_customers(count.actual_customers);
    counts.set_expected_customers(count.expected_customers);
  }
  for (const IntervalCoverage& interval : evaluation.intervals) {
    v1::IntervalCoverage& added = *out.add_intervals();
    added.set_nominal(interval.nominal);
    added.set_covered(interval.covered);
    added.set_model(interval.model);
    added.set_calibrated(interval.calibrated);
  }
}

}  // namespace

void ToProto(const FamilyChoice& choice, v1::ModelChoice& out) {
  out.set_family(std::string(FamilyName(choice.family)));
  out.set_basis(std::string(ChoiceBasisName(choice.basis)));
  out.set_reason_zh(choice.reason.zh);
  out.set_reason_en(choice.reason.en);
  for (const FamilyTrial& trial : choice.trials) {
    v1::FamilyEvaluation& added = *out.add_evaluations();
    added.set_family(std::string(FamilyName(trial.family)));
    added.set_failure(trial.failure);
    if (!trial.ok()) continue;
    for (const double value : ParameterValues(trial.fit.params)) added.add_parameters(value);
    added.set_fit_log_likelihood(trial.fit.report.log_likelihood);
    added.set_akaike(trial.akaike());
    for (const FitFlag flag : trial.fit.report.flags) {
      added.add_flags(std::string(FitFlagName(flag)));
    }
    if (!trial.holdout || !choice.window) continue;
    EvaluationToProto({.window = *choice.window,
                       .first_day = choice.calibration_first_day,
                       .customer_count = choice.customer_count,
                       .late_customer_count = choice.late_customer_count},
                      *trial.holdout, *added.mutable_holdout());
  }
}

void ToProto(const HoldoutData& data, const HoldoutEvaluation& evaluation,
             v1::HoldoutEvaluation& out) {
  EvaluationToProto({.window = data.window,
                     .first_day = data.first_day,
                     .customer_count = data.customer_count,
                     .late_customer_count = data.late_customer_count},
                    evaluation, out);
}

void ToProto(const std::string& workspace, const ModelComparison& comparison,
             v1::ModelComparison& out) {
  out.set_customer_count(comparison.customer_count);
  out.set_moved_count(comparison.moved_count);
  out.set_newly_unknown_count(comparison.newly_unknown_count);
  const ClassShift& total = comparison.total;
  out.set_expected_value(total.expected_value);
  out.set_other_expected_value(total.other_expected_value);
  out.set_expected_value_change(total.other_expected_value - total.expected_value);
  out.set_absolute_change(comparison.absolute_change);
  for (const CustomerClass from : kListedClasses) {
    for (const CustomerClass to : kListedClasses) {
      const ClassShift& shift =
          comparison.shifts[static_cast<size_t>(from)][static_cast<size_t>(to)];
      v1::ClassShift& added = *out.add_shifts();
      added.set_from(ToProto(from));
      added.set_to(ToProto(to));
      added.set_customer_count(shift.customer_count);
      added.set_expected_value(shift.expected_value);
      added.set_other_expected_value(shift.other_expected_value);
    }
  }
  for (const ModelMover& mover : comparison.movers) {
    v1::ModelMover& added = *out.add_movers();
    added.set_customer(fmt::format("workspaces/{}/customers/{}", workspace, mover.customer_id));
    added.set_from(ToProto(mover.one.customer_class));
    added.set_to(ToProto(mover.other.customer_class));
    if (mover.one.expected_value) added.set_expected_value(*mover.one.expected_value);
    if (mover.other.expected_value) added.set_other_expected_value(*mover.other.expected_value);
    if (mover.one.alive_probability) added.set_alive_probability(*mover.one.alive_probability);
    if (mover.other.alive_probability) {
      added.set_other_alive_probability(*mover.other.alive_probability);
    }
  }
}

void ToProto(const MonitorData& data, const ModelMonitor& monitor, v1::ModelMonitor& out) {
  if (monitor.known) ToProto(data.known, *monitor.known, *out.mutable_known_customers());
  out.set_new_customer_count(static_cast<int64_t>(data.new_customers.size()));
  TrackingToProto(monitor.new_customers, *out.mutable_new_customers());
  out.set_actual_count(monitor.actual_count);
  out.set_expected_count(monitor.expected_count);
  for (const InputDrift& drift : monitor.drifts) {
    v1::InputDrift& added = *out.add_drifts();
    added.set_input(std::string(ModelInputName(drift.input)));
    added.set_reference_count(drift.reference_count);
    added.set_current_count(drift.current_count);
    added.set_stability_index(drift.stability_index);
    added.set_level(std::string(DriftLevelName(drift.level)));
    for (const DriftBin& bin : drift.bins) {
      v1::DriftBin& out_bin = *added.add_bins();
      out_bin.set_low(bin.low);
      out_bin.set_high(bin.high);
      out_bin.set_reference_share(bin.reference_share);
      out_bin.set_current_share(bin.current_share);
    }
  }
  out.set_advice(monitor.refit ? "REFIT" : "KEEP");
  for (const AdviceReason& reason : monitor.reasons) {
    v1::AdviceReason& added = *out.add_reasons();
    added.set_code(std::string(AdviceCodeName(reason.code)));
    added.set_for_refit(reason.for_refit);
    added.set_text_zh(reason.words.zh);
    added.set_text_en(reason.words.en);
  }
}

}  // namespace valueloop::scoring
