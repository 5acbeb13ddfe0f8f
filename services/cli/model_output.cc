#include "cli/model_output.h"

#include <charconv>
#include <optional>
#include <ostream>
#include <string>

#include "cli/labels.h"
#include "cli/table.h"
#include "common/status.h"
#include "fmt/format.h"
#include "google/protobuf/repeated_ptr_field.h"

namespace valueloop::cli {
namespace {

namespace v1 = scoring::v1;

constexpr int kDaysPerWeek = 7;
constexpr int kMaxDays = 100000;
// More points than this are thinned out; the last one always stays.
constexpr int kTrackingRows = 13;

Table::Column Right(const char* title) { return {title, Table::Align::kRight}; }

// "7+" for the last row of a table that holds this many and more.
std::string CountLabel(int count, bool is_last) {
  return is_last ? fmt::format("{}+", count) : fmt::format("{}", count);
}

void PrintTracking(Context& context,
                   const google::protobuf::RepeatedPtrField<v1::TrackingPoint>& of) {
  if (of.empty()) return;
  Table table({Right(context.T("天", "DAYS")), Right(context.T("实际", "ACTUAL")),
               Right(context.T("预期", "EXPECTED")), Right(context.T("偏差%", "OFF %"))});
  const int step = (of.size() + kTrackingRows - 1) / kTrackingRows;
  for (int i = 0; i < of.size(); ++i) {
    if ((of.size() - 1 - i) % step != 0) continue;
    const v1::TrackingPoint& point = of.Get(i);
    std::optional<double> off;
    if (point.actual_count() > 0) {
      off = 100 * (point.expected_count() / static_cast<double>(point.actual_count()) - 1);
    }
    table.AddRow({Count(point.day_count()), Count(point.actual_count()),
                  Number(point.expected_count(), 1), Number(off, 1)});
  }
  table.Print(context.out(), context.color_wanted());
}

void PrintTrials(Context& context, const v1::ModelChoice& choice) {
  Table table({{context.T("模型族", "FAMILY")},
               Right(context.T("留出对数似然", "HOLDOUT LL")),
               Right(context.T("平均绝对误差", "MAE")),
               Right(context.T("偏差", "BIAS")),
               Right(context.T("预期", "EXPECTED")),
               Right(context.T("实际", "ACTUAL")),
               Right("AIC"),
               {context.T("标志", "FLAGS")}});
  for (const v1::FamilyEvaluation& trial : choice.evaluations()) {
    if (!trial.failure().empty()) {
      table.AddRow({trial.family(), "-", "-", "-", "-", "-", "-", trial.failure()});
      continue;
    }
    std::string flags;
    for (const std::string& flag : trial.flags()) flags += (flags.empty() ? "" : " ") + flag;
    const v1::HoldoutEvaluation& holdout = trial.holdout();
    const bool has = trial.has_holdout();
    table.AddRow({trial.family(), has ? Number(holdout.log_likelihood()) : "-",
                  has ? Number(holdout.mean_absolute_error(), 4) : "-",
                  has ? Number(holdout.bias(), 4) : "-",
                  has ? Number(holdout.expected_count(), 1) : "-",
                  has ? Count(holdout.actual_count()) : "-", Number(trial.akaike()), flags});
  }
  table.Print(context.out(), context.color_wanted());
}

std::string VersionOf(const std::string& name) { return LastSegment(name); }

}  // namespace

void PrintHoldout(Context& context, const v1::HoldoutEvaluation& holdout) {
  context.out() << fmt::format(
      fmt::runtime(
          context.T("\n留出：{} 之后 {} 天（至 {}），{} 位客户，另有 {} 位在其间才出现，未计入\n",
                    "\nheld out: {} and {} days after it (to {}), {} customers; {} more came "
                    "in between and are left out\n")),
      holdout.calibration_last_day(), holdout.holdout_days(), holdout.holdout_last_day(),
      Count(holdout.customer_count()), Count(holdout.late_customer_count()));
  context.out() << fmt::format(
      fmt::runtime(
          context.T("对数似然 {:.4f}  平均绝对误差 {:.4f}  偏差 {:+.4f}  预期 {} 实际 {}\n",
                    "log-likelihood {:.4f}  MAE {:.4f}  bias {:+.4f}  expected {} actual "
                    "{}\n")),
      holdout.log_likelihood(), holdout.mean_absolute_error(), holdout.bias(),
      Number(holdout.expected_count(), 1), Count(holdout.actual_count()));
  Table frequencies({Right(context.T("此前复购", "REPEATS")), Right(context.T("客户", "CUSTOMERS")),
                     Right(context.T("实际均值", "ACTUAL MEAN")),
                     Right(context.T("预期均值", "EXPECTED MEAN"))});
  for (int i = 0; i < holdout.frequencies_size(); ++i) {
    const v1::FrequencyRow& row = holdout.frequencies(i);
    frequencies.AddRow({CountLabel(row.repeat_count(), i + 1 == holdout.frequencies_size()),
                        Count(row.customer_count()), Number(row.actual_mean(), 4),
                        Number(row.expected_mean(), 4)});
  }
  frequencies.Print(context.out(), context.color_wanted());
  Table counts({Right(context.T("留出期购买", "PURCHASES")),
                Right(context.T("实际客户", "ACTUAL CUSTOMERS")),
                Right(context.T("预期客户", "EXPECTED CUSTOMERS"))});
  for (int i = 0; i < holdout.counts_size(); ++i) {
    const v1::CountRow& row = holdout.counts(i);
    counts.AddRow({CountLabel(row.count(), i + 1 == holdout.counts_size()),
                   Count(row.actual_customers()), Number(row.expected_customers(), 1)});
  }
  counts.Print(context.out(), context.color_wanted());
  PrintTracking(context, holdout.tracking());
  for (const v1::IntervalCoverage& interval : holdout.intervals()) {
    context.out() << fmt::format(
        fmt::runtime(
            context.T("{:.0f}% 区间：覆盖 {:.1f}%（模型自身 {:.1f}%，校准后 {:.1f}%）\n",
                      "{:.0f} % interval: held {:.1f} % (the model says {:.1f} %, calibrated "
                      "{:.1f} %)\n")),
        100 * interval.nominal(), 100 * interval.covered(), 100 * interval.model(),
        100 * interval.calibrated());
  }
}

void PrintChoice(Context& context, const v1::ModelChoice& choice) {
  context.out() << '\n'
                << context.T("选择：", "choice: ")
                << context.T(choice.reason_zh(), choice.reason_en()) << '\n';
  if (choice.evaluations().empty()) return;
  PrintTrials(context, choice);
  if (choice.evaluations(0).has_holdout()) PrintHoldout(context, choice.evaluations(0).holdout());
}

void PrintComparison(Context& context, const v1::ModelComparison& comparison) {
  context.out() << fmt::format(
      fmt::runtime(context.T("截至 {}：版本 {} 换为 {}，{} 位客户中 {} 位换类（{} 位变为未知）\n",
                             "as of {}: version {} to {}, {} customers, {} change class ({} become "
                             "unknown)\n")),
      comparison.as_of(), VersionOf(comparison.model()), VersionOf(comparison.other()),
      Count(comparison.customer_count()), Count(comparison.moved_count()),
      Count(comparison.newly_unknown_count()));
  context.out() << fmt::format(
      fmt::runtime(context.T("预期价值 {} 变为 {}（{}；绝对变动 {}）\n",
                             "expected value {} becomes {} ({}; {} moved in all)\n")),
      Number(comparison.expected_value()), Number(comparison.other_expected_value()),
      Number(comparison.expected_value_change()), Number(comparison.absolute_change()));
  Table shifts({{context.T("从", "FROM")},
                {context.T("到", "TO")},
                Right(context.T("客户", "CUSTOMERS")),
                Right(context.T("预期价值", "EXPECTED")),
                Right(context.T("换后", "AFTER"))});
  for (const v1::ClassShift& shift : comparison.shifts()) {
    if (shift.customer_count() == 0) continue;
    shifts.AddRow({ClassLabel(context, shift.from()), ClassLabel(context, shift.to()),
                   Count(shift.customer_count()), Number(shift.expected_value()),
                   Number(shift.other_expected_value())});
  }
  shifts.Print(context.out(), context.color_wanted());
  if (comparison.movers().empty()) return;
  context.out() << '\n' << context.T("变动最大的客户", "who moves most") << '\n';
  Table movers({{context.T("客户", "CUSTOMER")},
                {context.T("从", "FROM")},
                {context.T("到", "TO")},
                Right(context.T("预期价值", "EXPECTED")),
                Right(context.T("换后", "AFTER"))});
  for (const v1::ModelMover& mover : comparison.movers()) {
    const auto maybe = [](bool has, double value) {
      return has ? std::optional<double>(value) : std::nullopt;
    };
    movers.AddRow({LastSegment(mover.customer()), ClassLabel(context, mover.from()),
                   ClassLabel(context, mover.to()),
                   Number(maybe(mover.has_expected_value(), mover.expected_value())),
                   Number(maybe(mover.has_other_expected_value(), mover.other_expected_value()))});
  }
  movers.Print(context.out(), context.color_wanted());
}

void PrintMonitor(Context& context, const v1::ModelMonitor& monitor) {
  const bool refit = monitor.advice() == "REFIT";
  context.out() << fmt::format(
      fmt::runtime(context.T("版本 {}，{} 至 {}：{}\n", "version {}, {} to {}: {}\n")),
      VersionOf(monitor.model()), monitor.since(), monitor.as_of(),
      refit ? context.T("建议重新拟合 REFIT", "REFIT advised")
            : context.T("继续使用 KEEP", "KEEP"));
  for (const v1::AdviceReason& reason : monitor.reasons()) {
    context.out() << (reason.for_refit() ? "! " : "- ")
                  << context.T(reason.text_zh(), reason.text_en()) << '\n';
  }
  Table drifts({{context.T("输入", "INPUT")},
                Right("PSI"),
                {context.T("等级", "LEVEL")},
                Right(context.T("拟合时客户", "CUSTOMERS THEN")),
                Right(context.T("现在客户", "CUSTOMERS NOW"))});
  for (const v1::InputDrift& drift : monitor.drifts()) {
    drifts.AddRow({drift.input(), Number(drift.stability_index(), 4), drift.level(),
                   Count(drift.reference_count()), Count(drift.current_count())});
  }
  drifts.Print(context.out(), context.color_wanted());
  if (monitor.has_known_customers()) PrintHoldout(context, monitor.known_customers());
  if (monitor.new_customer_count() > 0) {
    context.out() << fmt::format(
        fmt::runtime(context.T("\n其间新客户 {} 位，其复购：\n",
                               "\n{} customers came since; their repeat purchases:\n")),
        Count(monitor.new_customer_count()));
    PrintTracking(context, monitor.new_customers());
  }
}

absl::StatusOr<int> ParseDays(std::string_view field, std::string_view text) {
  int count = 0;
  const char* const last = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), last, count);
  const std::string_view unit(stop, static_cast<size_t>(last - stop));
  const int factor = unit == "w" ? kDaysPerWeek : 1;
  const bool known = unit.empty() || unit == "d" || unit == "w";
  if (error != std::errc() || !known || count < 1 || count > kMaxDays / factor) {
    return UsageError(fmt::format("{}: got {}, want days or weeks such as 91, 91d or 13w", field,
                                  Printable(text)));
  }
  return count * factor;
}

}  // namespace valueloop::cli
