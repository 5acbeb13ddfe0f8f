// portfolio matrix | concentration | forecast | rescore: all customers together.
#include <ostream>

#include "cli/command.h"
#include "cli/jobs.h"
#include "cli/labels.h"
#include "cli/output.h"
#include "cli/table.h"
#include "common/status.h"
#include "fmt/format.h"
#include "valueloop/scoring/v1/portfolio.pb.h"

namespace valueloop::cli {
namespace {

using scoring::v1::ClassSummary;

absl::StatusOr<int> Matrix(Context& context, const NoOptions&) {
  scoring::v1::GetClassMatrixRequest request;
  request.set_parent(context.Parent());
  scoring::v1::ClassMatrix matrix;
  VL_RETURN_IF_ERROR(context.Call(
      Target::kScoring, "valueloop.scoring.v1.PortfolioService/GetClassMatrix", request, &matrix));
  VL_RETURN_IF_ERROR(Print(context, matrix, [&] {
    Table table({{context.T("类别", "CLASS")},
                 {context.T("客户数", "CUSTOMERS"), Table::Align::kRight},
                 {context.T("已实现", "REALISED"), Table::Align::kRight},
                 {context.T("预期价值", "EXPECTED"), Table::Align::kRight},
                 {context.T("风险价值", "AT STAKE"), Table::Align::kRight},
                 {context.T("平均匹配", "MEAN MATCH"), Table::Align::kRight}});
    const auto add = [&](const std::string& label, const ClassSummary& summary) {
      table.AddRow(
          {label, Count(summary.customer_count()), Number(summary.realised_value()),
           Number(summary.expected_value()), Number(summary.value_at_stake()),
           Number(summary.has_mean_match_score() ? std::optional<double>(summary.mean_match_score())
                                                 : std::nullopt,
                  1)});
    };
    for (const ClassSummary& summary : matrix.classes()) {
      add(ClassLabel(context, summary.customer_class()), summary);
    }
    add(context.T("合计", "TOTAL"), matrix.total());
    table.Print(context.out(), context.color_wanted());
    context.out() << context.T("截至 ", "as of ") << matrix.snapshot().as_of() << '\n';
  }));
  return kDone;
}

struct ConcentrationOptions {
  bool is_realised = false;
};

absl::StatusOr<int> Concentration(Context& context, const ConcentrationOptions& options) {
  scoring::v1::GetConcentrationRequest request;
  request.set_parent(context.Parent());
  request.set_basis(options.is_realised ? scoring::v1::VALUE_BASIS_REALISED
                                        : scoring::v1::VALUE_BASIS_EXPECTED);
  scoring::v1::Concentration answer;
  VL_RETURN_IF_ERROR(context.Call(Target::kScoring,
                                  "valueloop.scoring.v1.PortfolioService/GetConcentration", request,
                                  &answer));
  VL_RETURN_IF_ERROR(Print(context, answer, [&] {
    Table table({{context.T("指标", "MEASURE")}, {context.T("值", "VALUE"), Table::Align::kRight}});
    table.AddRow({context.T("客户数", "customers"), Count(answer.customer_count())});
    table.AddRow({options.is_realised ? context.T("已实现价值合计", "realised value")
                                      : context.T("预期价值合计", "expected value"),
                  Number(answer.total_expected_value())});
    table.AddRow({context.T("前 20% 客户占比 %", "share of the best 20 %, in %"),
                  Number(answer.has_top_20_percent_share()
                             ? std::optional<double>(answer.top_20_percent_share() * 100)
                             : std::nullopt,
                         1)});
    table.AddRow(
        {context.T("基尼系数", "Gini"),
         Number(answer.has_gini() ? std::optional<double>(answer.gini()) : std::nullopt, 3)});
    table.AddRow({context.T("负值客户占比 %", "customers below zero, in %"),
                  Number(answer.negative_share() * 100, 1)});
    table.AddRow({context.T("负值合计", "what these lose"), Number(answer.negative_value())});
    table.AddRow({context.T("创造 80% 价值的客户占比 %", "customers making 80 %, in %"),
                  Number(answer.has_share_making_80_percent()
                             ? std::optional<double>(answer.share_making_80_percent() * 100)
                             : std::nullopt,
                         1)});
    table.Print(context.out(), context.color_wanted());
    context.out() << context.T("截至 ", "as of ") << answer.snapshot().as_of() << '\n';
  }));
  return kDone;
}

struct ForecastOptions {
  int32_t months = 0;  // 0: the policy's horizon.
};

absl::StatusOr<int> Forecast(Context& context, const ForecastOptions& options) {
  scoring::v1::GetPortfolioForecastRequest request;
  request.set_parent(context.Parent());
  if (options.months != 0) request.set_horizon_months(options.months);
  scoring::v1::PortfolioForecast answer;
  VL_RETURN_IF_ERROR(context.Call(Target::kScoring,
                                  "valueloop.scoring.v1.PortfolioService/GetPortfolioForecast",
                                  request, &answer));
  VL_RETURN_IF_ERROR(Print(context, answer, [&] {
    Table table({{fmt::format("{} {:g} {}", context.T("未来", "NEXT"), answer.horizon_months(),
                              context.T("个月", "MONTHS"))},
                 {context.T("预期", "EXPECTED"), Table::Align::kRight},
                 {context.T("80% 区间", "80 % INTERVAL"), Table::Align::kRight},
                 {context.T("95% 区间", "95 % INTERVAL"), Table::Align::kRight}});
    const auto add = [&](const std::string& label, double expected, bool has_interval,
                         const scoring::v1::Interval& interval) {
      table.AddRow({label, Number(expected),
                    has_interval ? IntervalText(interval.low_80(), interval.high_80()) : "",
                    has_interval ? IntervalText(interval.low_95(), interval.high_95()) : ""});
    };
    add(context.T("购买次数", "purchases"), answer.expected_purchase_count(),
        answer.has_purchase_interval(), answer.purchase_interval());
    add(context.T("购买价值", "value of purchases"), answer.expected_purchase_value(),
        answer.has_purchase_value_interval(), answer.purchase_value_interval());
    add(context.T("其他价值", "other values"), answer.other_expected_value(), false, {});
    table.Print(context.out(), context.color_wanted());
    context.out() << Count(answer.customer_count())
                  << context.T(" 个客户，截至 ", " customers, as of ") << answer.snapshot().as_of()
                  << '\n';
  }));
  return kDone;
}

absl::StatusOr<int> Rescore(Context& context, const NoOptions&) {
  scoring::v1::RescorePortfolioRequest request;
  request.set_parent(context.Parent());
  request.set_as_of(context.options.as_of);
  scoring::v1::RescorePortfolioResponse response;
  VL_RETURN_IF_ERROR(context.Call(Target::kScoring,
                                  "valueloop.scoring.v1.PortfolioService/RescorePortfolio", request,
                                  &response));
  VL_ASSIGN_OR_RETURN(const common::v1::Job job,
                      WaitForJob(context, response.job(), context.T("重新评分", "rescore")));
  VL_RETURN_IF_ERROR(Print(context, job, [&] { context.out() << job.result() << '\n'; }));
  return kDone;
}

}  // namespace

void AddPortfolioCommands(CLI::App& app, Context& context) {
  CLI::App& group = AddGroup(app, "portfolio", "all customers together");
  AddCommand<NoOptions>(group, context, "matrix", "customers and money by class",
                        "valueloop portfolio matrix", Matrix);
  const auto forecast = AddCommand<ForecastOptions>(
      group, context, "forecast", "what all customers will buy and be worth, with intervals",
      "valueloop portfolio forecast --months 12", Forecast);
  forecast.app->add_option("--months", forecast.options->months, "the policy's horizon by default");
  const auto concentration = AddCommand<ConcentrationOptions>(
      group, context, "concentration", "how much of the value the best ones make",
      "valueloop portfolio concentration", Concentration);
  concentration.app->add_flag("--realised", concentration.options->is_realised,
                              "of value to date instead of expected value");
  AddCommand<NoOptions>(group, context, "rescore", "score every customer now, or as of --as-of",
                        "valueloop portfolio rescore --as-of 2026-06-30", Rescore);
  AddCallsCommand(group, context);
}

}  // namespace valueloop::cli
