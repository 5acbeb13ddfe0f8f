#include "scoring/rpc/migration_scan.h"

#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "common/ids.h"
#include "common/status.h"
#include "fmt/format.h"
#include "scoring/domain/change_points.h"
#include "scoring/rpc/day_field.h"
#include "scoring/rpc/portfolio_overview.h"
#include "scoring/rpc/score_history.h"
#include "scoring/rpc/score_proto.h"
#include "scoring/rpc/simulation_proto.h"

namespace valueloop::scoring {
namespace {

constexpr int64_t kPage = 500;
constexpr int64_t kDefaultSample = 100'000;
constexpr int64_t kMaxSample = 1'000'000;
constexpr int64_t kMaxReadPerCall = 20'000;

absl::Status Cancelled() { return absl::CancelledError("migration: nobody waits for it"); }

// A question about two days, understood.
struct Question {
  Workspace workspace;
  absl::CivilDay first_day;
  absl::CivilDay last_day;
  v1::VersionMode mode = v1::VERSION_MODE_FIXED;
  std::shared_ptr<const VersionSet> first;
  std::shared_ptr<const VersionSet> last;

  ScoreContext Before(bool with_reasons) const { return Context(*first, first_day, with_reasons); }
  ScoreContext After(bool with_reasons) const { return Context(*last, last_day, with_reasons); }

 private:
  static ScoreContext Context(const VersionSet& versions, absl::CivilDay day, bool with_reasons) {
    ScoreContext context = ContextOf(versions, day, with_reasons);
    context.with_intervals = false;
    context.with_lifecycle = false;
    return context;
  }
};

absl::StatusOr<Question> ParseQuestion(const SimulationSources& sources, const std::string& parent,
                                       const v1::MigrationQuestion& asked) {
  VL_ASSIGN_OR_RETURN(const std::vector<std::string> parts,
                      ParseResourceName("parent", "workspaces/*", parent));
  Question question;
  VL_ASSIGN_OR_RETURN(question.workspace, sources.workspaces.Get(parts[0]));
  VL_ASSIGN_OR_RETURN(question.first_day, ParseDayField("question.first_day", asked.first_day()));
  VL_ASSIGN_OR_RETURN(question.last_day,
                      ParsePastDayField("question.last_day", asked.last_day(),
                                        sources.workspaces.Today(question.workspace)));
  if (question.first_day >= question.last_day) {
    return InvalidField("question.first_day", asked.first_day(),
                        fmt::format("a day before last_day, {}", DayText(question.last_day)));
  }
  VL_ASSIGN_OR_RETURN(VersionTimeline timeline,
                      VersionTimeline::Make(sources, question.workspace, asked.version_mode(),
                                            v1::VERSION_MODE_FIXED, asked.versions()));
  question.mode = timeline.mode();
  VL_ASSIGN_OR_RETURN(question.first, timeline.At(question.first_day));
  VL_ASSIGN_OR_RETURN(question.last, timeline.At(question.last_day));
  return question;
}

bool IsKnownBy(const CustomerSummary& summary, absl::CivilDay day) {
  const std::optional<absl::CivilDay> first = FirstEventDay(summary);
  return first.has_value() && *first <= day;
}

// What a list of moves is asked for.
struct MoveFilter {
  std::optional<v1::CustomerClass> from;
  std::optional<v1::CustomerClass> to;
  bool new_only = false;

