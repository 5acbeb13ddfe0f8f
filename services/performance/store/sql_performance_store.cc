#include "performance/store/sql_performance_store.h"

#include "common/status.h"
#include "fmt/format.h"
#include "performance/store/binding_rows.h"
#include "performance/store/embedded_migrations.h"
#include "performance/store/gap_rows.h"
#include "performance/store/observation_rows.h"
#include "performance/store/record_work.h"

namespace valueloop::performance {
namespace {

absl::Status NotBound(const PlanKey& key, std::optional<int64_t> version) {
  const std::string name =
      fmt::format("workspaces/{}/plans/{}", key.workspace, Printable(key.plan));
  return WithReason(
      absl::NotFoundError(fmt::format(
          "parent: got {}{}, want a plan that is published and that performance has followed", name,
          version ? fmt::format("/versions/{}", *version) : "")),
      "PLAN_NOT_BOUND");
}

// The number of the version bound last at `known_at`, else of the first one; 0 without any.
absl::StatusOr<int64_t> ReadVersionAt(sql::Session& session, const PlanKey& key,
                                      absl::Time known_at) {
  using Found = std::optional<std::optional<int64_t>>;
  VL_ASSIGN_OR_RETURN(
      const Found bound,
      session.QueryValue<std::optional<int64_t>>(
          "SELECT MAX(version) FROM plan_versions WHERE workspace = :workspace AND plan = :plan "
          "AND bind_time <= :known_at",
          {key.workspace, key.plan, absl::ToUnixMicros(known_at)}));
  if (bound.value_or(std::nullopt)) return **bound;
  VL_ASSIGN_OR_RETURN(
      const Found first,
      session.QueryValue<std::optional<int64_t>>(
          "SELECT MIN(version) FROM plan_versions WHERE workspace = :workspace AND plan = :plan",
          {key.workspace, key.plan}));
  return first.value_or(std::nullopt).value_or(0);
}

absl::StatusOr<int64_t> CountBound(sql::Session& session, std::string_view workspace) {
  VL_ASSIGN_OR_RETURN(
      const std::optional<int64_t> count,
      session.QueryValue<int64_t>("SELECT COUNT(*) FROM plan_versions WHERE workspace = :workspace",
                                  {workspace}));
  return count.value_or(0);
}

}  // namespace

sql::MigrationSet PerformanceMigrations() { return EmbeddedMigrations(); }

absl::StatusOr<bool> SqlPerformanceStore::Bind(const BoundPlan& plan, std::string_view payload,
                                               const FollowCursor& cursor) {
  return database_.Write([&](sql::Session& session) -> absl::StatusOr<bool> {
    VL_RETURN_IF_ERROR(WriteCursor(session, cursor));
    VL_ASSIGN_OR_RETURN(const std::optional<PlanVersion> known,
                        ReadPlanVersion(session, plan.key(), plan.version()));
    if (known) return false;
    VL_RETURN_IF_ERROR(InsertPlanVersion(session, plan, payload, clock_.Now()));
    VL_RETURN_IF_ERROR(InsertBindings(session, plan));
    VL_RETURN_IF_ERROR(DeleteCursor(session, plan.key().workspace, kScoringService));
    return true;
  });
}

absl::StatusOr<PlanVersion> SqlPerformanceStore::FindPlan(const PlanKey& key,
                                                          std::optional<int64_t> version,
                                                          absl::Time known_at) {
  return database_.Read([&](sql::Session& session) -> absl::StatusOr<PlanVersion> {
    int64_t number = version.value_or(0);
    if (!version) {
      VL_ASSIGN_OR_RETURN(number, ReadVersionAt(session, key, known_at));
    }
    VL_ASSIGN_OR_RETURN(std::optional<PlanVersion> found, ReadPlanVersion(session, key, number));
    if (!found) return NotBound(key, version);
    return *std::move(found);
  });
}

absl::StatusOr<std::vector<PlanKey>> SqlPerformanceStore::ListPlans() {
  std::vector<PlanKey> plans;
  VL_RETURN_IF_ERROR(database_.Read([&](sql::Session& session) {
    return session.Query(
        "SELECT DISTINCT workspace, plan FROM plan_versions ORDER BY workspace, plan", {},
        [&plans](const std::string& workspace, const std::string& plan) {
          plans.push_back({.workspace = workspace, .plan = plan});
        });
  }));
  return plans;
}

absl::StatusOr<std::optional<PlanVersion>> SqlPerformanceStore::NewestPlan(
    std::string_view workspace) {
  return database_.Read([&](sql::Session& session) -> absl::StatusOr<std::optional<PlanVersion>> {
    std::optional<PlanVersion> newest;
    VL_RETURN_IF_ERROR(
        session
            .QueryOne("SELECT plan, version FROM plan_versions WHERE workspace = :workspace "
                      "ORDER BY bind_time DESC, version DESC LIMIT 1",
                      {workspace},
                      [&](const std::string& plan, int64_t version) {
                        newest =
                            PlanVersion{.key = {.workspace = std::string(workspace), .plan = plan},
                                        .version = version};
                      })
            .status());
    return newest;
  });
}

absl::StatusOr<RecordResult> SqlPerformanceStore::Record(const RecordCommand& command) {
  return database_.Write([&](sql::Session& session) {
    return RecordWork(session, outbox_, command, clock_.Now()).Run();
  });
}

absl::StatusOr<PlanHistory> SqlPerformanceStore::ReadHistory(const PlanKey& key, int64_t version) {
  return database_.Read(
      [&](sql::Session& session) { return ReadPlanHistory(session, key, version); });
}

absl::StatusOr<std::vector<ListedObservation>> SqlPerformanceStore::ListObservations(
    const PlanKey& key, std::string_view kpi, const ObservationPlace& after, int limit) {
  return database_.Read(
      [&](sql::Session& session) { return ReadPage(session, key, kpi, after, limit); });
}

absl::StatusOr<FollowCursor> SqlPerformanceStore::GetCursor(std::string_view workspace,
                                                            std::string_view service) {
  return database_.Read(
      [&](sql::Session& session) { return ReadCursor(session, workspace, service); });
}

absl::Status SqlPerformanceStore::SaveCursor(const FollowCursor& cursor,
                                             std::optional<int64_t> bound_count) {
  return database_.Write([&](sql::Session& session) -> absl::Status {
    if (bound_count) {
      VL_ASSIGN_OR_RETURN(const int64_t now_bound, CountBound(session, cursor.workspace));
      if (now_bound != *bound_count) return absl::OkStatus();
    }
    return WriteCursor(session, cursor);
  });
}

absl::StatusOr<int64_t> SqlPerformanceStore::BoundCount(std::string_view workspace) {
  return database_.Read([&](sql::Session& session) { return CountBound(session, workspace); });
}

absl::StatusOr<std::string> SqlPerformanceStore::GapName(const PlanKey& key, std::string_view kpi,
                                                         std::string_view unit,
                                                         int64_t opening_number) {
  return database_.Read(
      [&](sql::Session& session) { return ReadGapName(session, key, kpi, unit, opening_number); });
}

absl::Status SqlPerformanceStore::SaveGapName(const PlanKey& key, std::string_view kpi,
                                              std::string_view unit, int64_t opening_number,
                                              std::string_view name) {
  return database_.Write([&](sql::Session& session) {
    return WriteGapName(session, key, kpi, unit, opening_number, name);
  });
}

}  // namespace valueloop::performance
