#include "scoring/rpc/policy_preview.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "common/ids.h"
#include "common/status.h"
#include "fmt/format.h"
#include "scoring/domain/change_points.h"
#include "scoring/domain/reason_changes.h"
#include "scoring/rpc/migration_scan.h"
#include "scoring/rpc/policy_proto.h"
#include "scoring/rpc/portfolio_overview.h"
#include "scoring/rpc/simulation_proto.h"

namespace valueloop::scoring {
namespace {

constexpr int kDefaultMovers = 20;
constexpr int kMaxMovers = 200;
constexpr size_t kReasonsPerMover = 3;

absl::StatusOr<size_t> ParseMoverCount(int32_t mover_count) {
  if (mover_count < 0 || mover_count > kMaxMovers) {
    return InvalidField("mover_count", std::to_string(mover_count),
                        fmt::format("0 to {}", kMaxMovers));
  }
  return static_cast<size_t>(mover_count == 0 ? kDefaultMovers : mover_count);
}

// The versions that would govern: as `current`, but for the policy and its reference.
absl::StatusOr<VersionSet> ProposedVersions(const SimulationSources& sources,
                                            const Workspace& workspace,
                                            const v1::PreviewPolicyRequest& request,
                                            const VersionSet& current) {
  VersionSet proposed = current;
  switch (request.subject_case()) {
    case v1::PreviewPolicyRequest::kPlanVersion: {
      VL_ASSIGN_OR_RETURN(const std::vector<std::string> parts,
                          ParseResourceName("plan_version", "workspaces/*/plans/*/versions/*",
                                            request.plan_version()));
      if (parts[0] != workspace.id) {
        return InvalidField("plan_version", request.plan_version(),
                            fmt::format("one of workspaces/{}", workspace.id));
      }
      VL_ASSIGN_OR_RETURN(const VersionStore::PolicyOfPlan found,
                          sources.version_store.FindPolicy(workspace.id, request.plan_version()));
      VL_ASSIGN_OR_RETURN(const auto versions,
                          sources.versions.Get(workspace.id, {.model = current.numbers.model,
                                                              .policy = found.policy,
                                                              .reference = found.reference}));
      return *versions;
    }
    case v1::PreviewPolicyRequest::kPolicy: {
      absl::StatusOr<ScoringPolicy> policy = PolicyFromProto(request.policy());
      if (!policy.ok()) return Annotate(policy.status(), "policy");
      absl::StatusOr<CompiledPolicy> compiled = CompiledPolicy::Compile(*std::move(policy));
      if (!compiled.ok()) return Annotate(compiled.status(), "policy");
      proposed.policy = std::make_shared<const CompiledPolicy>(*std::move(compiled));
      proposed.numbers.policy = 0;
      proposed.numbers.reference = 0;
      proposed.reference = nullptr;
      return proposed;
    }
    case v1::PreviewPolicyRequest::SUBJECT_NOT_SET:
      break;
  }
  return InvalidField("subject", "nothing", "plan_version or policy");
}

// Keeps the customers who move most.
class TopMovers {
 public:
  struct Mover {
    bool changes_class = false;
    double value = 0;  // Expected, now or then, whichever is larger.
    std::string customer_id;
  };

  explicit TopMovers(size_t count) : count_(count) {}

  void Add(const std::string& customer_id, const Move& move) {
    if (!move.has_moved() && move.expected_before == move.expected_after) return;
    Mover mover{
        .changes_class = move.has_moved(),
        .value = std::max(move.expected_before.value_or(0), move.expected_after.value_or(0)),
        .customer_id = customer_id};
    if (movers_.size() == count_) {
      if (!IsBefore(mover, movers_.front())) return;
      std::pop_heap(movers_.begin(), movers_.end(), IsBefore);
      movers_.pop_back();
    }
    movers_.push_back(std::move(mover));
    std::push_heap(movers_.begin(), movers_.end(), IsBefore);
  }

