#include "performance/rpc/portfolio_follower.h"

#include <algorithm>
#include <optional>

#include "common/day.h"
#include "common/log.h"
#include "common/status.h"
#include "performance/rpc/evaluation_messages.h"
#include "performance/rpc/portfolio_observations.h"

namespace valueloop::performance {
namespace {

namespace cv1 = ::valueloop::scoring::v1;

// Scoring a whole portfolio as of a past day is work.
constexpr absl::Duration kMetricsTimeout = absl::Minutes(5);

}  // namespace

PortfolioFollower::PortfolioFollower(std::string workspace, rpc::Channel& scoring,
                                     PerformanceStore& store, PlanBook& book, Recorder& recorder,
                                     FollowTiming timing)
    : workspace_(std::move(workspace)),
      store_(store),
      book_(book),
      recorder_(recorder),
      loop_(
          "portfolio", scoring, [this](FollowLoop&) { return Attempt(); }, timing) {}

absl::Status PortfolioFollower::Attempt() {
  VL_ASSIGN_OR_RETURN(FollowCursor cursor, store_.GetCursor(workspace_, kScoringService));
  cv1::WatchPortfolioRequest request;
  request.set_parent("workspaces/" + workspace_);
  request.set_cursor(cursor.cursor);
  cv1::WatchPortfolioResponse response;
  const absl::Status status =
      loop_.Follow("valueloop.scoring.v1.PortfolioService/WatchPortfolio", request, response,
                   /*newest_only=*/true, [&] { return Take(response); });
  if (!cursor.cursor.empty() && (absl::IsOutOfRange(status) || FieldOf(status) == "cursor")) {
    log::Warning("follow_restarted", {{"name", "portfolio"}, {"error", MessageOf(status)}});
    cursor.cursor.clear();
    VL_RETURN_IF_ERROR(store_.SaveCursor(cursor));
  }
  return status;
}

absl::Status PortfolioFollower::Take(const cv1::WatchPortfolioResponse& message) {
  const FollowCursor cursor{.workspace = workspace_,
                            .service = std::string(kScoringService),
                            .cursor = message.cursor(),
                            .position = message.snapshot().name()};
  if (!message.has_snapshot() || message.ledger_last_day().empty()) {
    return store_.SaveCursor(cursor);
  }
  VL_ASSIGN_OR_RETURN(const absl::CivilDay last_day,
                      ParseDay("ledger_last_day", message.ledger_last_day()));
  VL_ASSIGN_OR_RETURN(const absl::CivilDay as_of,
                      ParseDay("snapshot.as_of", message.snapshot().as_of()));
  VL_ASSIGN_OR_RETURN(const int64_t bound_count, store_.BoundCount(workspace_));
  VL_ASSIGN_OR_RETURN(const std::vector<std::shared_ptr<const BoundPlan>> plans, ScoredPlans());
  MetricsByDays metrics;
  for (const std::shared_ptr<const BoundPlan>& plan : plans) {
    RecordCommand command{.plan = plan.get()};
    VL_ASSIGN_OR_RETURN(command.observations, Observe(*plan, std::min(last_day, as_of), metrics));
    if (command.observations.empty()) continue;
    VL_ASSIGN_OR_RETURN(const RecordResult result, recorder_.Record(std::move(command)));
    log::Info("portfolio_observed", {{"plan_version", plan->VersionName()},
                                     {"snapshot", message.snapshot().name()},
                                     {"accepted", result.counts.accepted_count},
                                     {"unchanged", result.counts.duplicate_count}});
  }
  // After what was done: an attempt that ends in between does it again and finds it unchanged.
  return store_.SaveCursor(cursor, bound_count);
}

absl::StatusOr<std::vector<std::shared_ptr<const BoundPlan>>> PortfolioFollower::ScoredPlans() {
  VL_ASSIGN_OR_RETURN(const std::vector<PlanKey> keys, store_.ListPlans());
  std::vector<std::shared_ptr<const BoundPlan>> plans;
  for (const PlanKey& key : keys) {
    if (key.workspace != workspace_) continue;
    VL_ASSIGN_OR_RETURN(std::shared_ptr<const BoundPlan> plan, book_.Find(key));
    if (HasScoredKpi(*plan)) plans.push_back(std::move(plan));
  }
  return plans;
}

absl::StatusOr<std::vector<RecordedObservation>> PortfolioFollower::Observe(
    const BoundPlan& plan, absl::CivilDay until, MetricsByDays& metrics) {
  std::vector<RecordedObservation> observations;
  for (const KpiBinding& binding : plan.bindings()) {
    if (!IsScored(binding)) continue;
    for (const Period& period : PeriodsUntil(binding, until)) {
      const Days days(plan.calendar().Start(period), plan.calendar().End(period));
      const absl::StatusOr<cv1::PortfolioMetrics>& answer = Ask(days, metrics);
      if (absl::IsFailedPrecondition(answer.status())) continue;  // Not scored yet: missing.
      VL_RETURN_IF_ERROR(answer.status());
      std::optional<RecordedObservation> observed = ObservationOf(binding, period, *answer);
      if (!observed) continue;
      const absl::Status valid = ValidateObservation(observed->observation, binding);
      if (valid.ok()) {
        observations.push_back(*std::move(observed));
      } else {
        log::Error("portfolio_observation_refused",
                   {{"kpi", binding.kpi}, {"error", MessageOf(valid)}});
      }
    }
  }
  return observations;
}

const absl::StatusOr<cv1::PortfolioMetrics>& PortfolioFollower::Ask(const Days& days,
                                                                    MetricsByDays& metrics) {
  const auto known = metrics.find(days);
  if (known != metrics.end()) return known->second;
  cv1::GetPortfolioMetricsRequest request;
  request.set_parent("workspaces/" + workspace_);
  request.set_first_day(FormatDay(days.first));
  request.set_last_day(FormatDay(days.second));
  cv1::PortfolioMetrics response;
  const absl::Status status =
      loop_.Call("valueloop.scoring.v1.PortfolioService/GetPortfolioMetrics", request, response,
                 kMetricsTimeout);
  if (!status.ok()) return metrics.emplace(days, status).first->second;
  return metrics.emplace(days, std::move(response)).first->second;
}

PortfolioFollowers::PortfolioFollowers(rpc::Channel& scoring, PerformanceStore& store,
                                       PlanBook& book, Recorder& recorder, FollowTiming timing)
    : scoring_(scoring), store_(store), book_(book), recorder_(recorder), timing_(timing) {}

absl::Status PortfolioFollowers::Start() {
  VL_ASSIGN_OR_RETURN(const std::vector<PlanKey> keys, store_.ListPlans());
  for (const PlanKey& key : keys) {
    VL_ASSIGN_OR_RETURN(const std::shared_ptr<const BoundPlan> plan, book_.Find(key));
    PlanBound(*plan);
  }
  return absl::OkStatus();
}

void PortfolioFollowers::PlanBound(const BoundPlan& plan) {
  if (!HasScoredKpi(plan)) return;
  const std::string& workspace = plan.key().workspace;
  const MutexLock lock(mutex_);
  if (stopped_) return;
  std::unique_ptr<PortfolioFollower>& follower = followers_[workspace];
  if (follower != nullptr) {
    follower->Restart();
    return;
  }
  follower =
      std::make_unique<PortfolioFollower>(workspace, scoring_, store_, book_, recorder_, timing_);
  follower->Start();
}

void PortfolioFollowers::Stop() {
  std::map<std::string, std::unique_ptr<PortfolioFollower>, std::less<>> followers;
  {
    const MutexLock lock(mutex_);
    stopped_ = true;
    followers.swap(followers_);
  }
}

bool PortfolioFollowers::connected(std::string_view workspace) {
  const MutexLock lock(mutex_);
  const auto follower = followers_.find(workspace);
  return follower != followers_.end() && follower->second->connected();
}

bool PortfolioFollowers::all_connected() {
  const MutexLock lock(mutex_);
  return !followers_.empty() &&
         std::all_of(followers_.begin(), followers_.end(),
                     [](const auto& entry) { return entry.second->connected(); });
}

}  // namespace valueloop::performance
