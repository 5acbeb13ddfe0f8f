// today: one screen of where things stand: customers, whom to act on, KPIs in the red, open gaps.
#include <algorithm>
#include <cmath>
#include <ostream>

#include "cli/command.h"
#include "cli/labels.h"
#include "cli/output.h"
#include "cli/plan_choice.h"
#include "cli/table.h"
#include "common/status.h"
#include "fmt/format.h"
#include "valueloop/performance/v1/performance.pb.h"
#include "valueloop/scoring/v1/portfolio.pb.h"
#include "valueloop/strategy/v1/gap.pb.h"

namespace valueloop::cli {
namespace {

constexpr int kCustomers = 3;

struct TodayOptions {
  std::string owner;
};

absl::Status PrintClasses(Context& context, std::string* as_of) {
  scoring::v1::GetClassMatrixRequest request;
  request.set_parent(context.Parent());
  scoring::v1::ClassMatrix matrix;
  VL_RETURN_IF_ERROR(context.Call(
      Target::kScoring, "valueloop.scoring.v1.PortfolioService/GetClassMatrix", request, &matrix));
  *as_of = matrix.snapshot().as_of();
  context.out() << fmt::format(
      fmt::runtime(context.T("客户（截至 {}）：共 {} 位，预期价值 {}，风险价值 {}\n",
                             "Customers as of {}: {}, worth {} to come, {} at stake\n")),
      *as_of, Count(matrix.total().customer_count()), Number(matrix.total().expected_value(), 0),
      Number(matrix.total().value_at_stake(), 0));
  for (const auto& summary : matrix.classes()) {
    if (summary.customer_count() == 0) continue;
    std::string label = ClassLabel(context, summary.customer_class());
    label.append(static_cast<size_t>(std::max(0, 10 - DisplayWidth(label))), ' ');
    context.out() << fmt::format(
        fmt::runtime(context.T("  {} {:>6} 位   预期价值 {:>12}   风险价值 {:>12}\n",
                               "  {} {:>6}   worth {:>12}   at stake {:>12}\n")),
        label, Count(summary.customer_count()), Number(summary.expected_value(), 0),
        Number(summary.value_at_stake(), 0));
  }
  return absl::OkStatus();
}

// Why this customer is worth acting on: what raises its value most above the typical customer's.
std::string MainReason(const scoring::v1::Score& score) {
  const scoring::v1::Reason* strongest = nullptr;
  for (const auto& reason : score.value_reasons()) {
    const bool says_why = reason.code() != "SEGMENT_MEAN" && reason.code() != "ALIVE";
    if (!says_why || reason.contribution() <= 0) continue;
    if (strongest == nullptr || reason.contribution() > strongest->contribution()) {
      strongest = &reason;
    }
  }
  return strongest == nullptr ? "" : strongest->text();
}

absl::Status PrintCustomers(Context& context, const TodayOptions& options,
                            const std::string& as_of) {
  scoring::v1::ListScoresRequest request;
  request.set_parent(context.Parent());
  request.set_page_size(kCustomers);
  request.set_order_by("-value_at_stake");
  // Who has surely left is not brought back by a visit, who surely stays needs none.
  request.set_filter("alive_probability>=0.25 AND alive_probability<=0.9");
  if (!options.owner.empty()) {
    request.set_filter(fmt::format("{} AND owner=\"{}\"", request.filter(), options.owner));
  }
  scoring::v1::ListScoresResponse list;
  VL_RETURN_IF_ERROR(context.Call(Target::kScoring, "valueloop.scoring.v1.ScoreService/ListScores",
                                  request, &list));
  context.out() << context.T("先去见这几位：\n", "Act on these first:\n");
  for (const auto& row : list.scores()) {
    scoring::v1::GetScoreRequest get;
    get.set_name(row.name());
    get.set_as_of(as_of);
    get.set_view(scoring::v1::SCORE_VIEW_FULL);
    get.set_language_code(context.T("zh", "en"));
    scoring::v1::Score score;
    VL_RETURN_IF_ERROR(
        context.Call(Target::kScoring, "valueloop.scoring.v1.ScoreService/GetScore", get, &score));
    context.out() << fmt::format(
        fmt::runtime(context.T("  {} {}：风险价值 {}，仍在购买的可能 {}%，匹配 {}",
                               "  {} {}: {} at stake, still buying with {}%, match {}")),
        SegmentAfter(row.name(), "customers"), ClassLabel(context, score.customer_class()),
        Number(score.value_at_stake(), 0), Number(score.alive_probability() * 100, 0),
        Number(score.has_match_score() ? std::optional<double>(score.match_score()) : std::nullopt,
               0));
    const std::string reason = MainReason(score);
    if (!reason.empty()) context.out() << context.T("；", "; ") << reason;
    if (score.has_treatment()) {
      context.out() << context.T("；对策：", "; do: ")
                    << context.T(score.treatment().treatment_zh(),
                                 score.treatment().treatment_en());
    }
    context.out() << '\n';
  }
  return absl::OkStatus();
}

absl::Status PrintKpis(Context& context, const std::string& plan) {
  performance::v1::GetScorecardRequest request;
  request.set_parent(context.Name("plans/" + plan));
  performance::v1::Scorecard scorecard;
  VL_RETURN_IF_ERROR(context.Call(Target::kPerformance,
                                  "valueloop.performance.v1.PerformanceService/GetScorecard",
                                  request, &scorecard));
  context.out() << fmt::format(
      fmt::runtime(
          context.T("计划 {}（截至 {}）：得分 {}，{}\n", "Plan {} as of {}: score {}, {}\n")),
      plan, scorecard.as_of(),
      Number(scorecard.has_score() ? std::optional<double>(scorecard.score()) : std::nullopt, 1),
      RagLabel(context, scorecard.rag()));
  int shown = 0;
  for (const auto& kpi : scorecard.evaluations()) {
    if (kpi.rag() != performance::v1::RAG_RED || ++shown > 3) continue;
    context.out() << fmt::format(
        fmt::runtime(
            context.T("  红灯 {} {}：实际 {}，应到 {}；照此年末 {}，底线 {}，目标 {}\n",
                      "  RED {} {}: at {}, should be {}; heads for {} at year end, floor {}, "
                      "target {}\n")),
        kpi.kpi(), kpi.kpi_name(), Number(kpi.actual_to_date()), Number(kpi.target_to_date()),
        Number(kpi.has_forecast_phased() ? std::optional<double>(kpi.forecast_phased())
                                         : std::nullopt),
        Number(kpi.has_year_floor() ? std::optional<double>(kpi.year_floor()) : std::nullopt),
        Number(kpi.has_year_target() ? std::optional<double>(kpi.year_target()) : std::nullopt));
  }
  return absl::OkStatus();
}

absl::Status PrintGaps(Context& context, const std::string& plan) {
  strategy::v1::ListGapsRequest request;
  request.set_parent(context.Name("plans/" + plan));
  request.set_state(strategy::v1::Gap::STATE_OPEN);
  strategy::v1::ListGapsResponse gaps;
  VL_RETURN_IF_ERROR(
      context.Call(Target::kStrategy, "valueloop.strategy.v1.GapService/ListGaps", request, &gaps));
  int shown = 0;
  for (const auto& gap : gaps.gaps()) {
    if (++shown > 3) break;
    context.out() << fmt::format(
        fmt::runtime(
            context.T("  已立差距 {}：{} 缺 {}（{}），下一版计划必须回答\n",
                      "  gap {} opened: {} lacks {} ({}); the next plan has to answer it\n")),
        LastSegment(gap.name()), gap.kpi(), Number(gap.amount()), gap.reason());
  }
  return absl::OkStatus();
}

absl::StatusOr<int> Today(Context& context, const TodayOptions& options) {
  std::string as_of;
  VL_RETURN_IF_ERROR(PrintClasses(context, &as_of));
  VL_RETURN_IF_ERROR(PrintCustomers(context, options, as_of));
  const absl::StatusOr<std::string> plan = ChoosePlan(context, "");
  if (plan.ok()) {
    VL_RETURN_IF_ERROR(PrintKpis(context, *plan));
    VL_RETURN_IF_ERROR(PrintGaps(context, *plan));
  } else if (plan.status().code() != absl::StatusCode::kNotFound) {
    return plan.status();
  }
  context.out() << context.T(
      "细看：valueloop score get ID --explain · valueloop kpi status · valueloop gap list\n",
      "Deeper: valueloop score get ID --explain · valueloop kpi status · valueloop gap list\n");
  return kDone;
}

}  // namespace

void AddTodayCommand(CLI::App& app, Context& context) {
  const auto today = AddCommand<TodayOptions>(
      app, context, "today", "one screen: customers, whom to act on, what is in the red",
      "valueloop today --for li", Today);
  today.app->add_option("--for", today.options->owner, "only customers whose owner this is");
}

}  // namespace valueloop::cli
