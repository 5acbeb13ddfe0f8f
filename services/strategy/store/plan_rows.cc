#include "strategy/store/plan_rows.h"

#include <string>
#include <utility>

#include "common/status.h"

namespace valueloop::strategy {
namespace {

// Reads one row of the columns both queries below select.
class VersionReader {
 public:
  VersionReader(std::string_view workspace, std::vector<PlanVersion>& versions)
      : workspace_(workspace), versions_(versions) {}

  absl::Status operator()(std::string_view plan, int64_t version, std::string_view state,
                          int64_t revision, int64_t parent, std::string_view name_zh,
                          std::string_view name_en, int64_t fiscal_year,
                          std::string_view fingerprint, int64_t errors, int64_t warnings,
                          int64_t directions, int64_t csfs, int64_t kpis, int64_t tasks,
                          int64_t units, int64_t people, int64_t gaps, int64_t create_time,
                          int64_t update_time, std::optional<int64_t> publish_time) {
    VL_ASSIGN_OR_RETURN(const PlanState parsed_state, ParsePlanState(state));
    versions_.push_back({.workspace = std::string(workspace_),
                         .plan = std::string(plan),
                         .version = version,
                         .state = parsed_state,
                         .revision = revision,
                         .parent_version = parent,
                         .facts = {.name_zh = std::string(name_zh),
                                   .name_en = std::string(name_en),
                                   .fiscal_year = static_cast<int>(fiscal_year),
                                   .fingerprint = std::string(fingerprint),
                                   .error_count = static_cast<int>(errors),
                                   .warning_count = static_cast<int>(warnings),
                                   .direction_count = static_cast<int>(directions),
                                   .csf_count = static_cast<int>(csfs),
                                   .kpi_count = static_cast<int>(kpis),
                                   .key_task_count = static_cast<int>(tasks),
                                   .org_unit_count = static_cast<int>(units),
                                   .person_count = static_cast<int>(people),
                                   .gap_count = static_cast<int>(gaps)},
                         .create_time = create_time,
                         .update_time = update_time,
                         .publish_time = publish_time});
    return absl::OkStatus();
  }