  std::vector<Mover> TakeSorted() {
    std::sort_heap(movers_.begin(), movers_.end(), IsBefore);
    return std::move(movers_);
  }

 private:
  static bool IsBefore(const Mover& left, const Mover& right) {
    if (left.changes_class != right.changes_class) return left.changes_class;
    if (left.value != right.value) return left.value > right.value;
    return left.customer_id < right.customer_id;
  }

  const size_t count_;
  std::vector<Mover> movers_;  // A heap; the last of the order in front.
};

class Preview {
 public:
  Preview(const SimulationSources& sources, rpc::CallContext& context, Workspace workspace,
          const v1::PreviewPolicyRequest& request, v1::PolicyPreview& response)
      : sources_(sources),
        context_(context),
        workspace_(std::move(workspace)),
        request_(request),
        response_(response),
        today_(sources.workspaces.Today(workspace_)) {}

  absl::Status Run() {
    VL_RETURN_IF_ERROR(CheckLanguage(request_.language_code()));
    VL_ASSIGN_OR_RETURN(const int64_t sample_size, ParseSampleSize(request_.sample_size()));
    VL_ASSIGN_OR_RETURN(const size_t mover_count, ParseMoverCount(request_.mover_count()));
    VL_ASSIGN_OR_RETURN(const auto current, sources_.versions.Get(workspace_.id));
    VL_ASSIGN_OR_RETURN(VersionSet proposed,
                        ProposedVersions(sources_, workspace_, request_, *current));
    VL_ASSIGN_OR_RETURN(const LedgerTotals totals, sources_.ledger.GetTotals(workspace_.id));
    const CustomerSample sample(totals.customer_count, sample_size);
    if (proposed.model != nullptr && proposed.reference == nullptr) {
      VL_RETURN_IF_ERROR(TakeReference(sample, proposed));
    }
    response_.set_as_of(DayText(today_));
    VersionsToProto(current->numbers, *response_.mutable_current_versions());
    TopMovers movers(mover_count);
    VL_RETURN_IF_ERROR(Tally(sample, *current, proposed, movers));
    for (const TopMovers::Mover& mover : movers.TakeSorted()) {
      VL_RETURN_IF_ERROR(Explain(mover.customer_id, *current, proposed));
    }
    return absl::OkStatus();
  }

 private:
  ScoreContext Context(const VersionSet& versions, Forecaster& forecaster) const {
    ScoreContext context = ContextOf(versions, today_, /*with_reasons=*/false);
    context.with_lifecycle = false;
    context.forecaster = &forecaster;  // Of all pages.
    return context;
  }

  // As a rescore would, from the customers of the sample; in memory only.
  absl::Status TakeReference(const CustomerSample& sample, VersionSet& proposed) {
    Forecaster forecaster = ForecasterFor(proposed.policy->policy());
    const ScoreContext context = Context(proposed, forecaster);
    std::vector<double> values;
    VL_RETURN_IF_ERROR(ScanCases(sources_, context_, workspace_, today_, sample,
                                 [&](std::span<const CustomerCase> customers) -> absl::Status {
                                   VL_ASSIGN_OR_RETURN(const std::vector<Score> scores,
                                                       ScoresOf(context, customers));
                                   for (const Score& score : scores) {
                                     if (score.expected) values.push_back(score.expected->total());
                                   }
                                   return absl::OkStatus();
                                 })
                           .status());
    if (values.empty()) return absl::OkStatus();
    proposed.reference = std::make_shared<const ReferenceDistribution>(std::move(values));
    response_.set_reference_would_be_taken(true);
    return absl::OkStatus();
  }

