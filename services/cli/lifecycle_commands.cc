// portfolio rfm | lifecycle | lift | targets | budget: what groups of customers do and deserve.
#include <algorithm>
#include <ostream>
#include <utility>

#include "cli/command.h"
#include "cli/labels.h"
#include "cli/output.h"
#include "cli/segment_commands.h"
#include "cli/table.h"
#include "cli/values.h"
#include "common/status.h"
#include "fmt/format.h"

namespace valueloop::cli {
namespace {

using scoring::v1::LifecycleStage;

constexpr double kMicros = 1e6;
constexpr int64_t kCentMicros = 10'000;

struct RfmOptions {
  int tiles = 0;
  std::vector<double> recency;
  std::vector<double> frequency;
  std::vector<double> monetary;
};

absl::StatusOr<int> Rfm(Context& context, const RfmOptions& options) {
  scoring::v1::GetRfmRequest request;
  request.set_parent(context.Parent());
  request.set_as_of(context.options.as_of);
  auto& settings = *request.mutable_settings();
  const auto set = [&](const std::vector<double>& cuts, scoring::v1::RfmCuts& out) {
    for (const double cut : cuts) out.add_cuts(cut);
    if (cuts.empty()) out.set_tiles(options.tiles);
  };
  set(options.recency, *settings.mutable_recency());
  set(options.frequency, *settings.mutable_frequency());
  set(options.monetary, *settings.mutable_monetary());
  scoring::v1::RfmTable answer;
  VL_RETURN_IF_ERROR(CallSegments(context, "GetRfm", request, &answer));
  VL_RETURN_IF_ERROR(Print(context, answer, [&] {
    Table table({{"RFM"},
                 {context.T("客户数", "CUSTOMERS"), Table::Align::kRight},
                 {context.T("占比%", "SHARE %"), Table::Align::kRight},
                 {context.T("购买额", "PURCHASED"), Table::Align::kRight},
                 {context.T("预期价值", "EXPECTED"), Table::Align::kRight},
                 {context.T("风险价值", "AT STAKE"), Table::Align::kRight}});
    for (const auto& cell : answer.cells()) {
      table.AddRow({cell.cell(), Count(cell.customer_count()),
                    Number(cell.customer_share() * 100, 1), Number(cell.purchase_amount()),
                    Number(cell.expected_value()), Number(cell.value_at_stake())});
    }
    table.Print(context.out(), context.color_wanted());
    context.out() << fmt::format(
        fmt::runtime(context.T("{} 位有购买，{} 位没有，截至 {}\n",
                               "{} with a purchase, {} without, as of {}\n")),
        Count(answer.ranked_count()), Count(answer.unranked_count()), answer.basis().as_of());
  }));
  return kDone;
}

struct LifecycleOptions {
  std::string from;
  std::string to;
};

void PrintTransitions(Context& context, const scoring::v1::Lifecycle& answer) {
  std::vector<Table::Column> columns = {{context.T("从 \\ 到", "FROM \\ TO")}};
  for (const auto& stage : answer.stages()) {
    columns.push_back({StageLabel(context, stage.stage()), Table::Align::kRight});
  }
  Table table(std::move(columns));
  const auto row = [&](const std::string& label, LifecycleStage from, const auto& transitions) {
    std::vector<std::string> cells = {label};
    for (const auto& stage : answer.stages()) {
      int64_t count = 0;
      for (const auto& transition : transitions) {
        if (transition.from_stage() == from && transition.to_stage() == stage.stage()) {
          count = transition.customer_count();
        }
      }
      cells.push_back(Count(count));
    }
    table.AddRow(std::move(cells));
  };
  for (const auto& stage : answer.from_stages()) {
    row(StageLabel(context, stage.stage()), stage.stage(), answer.transitions());
  }
  row(context.T("新来", "(came since)"), scoring::v1::LIFECYCLE_STAGE_UNSPECIFIED, answer.inflow());
  context.out() << fmt::format("\n{} -> {}\n", answer.from_day(), answer.basis().as_of());
  table.Print(context.out(), context.color_wanted());
}

absl::StatusOr<int> Lifecycle(Context& context, const LifecycleOptions& options) {
  scoring::v1::GetLifecycleRequest request;
  request.set_parent(context.Parent());
  request.set_as_of(options.to.empty() ? context.options.as_of : options.to);
  request.set_from_day(options.from);
  scoring::v1::Lifecycle answer;
  VL_RETURN_IF_ERROR(CallSegments(context, "GetLifecycle", request, &answer));
  VL_RETURN_IF_ERROR(Print(context, answer, [&] {
    Table table({{context.T("阶段", "STAGE")},
                 {context.T("客户数", "CUSTOMERS"), Table::Align::kRight},
                 {context.T("占比%", "SHARE %"), Table::Align::kRight},
                 {context.T("预期价值", "EXPECTED"), Table::Align::kRight},
                 {context.T("风险价值", "AT STAKE"), Table::Align::kRight},
                 {context.T("平均趋势", "MEAN TREND"), Table::Align::kRight}});
    for (const auto& stage : answer.stages()) {
      table.AddRow({StageLabel(context, stage.stage()), Count(stage.customer_count()),
                    Number(stage.customer_share() * 100, 1), Number(stage.expected_value()),
                    Number(stage.value_at_stake()),
                    Number(ValueIf(stage.has_mean_trend_ratio(), stage.mean_trend_ratio()))});
    }
    table.Print(context.out(), context.color_wanted());
    if (!answer.from_day().empty()) PrintTransitions(context, answer);
    context.out() << context.T("截至 ", "as of ") << answer.basis().as_of() << '\n';
  }));
  return kDone;
}

struct LiftOptions {
  SegmentationChoice choice;
  std::string kind = "PURCHASE";
  std::string product;
  std::string from;
  std::string to;
  std::vector<int> weekdays;
  std::vector<int> hours;
  int64_t min_support = 30;
};

std::string FindingLabel(const Context& context, scoring::v1::LiftFinding finding) {
  switch (finding) {
    case scoring::v1::LIFT_FINDING_ABOVE:
      return context.T("高于平均", "above");
    case scoring::v1::LIFT_FINDING_BELOW:
      return context.T("低于平均", "below");
    case scoring::v1::LIFT_FINDING_UNDECIDED:
      return context.T("不能断定", "undecided");
    default:
      return context.T("样本不足", "not enough data");
  }
}

absl::StatusOr<int> Lift(Context& context, const LiftOptions& options) {
  scoring::v1::GetLiftRequest request;
  VL_RETURN_IF_ERROR(Choose(context, options.choice, request));
  auto& event = *request.mutable_event();
  event.set_kind(options.kind);
  event.set_product(options.product);
  event.set_first_day(options.from);
  event.set_last_day(options.to);
  for (const int weekday : options.weekdays) event.add_weekdays(weekday);
  if (!options.hours.empty()) {
    event.set_first_hour(options.hours.front());
    event.set_last_hour(options.hours.back());
  }
  request.set_min_support(options.min_support);
  scoring::v1::LiftTable answer;
  VL_RETURN_IF_ERROR(CallSegments(context, "GetLift", request, &answer));
  VL_RETURN_IF_ERROR(Print(context, answer, [&] {
    Table table({{context.T("组", "SEGMENT")},
                 {context.T("客户数", "CUSTOMERS"), Table::Align::kRight},
                 {context.T("发生", "WITH EVENT"), Table::Align::kRight},
                 {context.T("比率%", "RATE %"), Table::Align::kRight},
                 {context.T("提升", "LIFT"), Table::Align::kRight},
                 {context.T("下限", "LOW"), Table::Align::kRight},
                 {context.T("上限", "HIGH"), Table::Align::kRight},
                 {context.T("结论", "FINDING")}});
    const auto add = [&](const std::string& label, const scoring::v1::LiftRow& row) {
      table.AddRow({label, Count(row.customer_count()), Count(row.event_customer_count()),
                    Number(ValueIf(row.has_rate(), row.rate() * 100), 1),
                    Number(ValueIf(row.has_lift(), row.lift())),
                    Number(ValueIf(row.has_lift_low(), row.lift_low())),
                    Number(ValueIf(row.has_lift_high(), row.lift_high())),
                    FindingLabel(context, row.finding())});
    };
    for (const auto& row : answer.segments()) {
      add(NameOf(context, row.name_zh(), row.name_en()), row);
    }
    add(context.T("合计", "TOTAL"), answer.total());
    table.Print(context.out(), context.color_wanted());
    context.out() << context.T("客户截至 ", "customers as of ") << answer.basis().as_of() << '\n';
  }));
  return kDone;
}

struct TargetOptions {
  SegmentationChoice choice;
  std::vector<std::string> scores;
  int64_t capacity = -1;
  int top = 0;
};

std::string OutcomeLabel(const Context& context, scoring::v1::TargetOutcome outcome) {
  switch (outcome) {
    case scoring::v1::TARGET_OUTCOME_CHOSEN:
      return context.T("选中", "chosen");
    case scoring::v1::TARGET_OUTCOME_CAPACITY:
      return context.T("超出容量", "beyond the capacity");
    case scoring::v1::TARGET_OUTCOME_MAX_SEGMENTS:
      return context.T("名额已满", "enough are chosen");
    case scoring::v1::TARGET_OUTCOME_MIN_SCORE:
      return context.T("分数过低", "score too low");
    default:
      return context.T("没有客户", "nobody in it");
  }
}

absl::StatusOr<int> Targets(Context& context, const TargetOptions& options) {
  scoring::v1::SelectTargetsRequest request;
  VL_RETURN_IF_ERROR(Choose(context, options.choice, request));
  request.set_as_of(context.options.as_of);
  if (options.capacity >= 0) request.set_capacity(options.capacity);
  if (options.top > 0) request.set_max_segments(options.top);
  for (const std::string& text : options.scores) {
    const size_t equals = text.find('=');
    if (equals == std::string::npos) return UsageError("--score: want SEGMENT=NUMBER");
    request.set_score(scoring::v1::TARGET_SCORE_GIVEN);
    auto& given = *request.add_given_scores();
    given.set_segment_id(text.substr(0, equals));
    VL_ASSIGN_OR_RETURN(const double score, ParseNumber("--score", text.substr(equals + 1)));
    given.set_score(score);
  }
  scoring::v1::TargetSelection answer;
  VL_RETURN_IF_ERROR(CallSegments(context, "SelectTargets", request, &answer));
  VL_RETURN_IF_ERROR(Print(context, answer, [&] {
    Table table({{context.T("名次", "RANK"), Table::Align::kRight},
                 {context.T("组", "SEGMENT")},
                 {context.T("分数", "SCORE"), Table::Align::kRight},
                 {context.T("客户数", "CUSTOMERS"), Table::Align::kRight},
                 {context.T("新增", "ADDED"), Table::Align::kRight},
                 {context.T("累计", "CUMULATIVE"), Table::Align::kRight},
                 {context.T("结果", "OUTCOME")}});
    for (const auto& target : answer.targets()) {
      table.AddRow({Count(target.rank()), NameOf(context, target.name_zh(), target.name_en()),
                    Number(target.score()), Count(target.customer_count()),
                    Count(target.added_count()), Count(target.cumulative_count()),
                    OutcomeLabel(context, target.outcome())});
    }
    table.Print(context.out(), context.color_wanted());
  }));
  return kDone;
}

struct BudgetOptions {
  std::string budget;
  std::vector<std::string> classes;
};

// "STRATEGIC:gain=5000,scale=800,min=100,max=2000"
absl::Status ParseClass(const std::string& text, scoring::v1::BudgetResponse& out) {
  const size_t colon = text.find(':');
  if (colon == std::string::npos) {
    return UsageError(
        fmt::format("--class: got {}, want ID:gain=G,scale=K[,min=M][,max=M]", Printable(text)));
  }
  out.set_id(text.substr(0, colon));
  std::string_view rest = std::string_view(text).substr(colon + 1);
  while (!rest.empty()) {
    const std::string_view term = rest.substr(0, rest.find(','));
    rest.remove_prefix(std::min(rest.size(), term.size() + 1));
    const size_t equals = term.find('=');
    const std::string_view name = term.substr(0, equals);
    const std::string_view value =
        equals == std::string_view::npos ? std::string_view() : term.substr(equals + 1);
    if (name == "gain" || name == "scale") {
      VL_ASSIGN_OR_RETURN(const double number, ParseNumber("--class", value));
      name == "gain" ? out.set_gain(number) : out.set_scale(number);
    } else if (name == "min" || name == "max") {
      VL_ASSIGN_OR_RETURN(const int64_t micros, ParseMicros("--class", value, true));
      name == "min" ? out.set_min_micros(micros) : out.set_max_micros(micros);
    } else {
      return UsageError(
          fmt::format("--class: got {}, want gain, scale, min or max", Printable(name)));
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<int> Budget(Context& context, const BudgetOptions& options) {
  scoring::v1::AllocateBudgetRequest request;
  request.set_parent(context.Parent());
  request.set_rounding_micros(kCentMicros);
  VL_ASSIGN_OR_RETURN(const int64_t budget, ParseMicros("budget", options.budget, true));
  request.set_budget_micros(budget);
  for (const std::string& text : options.classes) {
    VL_RETURN_IF_ERROR(ParseClass(text, *request.add_classes()));
  }
  scoring::v1::BudgetAllocation answer;
  VL_RETURN_IF_ERROR(CallSegments(context, "AllocateBudget", request, &answer));
  VL_RETURN_IF_ERROR(Print(context, answer, [&] {
    Table table({{context.T("类别", "CLASS")},
                 {context.T("预算", "BUDGET"), Table::Align::kRight},
                 {context.T("占比%", "SHARE %"), Table::Align::kRight},
                 {context.T("回报", "RESPONSE"), Table::Align::kRight},
                 {context.T("边际回报", "MARGINAL"), Table::Align::kRight},
                 {context.T("限制", "BOUND")}});
    const auto money = [](int64_t micros) { return Number(static_cast<double>(micros) / kMicros); };
    for (const auto& one : answer.classes()) {
      const char* bound = one.bound() == scoring::v1::BUDGET_BOUND_MIN ? context.T("下限", "min")
                          : one.bound() == scoring::v1::BUDGET_BOUND_MAX ? context.T("上限", "max")
                                                                         : "";
      table.AddRow({one.id(), money(one.allocated_micros()),
                    Number(ValueIf(one.has_share(), one.share() * 100), 1), Number(one.response()),
                    Number(one.marginal_return(), 4), bound});
    }
    table.AddRow({context.T("未分配", "(unallocated)"), money(answer.unallocated_micros())});
    table.AddRow({context.T("合计", "TOTAL"), money(budget), "", Number(answer.total_response())});
    table.Print(context.out(), context.color_wanted());
  }));
  return kDone;
}

void AddLift(CLI::App& group, Context& context) {
  const auto lift = AddCommand<LiftOptions>(
      group, context, "lift", "how much likelier a segment does something than all customers",
      "valueloop portfolio lift tiers --product paper --from 2026-01-01 --to 2026-03-31", Lift);
  LiftOptions& options = *lift.options;
  options.choice.AddTo(*lift.app);
  lift.app->add_option("--kind", options.kind, "of event")->capture_default_str();
  lift.app->add_option("--product", options.product, "of a purchase");
  lift.app->add_option("--from", options.from, "first day")->required();
  lift.app->add_option("--to", options.to, "last day")->required();
  lift.app->add_option("--weekday", options.weekdays, "1 (Monday) to 7");
  lift.app->add_option("--hours", options.hours, "first and last hour of the day")->expected(2);
  lift.app->add_option("--min-support", options.min_support, "customers a segment must have")
      ->capture_default_str();
}

}  // namespace

std::string StageLabel(const Context& context, LifecycleStage stage) {
  switch (stage) {
    case scoring::v1::LIFECYCLE_STAGE_NEW:
      return context.T("新客", "NEW");
    case scoring::v1::LIFECYCLE_STAGE_GROWING:
      return context.T("成长", "GROWING");
    case scoring::v1::LIFECYCLE_STAGE_MATURE:
      return context.T("成熟", "MATURE");
    case scoring::v1::LIFECYCLE_STAGE_DECLINING:
      return context.T("衰退", "DECLINING");
    case scoring::v1::LIFECYCLE_STAGE_LOST:
      return context.T("流失", "LOST");
    default:
      return context.T("未知", "UNKNOWN");
  }
}

void AddLifecycleCommands(CLI::App& app, Context& context) {
  CLI::App& group = *app.get_subcommand("portfolio");
  const auto rfm =
      AddCommand<RfmOptions>(group, context, "rfm", "customers by recency, frequency and money",
                             "valueloop portfolio rfm --tiles 3", Rfm);
  rfm.app->add_option("--tiles", rfm.options->tiles, "groups of equal size, 2 to 9; default 5");
  rfm.app->add_option("--recency", rfm.options->recency, "cuts in days instead");
  rfm.app->add_option("--frequency", rfm.options->frequency, "cuts in purchase days instead");
  rfm.app->add_option("--monetary", rfm.options->monetary, "cuts in money instead");
  const auto lifecycle = AddCommand<LifecycleOptions>(
      group, context, "lifecycle", "customers and value by stage, and who went where",
      "valueloop portfolio lifecycle --from 2025-12-31 --to 2026-06-30", Lifecycle);
  lifecycle.app->add_option("--from", lifecycle.options->from, "transitions from this day");
  lifecycle.app->add_option("--to", lifecycle.options->to, "day of the stages; default: --as-of");
  AddLift(group, context);
  const auto targets = AddCommand<TargetOptions>(
      group, context, "targets", "the best segments that fit the capacity",
      "valueloop portfolio targets tiers --capacity 5000", Targets);
  targets.options->choice.AddTo(*targets.app);
  targets.app
      ->add_option("--score", targets.options->scores,
                   "SEGMENT=NUMBER, one for each; default: expected value")
      ->allow_extra_args(false);
  targets.app->add_option("--capacity", targets.options->capacity, "customers that can be served")
      ->check(CLI::NonNegativeNumber);
  targets.app->add_option("--top", targets.options->top, "at most so many segments")
      ->check(CLI::PositiveNumber);
  const auto budget = AddCommand<BudgetOptions>(
      group, context, "budget", "divide a budget by equal marginal return",
      "valueloop portfolio budget 1000 --class STRATEGIC:gain=5000,scale=800 "
      "--class ORDINARY:gain=900,scale=600,max=200",
      Budget);
  budget.app->add_option("budget", budget.options->budget, "money")->required();
  budget.app
      ->add_option("--class", budget.options->classes,
                   "ID:gain=G,scale=K[,min=M][,max=M]: b returns G(1 - e^(-b/K))")
      ->allow_extra_args(false)
      ->required();
}

}  // namespace valueloop::cli
