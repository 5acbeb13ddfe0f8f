// score simulate | next | history, portfolio migration | preview: scores at other arguments.
#include <algorithm>
#include <ostream>
#include <utility>

#include "cli/command.h"
#include "cli/event_rows.h"
#include "cli/labels.h"
#include "cli/migration_table.h"
#include "cli/output.h"
#include "cli/policy_preview.h"
#include "cli/table.h"
#include "cli/values.h"
#include "cli/workspace_zone.h"
#include "common/status.h"
#include "fmt/format.h"
#include "valueloop/scoring/v1/simulation.pb.h"

namespace valueloop::cli {
namespace {

using scoring::v1::Event;
using scoring::v1::NextClass;
using scoring::v1::NextClassTarget;
using scoring::v1::ReasonChange;
using scoring::v1::Score;
using scoring::v1::ScoreChange;
using scoring::v1::SimulateScoreResponse;
using scoring::v1::VersionChoice;

constexpr int kPageSize = 1000;

std::string Signed(double value) { return (value > 0 ? "+" : "") + Number(value); }

// Versions to compute with instead of the active ones.
struct VersionOptions {
  int64_t model = -1;
  int64_t policy = -1;
  int64_t reference = -1;

  void Bind(CLI::App& app) {
    app.add_option("--model", model, "model version; default: the active one");
    app.add_option("--policy", policy, "policy version");
    app.add_option("--reference", reference, "reference version");
  }
  bool any() const { return model >= 0 || policy >= 0 || reference >= 0; }
  void CopyTo(VersionChoice& choice) const {
    if (model >= 0) choice.set_model_version(model);
    if (policy >= 0) choice.set_policy_version(policy);
    if (reference >= 0) choice.set_reference_version(reference);
  }
};

struct SimulateOptions {
  std::string id;
  std::vector<std::string> purchases;   // [DAY:]AMOUNT
  std::vector<std::string> costs;       // [DAY:]AMOUNT
  std::vector<std::string> ratings;     // CRITERION=0..100
  std::vector<std::string> attributes;  // NAME=VALUE
  std::vector<std::string> referrals;   // CUSTOMER
  std::string rater = "cli";
  double spend_change = 0;
  double service_cost_change = 0;
  bool is_new = false;
  VersionOptions versions;
};

// "2026-12-01:300" is an amount on a day (at noon), "300" one on the day of the answer.
absl::StatusOr<int64_t> ParseDayAmount(std::string_view field, const std::string& text,
                                       absl::TimeZone zone, Event& event) {
  const size_t colon = text.find(':');
  if (colon == std::string::npos) return ParseMicros(field, text, /*allow_negative=*/false);
  const std::string day = text.substr(0, colon);
  VL_RETURN_IF_ERROR(ValidateDay(field, day));
  VL_ASSIGN_OR_RETURN(const absl::Time start, ParseMoment(field, day, zone));
  event.mutable_occurred_time()->set_seconds(absl::ToUnixSeconds(start + absl::Hours(12)));
  return ParseMicros(field, text.substr(colon + 1), /*allow_negative=*/false);
}

// The two sides of NAME=VALUE.
absl::StatusOr<std::pair<std::string, std::string>> SplitAssignment(std::string_view option,
                                                                    const std::string& text) {
  const size_t equals = text.find('=');
  if (equals == std::string::npos || equals == 0) {
    return UsageError(fmt::format("{}: got {}, want NAME=VALUE", option, Printable(text)));
  }
  return std::pair(text.substr(0, equals), text.substr(equals + 1));
}

absl::Status AddEvents(Context& context, const SimulateOptions& options,
                       scoring::v1::WhatIf& what_if) {
  VL_ASSIGN_OR_RETURN(const absl::TimeZone zone, WorkspaceZone(context));
  for (const std::string& text : options.purchases) {
    Event& event = *what_if.add_events();
    VL_ASSIGN_OR_RETURN(const int64_t micros, ParseDayAmount("--purchase", text, zone, event));
    event.mutable_purchase()->set_amount_micros(micros);
  }
  for (const std::string& text : options.costs) {
    Event& event = *what_if.add_events();
    VL_ASSIGN_OR_RETURN(const int64_t micros, ParseDayAmount("--cost", text, zone, event));
    event.mutable_cost_to_serve()->set_amount_micros(micros);
  }
  for (const std::string& customer : options.referrals) {
    scoring::v1::Referral& referral = *what_if.add_events()->mutable_referral();
    referral.set_referred_customer_id(customer);
    referral.set_type(scoring::v1::Referral::TYPE_ONE);
  }
  for (const std::string& text : options.ratings) {
    VL_ASSIGN_OR_RETURN(const auto assignment, SplitAssignment("--rating", text));
    scoring::v1::MatchRating& rating = *what_if.add_events()->mutable_match_rating();
    rating.set_criterion(assignment.first);
    VL_ASSIGN_OR_RETURN(const double points, ParseNumber("--rating", assignment.second));
    rating.set_rating(points);
    rating.set_rater(options.rater);
  }
  for (const std::string& text : options.attributes) {
    VL_ASSIGN_OR_RETURN(const auto assignment, SplitAssignment("--attribute", text));
    scoring::v1::AttributeChange& change = *what_if.add_events()->mutable_attribute_change();
    change.set_attribute(assignment.first);
    VL_RETURN_IF_ERROR(ParseAttributeValue("--attribute", assignment.second,
                                           AttributeType::kInferred, *change.mutable_value()));
  }
  what_if.set_spend_change_percent(options.spend_change);
  what_if.set_service_cost_change_percent(options.service_cost_change);
  return absl::OkStatus();
}

void AddScoreRow(Context& context, const std::string& label, const Score& score, Table& table) {
  const auto maybe = [](bool has, double value) {
    return has ? std::optional<double>(value) : std::nullopt;
  };
  table.AddRow({label, ClassLabel(context, score.customer_class()),
                Number(maybe(score.has_expected_value(), score.expected_value())),
                Number(score.realised_value()),
                Number(maybe(score.has_match_score(), score.match_score()), 1),
                Number(maybe(score.has_alive_probability(), score.alive_probability() * 100), 1)});
}

void PrintChanges(Context& context, const std::string& title,
                  const google::protobuf::RepeatedPtrField<ReasonChange>& changes) {
  if (changes.empty()) return;
  context.out() << '\n' << title << '\n';
  Table table({{context.T("变化", "CHANGE"), Table::Align::kRight}, {context.T("原因", "REASON")}});
  double sum = 0;
  for (const ReasonChange& change : changes) {
    sum += change.displayed();
    table.AddRow({Signed(change.displayed()), change.text()});
  }
  table.AddRow({Signed(sum), context.T("合计", "sum")});
  table.Print(context.out(), context.color_wanted());
}

void PrintSimulation(Context& context, const SimulateScoreResponse& answer) {
  Table table({{answer.after().provenance().as_of()},
               {context.T("类别", "CLASS")},
               {context.T("预期价值", "EXPECTED"), Table::Align::kRight},
               {context.T("已实现", "REALISED"), Table::Align::kRight},
               {context.T("匹配", "MATCH"), Table::Align::kRight},
               {context.T("仍在购买%", "ALIVE %"), Table::Align::kRight}});
  if (answer.has_today()) {
    AddScoreRow(context, answer.today().provenance().as_of(), answer.today(), table);
  }
  AddScoreRow(context, context.T("照旧", "as it is"), answer.before(), table);
  AddScoreRow(context, context.T("假设", "what if"), answer.after(), table);
  table.Print(context.out(), context.color_wanted());
  PrintChanges(context, context.T("预期价值为何变化", "why the expected value changes"),
               answer.value_changes());
  PrintChanges(context, context.T("匹配分为何变化", "why the match changes"),
               answer.match_changes());
}

absl::StatusOr<int> Simulate(Context& context, const SimulateOptions& options) {
  scoring::v1::SimulateScoreRequest request;
  request.set_name(context.Name("customers/" + options.id));
  request.set_as_of(context.options.as_of);
  request.set_language_code(context.T("zh", "en"));
  request.set_allow_new(options.is_new);
  options.versions.CopyTo(*request.mutable_versions());
  VL_RETURN_IF_ERROR(AddEvents(context, options, *request.mutable_what_if()));
  SimulateScoreResponse answer;
  VL_RETURN_IF_ERROR(context.Call(
      Target::kScoring, "valueloop.scoring.v1.SimulationService/SimulateScore", request, &answer));
  VL_RETURN_IF_ERROR(Print(context, answer, [&] { PrintSimulation(context, answer); }));
  return kDone;
}

struct NextOptions {
  std::string id;
  VersionOptions versions;
};

std::string MissingText(Context& context, const NextClassTarget& target) {
  std::string text;
  const auto add = [&](const std::string& part) { text += (text.empty() ? "" : ", ") + part; };
  if (target.has_value_points_missing()) {
    add(fmt::format(fmt::runtime(context.T("价值分差 {}", "{} value points")),
                    Number(target.value_points_missing(), 1)));
  }
  if (target.has_expected_value_missing()) {
    add(fmt::format(fmt::runtime(context.T("预期价值差 {}", "{} of expected value")),
                    Number(target.expected_value_missing())));
  }
  if (target.has_match_points_missing()) {
    add(fmt::format(fmt::runtime(context.T("匹配分差 {}", "{} match points")),
                    Number(target.match_points_missing(), 1)));
  }
  return text;
}

void PrintNextClass(Context& context, const NextClass& next) {
  context.out() << SegmentAfter(next.name(), "customers") << ": "
                << ClassLabel(context, next.score().customer_class()) << '\n';
  if (next.missing_size() > 0) {
    std::string missing;
    for (const std::string& what : next.missing()) missing += " " + what;
    context.out() << context.T("无法分类，缺少：", "cannot be classed, missing:") << missing
                  << '\n';
    for (const auto& unrated : next.unrated_criteria()) {
      context.out() << fmt::format("  {} ({:.1f} %, {})\n", unrated.criterion(),
                                   unrated.coverage() * 100, unrated.source());
    }
  }
  for (const NextClassTarget& target : next.targets()) {
    const std::string missing = MissingText(context, target);
    context.out() << '\n'
                  << context.T("到 ", "to ") << ClassLabel(context, target.customer_class())
                  << (missing.empty() ? "" : ": " + missing) << '\n';
    if (target.ways_size() == 0) {
      context.out() << context.T("  没有找到途径\n", "  no way was found\n");
      continue;
    }
    Table table({{context.T("成本", "COST"), Table::Align::kRight},
                 {context.T("途径", "WAY")},
                 {context.T("预期价值", "EXPECTED"), Table::Align::kRight},
                 {context.T("匹配", "MATCH"), Table::Align::kRight},
                 {context.T("到", "BY")}});
    for (const auto& way : target.ways()) {
      std::string steps;
      for (const auto& step : way.steps()) steps += (steps.empty() ? "" : " + ") + step.text();
      table.AddRow(
          {Number(way.cost()), steps,
           Number(way.has_expected_value() ? std::optional<double>(way.expected_value())
                                           : std::nullopt),
           Number(way.has_match_score() ? std::optional<double>(way.match_score()) : std::nullopt,
                  1),
           way.as_of()});
    }
    table.Print(context.out(), context.color_wanted());
  }
}

absl::StatusOr<int> Next(Context& context, const NextOptions& options) {
  scoring::v1::GetNextClassRequest request;
  request.set_name(context.Name("customers/" + options.id));
  request.set_as_of(context.options.as_of);
  request.set_language_code(context.T("zh", "en"));
  options.versions.CopyTo(*request.mutable_versions());
  NextClass next;
  VL_RETURN_IF_ERROR(context.Call(
      Target::kScoring, "valueloop.scoring.v1.SimulationService/GetNextClass", request, &next));
  VL_RETURN_IF_ERROR(Print(context, next, [&] { PrintNextClass(context, next); }));
  return kDone;
}

struct HistoryOptions {
  std::string id;
  std::string from;
  std::string to;
  bool fixed = false;
  bool class_changes = false;
  VersionOptions versions;
};

void PrintHistory(Context& context, const scoring::v1::ListScoreChangesResponse& all) {
  Table table({{context.T("日期", "DAY")},
               {context.T("起因", "CAUSE")},
               {context.T("类别", "CLASS")},
               {context.T("预期价值", "EXPECTED"), Table::Align::kRight},
               {context.T("变化", "CHANGE"), Table::Align::kRight},
               {context.T("主要原因", "MAIN REASON")}});
  table.AddRow({all.start().as_of(), "", ClassLabel(context, all.start().customer_class()),
                ExpectedOf(all.start())});
  for (const ScoreChange& change : all.changes()) {
    std::string cause = CauseLabel(context, change.cause());
    if (change.event_count() > 0) {
      cause += fmt::format(" {}", change.events_size() > 0 ? change.events(0).kind() : "");
      if (change.event_count() > 1) cause += fmt::format(" +{}", change.event_count() - 1);
    }
    const bool has_both =
        change.before().has_expected_value() && change.after().has_expected_value();
    table.AddRow({change.day(), cause, ClassLabel(context, change.after().customer_class()),
                  ExpectedOf(change.after()),
                  has_both
                      ? Signed(change.after().expected_value() - change.before().expected_value())
                      : "-",
                  change.main_reason().text()});
  }
  table.Print(context.out(), context.color_wanted());
}

absl::StatusOr<int> History(Context& context, const HistoryOptions& options) {
  scoring::v1::ListScoreChangesRequest request;
  request.set_parent(context.Name("customers/" + options.id));
  request.set_first_day(options.from);
  request.set_last_day(options.to.empty() ? context.options.as_of : options.to);
  request.set_class_changes_only(options.class_changes);
  request.set_language_code(context.T("zh", "en"));
  request.set_page_size(kPageSize);
  if (options.fixed || options.versions.any()) {
    request.set_version_mode(scoring::v1::VERSION_MODE_FIXED);
    options.versions.CopyTo(*request.mutable_versions());
  }
  scoring::v1::ListScoreChangesResponse all;
  do {
    scoring::v1::ListScoreChangesResponse page;
    VL_RETURN_IF_ERROR(context.Call(Target::kScoring,
                                    "valueloop.scoring.v1.SimulationService/ListScoreChanges",
                                    request, &page));
    all.mutable_changes()->MergeFrom(page.changes());
    if (page.has_start()) *all.mutable_start() = page.start();
    request.set_page_token(page.next_page_token());
  } while (!request.page_token().empty());
  VL_RETURN_IF_ERROR(Print(context, all, [&] { PrintHistory(context, all); }));
  return kDone;
}

struct MigrationOptions {
  std::string from;
  std::string to;
  bool list = false;
  bool in_force = false;
  int limit = 50;
  int sample = 0;
  VersionOptions versions;
};

void SetQuestion(const Context& context, const MigrationOptions& options,
                 scoring::v1::MigrationQuestion& question) {
  question.set_first_day(options.from);
  question.set_last_day(options.to.empty() ? context.options.as_of : options.to);
  if (options.in_force) question.set_version_mode(scoring::v1::VERSION_MODE_IN_FORCE);
  options.versions.CopyTo(*question.mutable_versions());
}

void PrintMigrations(Context& context, const scoring::v1::ListMigrationsResponse& all) {
  Table table({{context.T("客户", "CUSTOMER")},
               {context.T("从", "FROM")},
               {context.T("到", "TO")},
               {context.T("预期价值", "EXPECTED"), Table::Align::kRight},
               {context.T("之后", "AFTER"), Table::Align::kRight},
               {context.T("起因", "CAUSE")},
               {context.T("主要原因", "MAIN REASON")}});
  for (const auto& migration : all.migrations()) {
    table.AddRow({SegmentAfter(migration.customer(), "customers"),
                  migration.has_before() ? ClassLabel(context, migration.before().customer_class())
                                         : context.T("新客户", "NEW"),
                  ClassLabel(context, migration.after().customer_class()),
                  migration.has_before() ? ExpectedOf(migration.before()) : "-",
                  ExpectedOf(migration.after()), CauseLabel(context, migration.cause()),
                  migration.main_reason().text()});
  }
  table.Print(context.out(), context.color_wanted());
}

absl::StatusOr<int> ListMoves(Context& context, const MigrationOptions& options) {
  scoring::v1::ListMigrationsRequest request;
  request.set_parent(context.Parent());
  SetQuestion(context, options, *request.mutable_question());
  request.set_language_code(context.T("zh", "en"));
  scoring::v1::ListMigrationsResponse all;
  do {
    const int missing = options.limit - all.migrations_size();
    request.set_page_size(options.limit == 0 ? kPageSize : std::min(missing, kPageSize));
    scoring::v1::ListMigrationsResponse page;
    VL_RETURN_IF_ERROR(context.Call(
        Target::kScoring, "valueloop.scoring.v1.SimulationService/ListMigrations", request, &page));
    all.mutable_migrations()->MergeFrom(page.migrations());
    all.set_next_page_token(page.next_page_token());
    request.set_page_token(page.next_page_token());
  } while (!request.page_token().empty() &&
           (options.limit == 0 || all.migrations_size() < options.limit));
  VL_RETURN_IF_ERROR(Print(context, all, [&] { PrintMigrations(context, all); }));
  return kDone;
}

absl::StatusOr<int> Migration(Context& context, const MigrationOptions& options) {
  if (options.list) return ListMoves(context, options);
  scoring::v1::GetMigrationMatrixRequest request;
  request.set_parent(context.Parent());
  SetQuestion(context, options, *request.mutable_question());
  request.set_sample_size(options.sample);
  scoring::v1::MigrationMatrix matrix;
  VL_RETURN_IF_ERROR(context.Call(Target::kScoring,
                                  "valueloop.scoring.v1.SimulationService/GetMigrationMatrix",
                                  request, &matrix));
  VL_RETURN_IF_ERROR(Print(context, matrix, [&] {
    PrintMatrix(context, matrix.cells());
    context.out() << fmt::format(
        fmt::runtime(context.T("{} → {}：{} 位客户改变了类别（原预期价值 {}）\n",
                               "{} -> {}: {} customers changed class (expected value before: "
                               "{})\n")),
        matrix.first_day(), matrix.last_day(), Number(matrix.moved_count(), 0),
        Number(matrix.moved_value()));
    PrintSample(context, matrix.scored_count(), matrix.customer_count());
  }));
  return kDone;
}

void AddScoreSimulations(CLI::App& group, Context& context) {
  const auto simulate = AddCommand<SimulateOptions>(
      group, context, "simulate", "the score if something happened; stores nothing",
      "valueloop score simulate C-00001 --purchase 2026-12-01:300 --rating m_seg=80", Simulate);
  simulate.app->add_option("id", simulate.options->id, "customer id")->required();
  simulate.app->add_option("--purchase", simulate.options->purchases, "AMOUNT or DAY:AMOUNT");
  simulate.app->add_option("--cost", simulate.options->costs,
                           "cost to serve: AMOUNT or DAY:AMOUNT");
  simulate.app->add_option("--rating", simulate.options->ratings, "CRITERION=0..100");
  simulate.app->add_option("--rater", simulate.options->rater, "who rates")->capture_default_str();
  simulate.app->add_option("--attribute", simulate.options->attributes, "NAME=VALUE");
  simulate.app->add_option("--referral", simulate.options->referrals, "a customer it refers");
  simulate.app->add_option("--spend-change", simulate.options->spend_change,
                           "percent, of every purchase to date");
  simulate.app->add_option("--service-cost-change", simulate.options->service_cost_change,
                           "percent, of every cost to serve to date");
  simulate.app->add_flag("--new", simulate.options->is_new, "take an unknown customer as new");
  simulate.options->versions.Bind(*simulate.app);

  const auto next = AddCommand<NextOptions>(
      group, context, "next", "how far the better classes are, and the cheapest ways there",
      "valueloop score next C-00001", Next);
  next.app->add_option("id", next.options->id, "customer id")->required();
  next.options->versions.Bind(*next.app);

  const auto history = AddCommand<HistoryOptions>(
      group, context, "history", "what changed the score, day by day, with its cause",
      "valueloop score history C-00001 --from 2026-01-01 --to 2026-06-30", History);
  history.app->add_option("id", history.options->id, "customer id")->required();
  history.app->add_option("--from", history.options->from, "YYYY-MM-DD")->required();
  history.app->add_option("--to", history.options->to, "YYYY-MM-DD; default: today");
  history.app->add_flag("--fixed", history.options->fixed,
                        "under the active versions throughout, not those in force on each day");
  history.app->add_flag("--class-changes", history.options->class_changes,
                        "only what changed the class");
  history.options->versions.Bind(*history.app);
}

void AddPortfolioSimulations(CLI::App& group, Context& context) {
  const auto migration = AddCommand<MigrationOptions>(
      group, context, "migration", "who moved from which class to which between two days",
      "valueloop portfolio migration --from 2026-01-01 --to 2026-06-30 --list", Migration);
  migration.app->add_option("--from", migration.options->from, "YYYY-MM-DD")->required();
  migration.app->add_option("--to", migration.options->to, "YYYY-MM-DD; default: today");
  migration.app->add_flag("--list", migration.options->list, "the customers, with the cause");
  migration.app->add_flag("--in-force", migration.options->in_force,
                          "under the versions that were active on each of the days");
  migration.app->add_option("--limit", migration.options->limit, "of --list; 0: all")
      ->check(CLI::NonNegativeNumber)
      ->capture_default_str();
  migration.app->add_option("--sample", migration.options->sample,
                            "score about so many customers; 0: up to 100000");
  migration.options->versions.Bind(*migration.app);

  const auto preview = AddCommand<PreviewOptions>(
      group, context, "preview", "what publishing a plan would do to the customers",
      "valueloop portfolio preview HL-2026", PreviewPlan);
  preview.app->add_option("plan", preview.options->plan, "PLAN or PLAN@VERSION")->required();
  preview.app->add_option("--movers", preview.options->movers, "customers to list")
      ->capture_default_str();
  preview.app->add_option("--sample", preview.options->sample,
                          "score about so many customers; 0: up to 100000");
}

}  // namespace

void AddSimulateCommands(CLI::App& app, Context& context) {
  AddScoreSimulations(*app.get_subcommand("score"), context);
  AddPortfolioSimulations(*app.get_subcommand("portfolio"), context);
}

}  // namespace valueloop::cli