  absl::Status Tally(const CustomerSample& sample, const VersionSet& current,
                     const VersionSet& proposed, TopMovers& movers) {
    Forecaster forecaster_before = ForecasterFor(current.policy->policy());
    Forecaster forecaster_after = ForecasterFor(proposed.policy->policy());
    const ScoreContext context_before = Context(current, forecaster_before);
    const ScoreContext context_after = Context(proposed, forecaster_after);
    MoveTally tally;
    VL_ASSIGN_OR_RETURN(const ScanCounts counts,
                        ScanCases(sources_, context_, workspace_, today_, sample,
                                  [&](std::span<const CustomerCase> customers) -> absl::Status {
                                    VL_ASSIGN_OR_RETURN(const std::vector<Score> before,
                                                        ScoresOf(context_before, customers));
                                    VL_ASSIGN_OR_RETURN(const std::vector<Score> after,
                                                        ScoresOf(context_after, customers));
                                    for (size_t i = 0; i < customers.size(); ++i) {
                                      const Move move = MoveOf(&before[i], after[i]);
                                      tally.Add(move);
                                      movers.Add(customers[i].customer_id, move);
                                    }
                                    return absl::OkStatus();
                                  }));
    const int64_t count = counts.customer_count;
    response_.set_customer_count(count);
    response_.set_scored_count(counts.scored_count);
    for (const CustomerClass from : kListedClasses) {
      for (const CustomerClass to : kListedClasses) {
        CellToProto(from, to, tally.Cell(from, to, count), *response_.add_cells());
      }
    }
    const MoveTotals moved = tally.Moved(count);
    response_.set_moved_count(moved.count);
    response_.set_moved_value(moved.expected_before);
    const MoveTotals all = tally.All(count);
    response_.set_expected_value_before(all.expected_before);
    response_.set_expected_value_after(all.expected_after);
    const MoveTotals unknown = tally.NewUnknown(count);
    response_.set_new_unknown_count(unknown.count);
    response_.set_new_unknown_value(unknown.expected_before);
    response_.set_new_unknown_count_error(unknown.count_error);
    return absl::OkStatus();
  }

  absl::Status Explain(const std::string& customer_id, const VersionSet& current,
                       const VersionSet& proposed) {
    VL_ASSIGN_OR_RETURN(const CustomerCase customer,
                        sources_.scorer.LoadCase(workspace_, customer_id));
    const auto score = [&](const VersionSet& versions) {
      ScoreContext context = ContextOf(versions, today_, true);
      context.with_intervals = false;
      return ComputeScore(context, customer);
    };
    VL_ASSIGN_OR_RETURN(const Score before, score(current));
    VL_ASSIGN_OR_RETURN(const Score after, score(proposed));
    v1::PolicyMover& mover = *response_.add_movers();
    mover.set_customer(fmt::format("workspaces/{}/customers/{}", workspace_.id, customer_id));
    ScorePointToProto(before, *mover.mutable_before());
    ScorePointToProto(after, *mover.mutable_after());
    if (before.expected && after.expected) {
      ReasonChangesToProto(CompareReasons(before.value_reasons, after.value_reasons),
                           request_.language_code(), *mover.mutable_value_changes(),
                           kReasonsPerMover);
    }
    ReasonChangesToProto(CompareReasons(before.match_reasons, after.match_reasons),
                         request_.language_code(), *mover.mutable_match_changes(),
                         kReasonsPerMover);
    mover.set_match_coverage_before(before.match.coverage);
    mover.set_match_coverage_after(after.match.coverage);
    return absl::OkStatus();
  }

  const SimulationSources& sources_;
  rpc::CallContext& context_;
  const Workspace workspace_;
  const v1::PreviewPolicyRequest& request_;
  v1::PolicyPreview& response_;
  const absl::CivilDay today_;
};

}  // namespace

absl::Status PreviewPolicy(const SimulationSources& sources, rpc::CallContext& context,
                           const v1::PreviewPolicyRequest& request, v1::PolicyPreview& response) {
  VL_ASSIGN_OR_RETURN(const std::vector<std::string> parts,
                      ParseResourceName("parent", "workspaces/*", request.parent()));
  VL_ASSIGN_OR_RETURN(Workspace workspace, sources.workspaces.Get(parts[0]));
  return Preview(sources, context, std::move(workspace), request, response).Run();
}

}  // namespace valueloop::scoring
