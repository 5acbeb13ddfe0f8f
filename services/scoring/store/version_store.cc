#include "scoring/store/version_store.h"

#include <utility>

#include "common/sql/request_ids.h"
#include "common/status.h"
#include "fmt/format.h"

namespace valueloop::scoring {
namespace {

absl::Status NoVersion(std::string_view what, int64_t version) {
  return absl::NotFoundError(
      fmt::format("{}: got version {}, want one that exists", what, version));
}

absl::StatusOr<ActiveVersions> ReadActive(sql::Session& session, std::string_view workspace) {
  ActiveVersions active;
  VL_RETURN_IF_ERROR(
      session
          .QueryOne("SELECT model_version, policy_version, reference_version, sequence"
                    " FROM active_versions WHERE workspace = :workspace",
                    {workspace},
                    [&](int64_t model, int64_t policy, int64_t reference, int64_t sequence) {
                      active = {model, policy, reference, sequence};
                    })
          .status());
  return active;
}

absl::Status WriteCursor(sql::Session& session, std::string_view stream, std::string_view cursor) {
  return session
      .Execute(
          "INSERT INTO follow_cursors (stream, cursor_text) VALUES (:stream, :cursor)"
          " ON CONFLICT (stream) DO UPDATE SET cursor_text = excluded.cursor_text",
          {stream, cursor})
      .status();
}

absl::StatusOr<int64_t> ReferenceOf(sql::Session& session, std::string_view workspace,
                                    int64_t policy_version) {
  VL_ASSIGN_OR_RETURN(
      const std::optional<int64_t> version,
      session.QueryValue<int64_t>("SELECT version FROM value_references"
                                  " WHERE workspace = :workspace AND policy_version = :policy",
                                  {workspace, policy_version}));
  return version.value_or(0);
}

constexpr std::string_view kSelectModel =
    "SELECT m.version, m.payload, m.create_micros,"
    " (SELECT MAX(a.activate_micros) FROM model_activations a"
    "   WHERE a.workspace = m.workspace AND a.model_version = m.version),"
    " (SELECT COUNT(*) FROM active_versions v"
    "   WHERE v.workspace = m.workspace AND v.model_version = m.version)"
    " FROM models m";

auto AppendModel(std::vector<StoredModel>& models) {
  return [&models](int64_t version, const std::string& payload, int64_t create_micros,
                   std::optional<int64_t> activate_micros, int64_t active) {
    models.push_back({version, payload, create_micros, activate_micros, active > 0});
  };
}

}  // namespace

absl::StatusOr<ActiveVersions> VersionStore::SetActive(sql::Session& session,
                                                       std::string_view workspace,
                                                       ActiveVersions active) {
  ++active.sequence;
  VL_RETURN_IF_ERROR(
      session
          .Execute("INSERT INTO active_versions"
                   " (workspace, model_version, policy_version, reference_version, sequence)"
                   " VALUES (:workspace, :model, :policy, :reference, :sequence)"
                   " ON CONFLICT (workspace) DO UPDATE SET model_version = excluded.model_version,"
                   " policy_version = excluded.policy_version,"
                   " reference_version = excluded.reference_version, sequence = excluded.sequence",
                   {workspace, active.model, active.policy, active.reference, active.sequence})
          .status());
  VL_RETURN_IF_ERROR(
      session
          .Execute("INSERT INTO version_activations"
                   " (workspace, sequence, model_version, policy_version, reference_version,"
                   " activate_micros)"
                   " VALUES (:workspace, :sequence, :model, :policy, :reference, :now)",
                   {workspace, active.sequence, active.model, active.policy, active.reference,
                    absl::ToUnixMicros(clock_.Now())})
          .status());
  session.AfterCommit([this, workspace = std::string(workspace), active] {
    for (VersionListener* listener : listeners_) listener->OnVersionsChanged(workspace, active);
  });
  return active;
}

absl::StatusOr<ActiveVersions> VersionStore::GetActive(std::string_view workspace) {
  return database_.Read([&](sql::Session& session) { return ReadActive(session, workspace); });
}

absl::StatusOr<std::vector<VersionActivation>> VersionStore::ListActivations(
    std::string_view workspace) {
  std::vector<VersionActivation> activations;
  VL_RETURN_IF_ERROR(database_.Read([&](sql::Session& session) {
    return session.Query(
        "SELECT model_version, policy_version, reference_version, sequence, activate_micros"
        " FROM version_activations WHERE workspace = :workspace ORDER BY sequence",
        {workspace},
        [&](int64_t model, int64_t policy, int64_t reference, int64_t sequence, int64_t micros) {
          activations.push_back({{model, policy, reference, sequence}, micros});
        });
  }));
  return activations;
}

absl::StatusOr<VersionStore::PolicyOfPlan> VersionStore::FindPolicy(std::string_view workspace,
                                                                    std::string_view plan_version) {
  return database_.Read([&](sql::Session& session) -> absl::StatusOr<PolicyOfPlan> {
    PolicyOfPlan found;
    VL_ASSIGN_OR_RETURN(
        const std::optional<int64_t> version,
        session.QueryValue<int64_t>("SELECT version FROM policies"
                                    " WHERE workspace = :workspace AND plan_version = :plan",
                                    {workspace, plan_version}));
    if (!version.has_value()) {
      return absl::NotFoundError(fmt::format(
          "plan_version: got {}, want a published one whose policy scoring has followed",
          Printable(plan_version)));
    }
    found.policy = *version;
    VL_ASSIGN_OR_RETURN(found.reference, ReferenceOf(session, workspace, *version));
    return found;
  });
}

absl::StatusOr<int64_t> VersionStore::CreateModel(sql::Session& session, std::string_view workspace,
                                                  std::string_view payload) {
  VL_ASSIGN_OR_RETURN(
      const std::optional<int64_t> newest,
      session.QueryValue<int64_t>(
          "SELECT COALESCE(MAX(version), 0) FROM models WHERE workspace = :workspace",
          {workspace}));
  const int64_t version = newest.value_or(0) + 1;
  VL_RETURN_IF_ERROR(session
                         .Execute("INSERT INTO models (workspace, version, payload, create_micros)"
                                  " VALUES (:workspace, :version, :payload, :created)",
                                  {workspace, version, payload, absl::ToUnixMicros(clock_.Now())})
                         .status());
  return version;
}

absl::StatusOr<int64_t> VersionStore::CreateModel(std::string_view workspace,
                                                  std::string_view payload,
                                                  std::string_view request_id) {
  return database_.Write([&](sql::Session& session) -> absl::StatusOr<int64_t> {
    if (request_id.empty()) return CreateModel(session, workspace, payload);
    const sql::RequestKey key{
        .workspace = workspace, .id = request_id, .method = "CreateModel", .body = payload};
    VL_ASSIGN_OR_RETURN(const std::optional<std::string> before, sql::FindRequest(session, key));
    if (before.has_value()) return std::stoll(*before);
    VL_ASSIGN_OR_RETURN(const int64_t version, CreateModel(session, workspace, payload));
    VL_RETURN_IF_ERROR(sql::SaveRequest(session, key, std::to_string(version)));
    return version;
  });
}

absl::StatusOr<StoredModel> VersionStore::GetModel(std::string_view workspace, int64_t version) {
  return database_.Read([&](sql::Session& session) -> absl::StatusOr<StoredModel> {
    static const std::string kSql =
        fmt::format("{} WHERE m.workspace = :workspace AND m.version = :version", kSelectModel);
    std::vector<StoredModel> models;
    VL_RETURN_IF_ERROR(session.Query(kSql, {workspace, version}, AppendModel(models)));
    if (models.empty()) return NoVersion("model", version);
    return std::move(models.front());
  });
}

absl::StatusOr<std::vector<StoredModel>> VersionStore::ListModels(std::string_view workspace,
                                                                  int64_t before_version,
                                                                  int limit) {
  static const std::string kSql = fmt::format(
      "{} WHERE m.workspace = :workspace AND m.version < :before"
      " ORDER BY m.version DESC LIMIT :limit",
      kSelectModel);
  std::vector<StoredModel> models;
  VL_RETURN_IF_ERROR(database_.Read([&](sql::Session& session) {
    return session.Query(kSql, {workspace, before_version, limit}, AppendModel(models));
  }));
  return models;
}

absl::StatusOr<ActiveVersions> VersionStore::ActivateModel(std::string_view workspace,
                                                           int64_t version) {
  return database_.Write([&](sql::Session& session) -> absl::StatusOr<ActiveVersions> {
    VL_ASSIGN_OR_RETURN(
        const std::optional<int64_t> found,
        session.QueryValue<int64_t>("SELECT version FROM models"
                                    " WHERE workspace = :workspace AND version = :version",
                                    {workspace, version}));
    if (!found.has_value()) return NoVersion("model", version);
    VL_ASSIGN_OR_RETURN(ActiveVersions active, ReadActive(session, workspace));
    if (active.model == version) return active;
    active.model = version;
    VL_ASSIGN_OR_RETURN(active, SetActive(session, workspace, active));
    VL_RETURN_IF_ERROR(
        session
            .Execute("INSERT INTO model_activations"
                     " (workspace, sequence, model_version, activate_micros)"
                     " VALUES (:workspace, :sequence, :version, :now)",
                     {workspace, active.sequence, version, absl::ToUnixMicros(clock_.Now())})
            .status());
    return active;
  });
}

absl::StatusOr<ActiveVersions> VersionStore::ApplyPolicy(std::string_view workspace,
                                                         std::string_view plan_version,
                                                         std::string_view payload,
                                                         std::string_view stream,
                                                         std::string_view cursor) {
  return database_.Write([&](sql::Session& session) -> absl::StatusOr<ActiveVersions> {
    VL_RETURN_IF_ERROR(WriteCursor(session, stream, cursor));
    VL_ASSIGN_OR_RETURN(
        std::optional<int64_t> version,
        session.QueryValue<int64_t>("SELECT version FROM policies"
                                    " WHERE workspace = :workspace AND plan_version = :plan",
                                    {workspace, plan_version}));
    if (!version.has_value()) {
      VL_ASSIGN_OR_RETURN(
          version, session.QueryValue<int64_t>("SELECT COALESCE(MAX(version), 0) + 1 FROM policies"
                                               " WHERE workspace = :workspace",
                                               {workspace}));
      VL_RETURN_IF_ERROR(session
                             .Execute("INSERT INTO policies"
                                      " (workspace, version, plan_version, payload, create_micros)"
                                      " VALUES (:workspace, :version, :plan, :payload, :created)",
                                      {workspace, *version, plan_version, payload,
                                       absl::ToUnixMicros(clock_.Now())})
                             .status());
    }
    VL_ASSIGN_OR_RETURN(ActiveVersions active, ReadActive(session, workspace));
    if (active.policy == *version) return active;
    active.policy = *version;
    VL_ASSIGN_OR_RETURN(active.reference, ReferenceOf(session, workspace, *version));
    return SetActive(session, workspace, active);
  });
}

absl::StatusOr<StoredPolicy> VersionStore::GetPolicy(std::string_view workspace, int64_t version) {
  return database_.Read([&](sql::Session& session) -> absl::StatusOr<StoredPolicy> {
    StoredPolicy policy{.version = version};
    VL_ASSIGN_OR_RETURN(
        const bool found,
        session.QueryOne("SELECT plan_version, payload FROM policies"
                         " WHERE workspace = :workspace AND version = :version",
                         {workspace, version},
                         [&](const std::string& plan_version, const std::string& payload) {
                           policy.plan_version = plan_version;
                           policy.payload = payload;
                         }));
    if (!found) return NoVersion("policy", version);
    return policy;
  });
}

absl::StatusOr<ActiveVersions> VersionStore::TakeReference(std::string_view workspace,
                                                           int64_t policy_version,
                                                           std::string_view payload) {
  return database_.Write([&](sql::Session& session) -> absl::StatusOr<ActiveVersions> {
    VL_ASSIGN_OR_RETURN(int64_t version, ReferenceOf(session, workspace, policy_version));
    if (version == 0) {
      VL_ASSIGN_OR_RETURN(
          const std::optional<int64_t> next,
          session.QueryValue<int64_t>("SELECT COALESCE(MAX(version), 0) + 1 FROM value_references"
                                      " WHERE workspace = :workspace",
                                      {workspace}));
      version = next.value_or(1);
      VL_RETURN_IF_ERROR(
          session
              .Execute(
                  "INSERT INTO value_references"
                  " (workspace, version, policy_version, payload, create_micros)"
                  " VALUES (:workspace, :version, :policy, :payload, :created)",
                  {workspace, version, policy_version, payload, absl::ToUnixMicros(clock_.Now())})
              .status());
    }
    VL_ASSIGN_OR_RETURN(ActiveVersions active, ReadActive(session, workspace));
    if (active.policy != policy_version || active.reference == version) return active;
    active.reference = version;
    return SetActive(session, workspace, active);
  });
}

absl::StatusOr<StoredReference> VersionStore::GetReference(std::string_view workspace,
                                                           int64_t version) {
  return database_.Read([&](sql::Session& session) -> absl::StatusOr<StoredReference> {
    StoredReference reference{.version = version};
    VL_ASSIGN_OR_RETURN(const bool found,
                        session.QueryOne("SELECT policy_version, payload FROM value_references"
                                         " WHERE workspace = :workspace AND version = :version",
                                         {workspace, version},
                                         [&](int64_t policy_version, const std::string& payload) {
                                           reference.policy_version = policy_version;
                                           reference.payload = payload;
                                         }));
    if (!found) return NoVersion("reference", version);
    return reference;
  });
}

absl::StatusOr<std::string> VersionStore::GetCursor(std::string_view stream) {
  VL_ASSIGN_OR_RETURN(
      const std::optional<std::string> cursor, database_.Read([&](sql::Session& session) {
        return session.QueryValue<std::string>(
            "SELECT cursor_text FROM follow_cursors WHERE stream = :stream", {stream});
      }));
  return cursor.value_or("");
}

absl::Status VersionStore::SaveCursor(std::string_view stream, std::string_view cursor) {
  return database_.Write(
      [&](sql::Session& session) { return WriteCursor(session, stream, cursor); });
}

}  // namespace valueloop::scoring