 private:
  std::string_view workspace_;
  std::vector<PlanVersion>& versions_;
};

}  // namespace

absl::StatusOr<std::optional<PlanRow>> FindPlan(sql::Session& session, std::string_view workspace,
                                                std::string_view plan) {
  PlanRow row;
  VL_ASSIGN_OR_RETURN(
      const bool found,
      session.QueryOne("SELECT newest_version, revision FROM plans "
                       "WHERE workspace = :workspace AND id = :id",
                       {workspace, plan}, [&row](int64_t newest_version, int64_t revision) {
                         row = {.newest_version = newest_version, .revision = revision};
                       }));
  if (!found) return std::nullopt;
  return row;
}

absl::Status WritePlan(sql::Session& session, std::string_view workspace, std::string_view plan,
                       const PlanRow& row, int64_t now) {
  return session
      .Execute(
          "INSERT INTO plans (workspace, id, newest_version, revision, gap_count, create_time) "
          "VALUES (:workspace, :id, :newest_version, :revision, 0, :create_time) "
          "ON CONFLICT (workspace, id) DO UPDATE SET "
          "newest_version = excluded.newest_version, revision = excluded.revision",
          {workspace, plan, row.newest_version, row.revision, now})
      .status();
}

absl::StatusOr<std::optional<PlanVersion>> FindVersion(sql::Session& session,
                                                       std::string_view workspace,
                                                       std::string_view plan, int64_t version) {
  std::vector<PlanVersion> versions;
  VL_RETURN_IF_ERROR(session.Query(
      "SELECT plan, version, state, revision, parent_version, name_zh, name_en, fiscal_year, "
      "fingerprint, error_count, warning_count, direction_count, csf_count, kpi_count, "
      "key_task_count, org_unit_count, person_count, gap_count, create_time, update_time, "
      "publish_time FROM plan_versions "
      "WHERE workspace = :workspace AND plan = :plan AND version = :version",
      {workspace, plan, version}, VersionReader(workspace, versions)));
  if (versions.empty()) return std::nullopt;
  return std::move(versions.front());
}

absl::StatusOr<std::vector<PlanVersion>> NewestVersions(sql::Session& session,
                                                        std::string_view workspace,
                                                        std::string_view after, int limit) {
  std::vector<PlanVersion> versions;
  VL_RETURN_IF_ERROR(session.Query(
      "SELECT v.plan, v.version, v.state, v.revision, v.parent_version, v.name_zh, v.name_en, "
      "v.fiscal_year, v.fingerprint, v.error_count, v.warning_count, v.direction_count, "
      "v.csf_count, v.kpi_count, v.key_task_count, v.org_unit_count, v.person_count, v.gap_count, "
      "v.create_time, v.update_time, v.publish_time "
      "FROM plans p JOIN plan_versions v ON v.workspace = p.workspace AND v.plan = p.id "
      "AND v.version = p.newest_version "
      "WHERE p.workspace = :workspace AND p.id > :after ORDER BY p.id LIMIT :limit",
      {workspace, after, limit}, VersionReader(workspace, versions)));
  return versions;
}

absl::Status InsertVersion(sql::Session& session, const PlanVersion& version,
                           std::string_view source, std::string_view file_name) {
  const PlanFacts& facts = version.facts;
  return session
      .Execute(
          "INSERT INTO plan_versions (workspace, plan, version, state, revision, parent_version, "
          "source, file_name, name_zh, name_en, fiscal_year, fingerprint, error_count, "
          "warning_count, direction_count, csf_count, kpi_count, key_task_count, org_unit_count, "
          "person_count, gap_count, create_time, update_time, publish_time) VALUES "
          "(:workspace, :plan, :version, :state, :revision, :parent_version, :source, :file_name, "
          ":name_zh, :name_en, :fiscal_year, :fingerprint, :error_count, :warning_count, "
          ":direction_count, :csf_count, :kpi_count, :key_task_count, :org_unit_count, "
          ":person_count, :gap_count, :create_time, :update_time, :publish_time)",
          {version.workspace,
           version.plan,
           version.version,
           PlanStateName(version.state),
           version.revision,
           version.parent_version,
           source,
           file_name,
           facts.name_zh,
           facts.name_en,
           facts.fiscal_year,
           facts.fingerprint,
           facts.error_count,
           facts.warning_count,
           facts.direction_count,
           facts.csf_count,
           facts.kpi_count,
           facts.key_task_count,
           facts.org_unit_count,
           facts.person_count,
           facts.gap_count,
           version.create_time,
           version.update_time,
           version.publish_time})
      .status();
}

absl::Status UpdateVersion(sql::Session& session, const PlanVersion& version) {
  const PlanFacts& facts = version.facts;
  return session
      .Execute(
          "UPDATE plan_versions SET state = :state, revision = :revision, name_zh = :name_zh, "
          "name_en = :name_en, fiscal_year = :fiscal_year, fingerprint = :fingerprint, "
          "error_count = :error_count, warning_count = :warning_count, "
          "direction_count = :direction_count, csf_count = :csf_count, kpi_count = :kpi_count, "
          "key_task_count = :key_task_count, org_unit_count = :org_unit_count, "
          "person_count = :person_count, gap_count = :gap_count, update_time = :update_time, "
          "publish_time = :publish_time "
          "WHERE workspace = :workspace AND plan = :plan AND version = :version",
          {PlanStateName(version.state),
           version.revision,
           facts.name_zh,
           facts.name_en,
           facts.fiscal_year,
           facts.fingerprint,
           facts.error_count,
           facts.warning_count,
           facts.direction_count,
           facts.csf_count,
           facts.kpi_count,
           facts.key_task_count,
           facts.org_unit_count,
           facts.person_count,
           facts.gap_count,
           version.update_time,
           version.publish_time,
           version.workspace,
           version.plan,
           version.version})
      .status();
}

absl::Status UpdateSource(sql::Session& session, const PlanVersion& version,
                          std::string_view source, std::string_view file_name) {
  return session
      .Execute(
          "UPDATE plan_versions SET source = :source, file_name = :file_name "
          "WHERE workspace = :workspace AND plan = :plan AND version = :version",
          {source, file_name, version.workspace, version.plan, version.version})
      .status();
}

absl::Status ReadSource(sql::Session& session, const PlanVersion& version, PlanSource& source) {
  VL_ASSIGN_OR_RETURN(
      const bool found,
      session.QueryOne("SELECT source, file_name FROM plan_versions "
                       "WHERE workspace = :workspace AND plan = :plan AND version = :version",
                       {version.workspace, version.plan, version.version},
                       [&source](std::string_view text, std::string_view file_name) {
                         source.text = text;
                         source.file_name = file_name;
                       }));
  if (!found) return absl::InternalError("plan_versions: the version is gone");
  return absl::OkStatus();
}

}  // namespace valueloop::strategy