  bool Wants(const Move& move) const {
    if (move.from && !move.has_moved()) return false;
    if (new_only && move.from) return false;
    if (from && (!move.from || ToProto(*move.from) != *from)) return false;
    return !to || ToProto(move.to) == *to;
  }
};

absl::Status CheckClass(std::string_view field, v1::CustomerClass customer_class) {
  if (v1::CustomerClass_IsValid(customer_class)) return absl::OkStatus();
  return InvalidField(field, std::to_string(customer_class), "a class, or nothing");
}

absl::StatusOr<MoveFilter> ParseFilter(const v1::ListMigrationsRequest& request) {
  VL_RETURN_IF_ERROR(CheckClass("from_class", request.from_class()));
  VL_RETURN_IF_ERROR(CheckClass("to_class", request.to_class()));
  if (request.new_only() && request.from_class() != v1::CUSTOMER_CLASS_UNSPECIFIED) {
    return InvalidField("from_class", v1::CustomerClass_Name(request.from_class()),
                        "nothing with new_only: new customers come from no class");
  }
  MoveFilter filter{.new_only = request.new_only()};
  if (request.from_class() != v1::CUSTOMER_CLASS_UNSPECIFIED) filter.from = request.from_class();
  if (request.to_class() != v1::CUSTOMER_CLASS_UNSPECIFIED) filter.to = request.to_class();
  return filter;
}

absl::Status ExplainMove(const Question& question, const CustomerCase& customer, bool is_new,
                         std::string_view language_code, v1::Migration& out) {
  out.set_customer(
      fmt::format("workspaces/{}/customers/{}", question.workspace.id, customer.customer_id));
  if (is_new) {
    VL_ASSIGN_OR_RETURN(const Score after, ComputeScore(question.After(false), customer));
    ScorePointToProto(after, *out.mutable_after());
    out.set_cause(v1::CHANGE_CAUSE_EVENT);
    return absl::OkStatus();
  }
  VL_ASSIGN_OR_RETURN(const ScorePath path,
                      ExplainPath(customer, question.Before(true), question.After(true)));
  ScorePointToProto(path.start, *out.mutable_before());
  ScorePointToProto(path.end(), *out.mutable_after());
  for (size_t i = 0; i < path.steps.size(); ++i) {
    const Score& before = path.before(i);
    const Score& after = path.steps[i].after;
    if (IsSameScore(before, after)) continue;
    v1::MigrationStep& step = *out.add_steps();
    step.set_cause(ToProto(path.steps[i].cause));
    step.set_from_class(ToProto(before.classification.customer_class));
    step.set_to_class(ToProto(after.classification.customer_class));
    if (const auto change = ExpectedChange(before, after)) {
      step.set_expected_value_change(*change);
    }
    if (const auto change = MatchChange(before, after)) step.set_match_score_change(*change);
  }
  if (const std::optional<ChangeCause> cause = CauseOfClass(path)) out.set_cause(ToProto(*cause));
  if (const std::optional<ReasonChange> main = MainReason(path.start, path.end())) {
    ReasonChangeToProto(*main, language_code, *out.mutable_main_reason());
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<int64_t> ParseSampleSize(int32_t sample_size) {
  if (sample_size < 0 || sample_size > kMaxSample) {
    return InvalidField("sample_size", std::to_string(sample_size),
                        fmt::format("0 to {}", kMaxSample));
  }
  return sample_size == 0 ? kDefaultSample : sample_size;
}

absl::StatusOr<ScanCounts> ScanCases(
    const SimulationSources& sources, rpc::CallContext& context, const Workspace& workspace,
    absl::CivilDay day, const CustomerSample& sample,
    absl::FunctionRef<absl::Status(std::span<const CustomerCase>)> on_cases) {
  ScanCounts counts;
  std::string after;
  do {
    if (context.cancelled()) return Cancelled();
    VL_ASSIGN_OR_RETURN(
        const CasePage page,
        sources.scorer.LoadPage(workspace, after, kPage, [&](const CustomerRecord& record) {
          if (!IsKnownBy(record.summary, day)) return false;
          ++counts.customer_count;
          return sample.Has(record.customer_id);
        }));
    counts.scored_count += static_cast<int64_t>(page.cases.size());
    VL_RETURN_IF_ERROR(on_cases(page.cases));
    after = page.last_customer_id;
  } while (!after.empty());
  return counts;
}

absl::StatusOr<std::vector<Score>> ScoresOf(const ScoreContext& context,
                                            std::span<const CustomerCase> customers) {
  std::vector<Score> scores;
  scores.reserve(customers.size());
  std::vector<absl::StatusOr<Score>> computed = ComputeScores(context, customers);
  for (size_t i = 0; i < computed.size(); ++i) {
    if (!computed[i].ok()) return Annotate(computed[i].status(), customers[i].customer_id);
    scores.push_back(*std::move(computed[i]));
  }
  return scores;
}

absl::Status GetMigrationMatrix(const SimulationSources& sources, rpc::CallContext& context,
                                const v1::GetMigrationMatrixRequest& request,
                                v1::MigrationMatrix& response) {
  VL_ASSIGN_OR_RETURN(const int64_t sample_size, ParseSampleSize(request.sample_size()));
  VL_ASSIGN_OR_RETURN(const Question question,
                      ParseQuestion(sources, request.parent(), request.question()));
  VL_ASSIGN_OR_RETURN(const LedgerTotals totals, sources.ledger.GetTotals(question.workspace.id));
  const CustomerSample sample(totals.customer_count, sample_size);
  // Of all pages: what customers share is computed once.
  Forecaster forecaster_before = ForecasterFor(question.first->policy->policy());
  Forecaster forecaster_after = ForecasterFor(question.last->policy->policy());
  ScoreContext context_before = question.Before(false);
  ScoreContext context_after = question.After(false);
  context_before.forecaster = &forecaster_before;
  context_after.forecaster = &forecaster_after;
  MoveTally tally;
  VL_ASSIGN_OR_RETURN(const ScanCounts counts,
                      ScanCases(sources, context, question.workspace, question.last_day, sample,
                                [&](std::span<const CustomerCase> customers) -> absl::Status {
                                  VL_ASSIGN_OR_RETURN(const std::vector<Score> before,
                                                      ScoresOf(context_before, customers));
                                  VL_ASSIGN_OR_RETURN(const std::vector<Score> after,
                                                      ScoresOf(context_after, customers));
                                  for (size_t i = 0; i < customers.size(); ++i) {
                                    const bool is_new =
                                        !IsKnownBy(customers[i].summary, question.first_day);
                                    tally.Add(MoveOf(is_new ? nullptr : &before[i], after[i]));
                                  }
                                  return absl::OkStatus();
                                }));
  response.set_first_day(DayText(question.first_day));
  response.set_last_day(DayText(question.last_day));
  response.set_version_mode(question.mode);
  const auto add_row = [&](std::optional<CustomerClass> from) {
    for (const CustomerClass to : kListedClasses) {
      CellToProto(from, to, tally.Cell(from, to, counts.customer_count), *response.add_cells());
    }
  };
  for (const CustomerClass from : kListedClasses) add_row(from);
  add_row(std::nullopt);
  response.set_customer_count(counts.customer_count);
  response.set_scored_count(counts.scored_count);
  const MoveTotals moved = tally.Moved(counts.customer_count);
  response.set_moved_count(moved.count);
  response.set_moved_value(moved.expected_before);
  VersionsToProto(question.first->numbers, *response.mutable_first_versions());
  VersionsToProto(question.last->numbers, *response.mutable_last_versions());
  return absl::OkStatus();
}

absl::Status ListMigrations(const SimulationSources& sources, rpc::CallContext& context,
                            const v1::ListMigrationsRequest& request,
                            v1::ListMigrationsResponse& response) {
  VL_RETURN_IF_ERROR(CheckLanguage(request.language_code()));
  VL_ASSIGN_OR_RETURN(const int page_size, ParsePageSize(request.page_size()));
  VL_ASSIGN_OR_RETURN(const MoveFilter filter, ParseFilter(request));
  v1::ListMigrationsRequest fixed = request;
  fixed.clear_page_token();
  fixed.clear_page_size();
  const std::string key = fixed.SerializeAsString();
  VL_ASSIGN_OR_RETURN(const std::vector<std::string> token,
                      ParsePageToken(key, request.page_token()));
  VL_ASSIGN_OR_RETURN(const Question question,
                      ParseQuestion(sources, request.parent(), request.question()));
  std::string after = token.empty() ? "" : token.front();
  for (int64_t read_count = 0; read_count < kMaxReadPerCall;) {
    if (context.cancelled()) return Cancelled();
    VL_ASSIGN_OR_RETURN(const CasePage page,
                        sources.scorer.LoadPage(
                            question.workspace, after, kPage, [&](const CustomerRecord& record) {
                              return IsKnownBy(record.summary, question.last_day);
                            }));
    read_count += page.read_count;
    VL_ASSIGN_OR_RETURN(const std::vector<Score> scores_before,
                        ScoresOf(question.Before(false), page.cases));
    VL_ASSIGN_OR_RETURN(const std::vector<Score> scores_after,
                        ScoresOf(question.After(false), page.cases));
    for (size_t i = 0; i < page.cases.size(); ++i) {
      const CustomerCase& customer = page.cases[i];
      const bool is_new = !IsKnownBy(customer.summary, question.first_day);
      if (!filter.Wants(MoveOf(is_new ? nullptr : &scores_before[i], scores_after[i]))) continue;
      if (response.migrations_size() == page_size) {
        // The last one listed: what follows it was not looked at.
        response.set_next_page_token(MakePageToken(key, {after}));
        return absl::OkStatus();
      }
      VL_RETURN_IF_ERROR(ExplainMove(question, customer, is_new, request.language_code(),
                                     *response.add_migrations()));
      after = customer.customer_id;
    }
    after = page.last_customer_id;
    if (after.empty()) return absl::OkStatus();
  }
  response.set_next_page_token(MakePageToken(key, {after}));
  return absl::OkStatus();
}

}  // namespace valueloop::scoring
