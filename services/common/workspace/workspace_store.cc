#include "common/workspace/workspace_store.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/time/civil_time.h"
#include "common/ids.h"
#include "common/status.h"
#include "common/workspace/embedded_migrations.h"
#include "fmt/format.h"

namespace valueloop {
namespace {

absl::Status LoadTimeZone(Workspace& workspace) {
  // The library also takes "", "localtime" and absolute paths, which mean something else elsewhere.
  const std::string& name = workspace.time_zone_name;
  const bool plain = !name.empty() && name[0] != '/' && name != "localtime" &&
                     name.find("..") == std::string::npos;
  if (!plain || !absl::LoadTimeZone(name, &workspace.time_zone)) {
    return InvalidField("time_zone", name, "an IANA time zone such as Asia/Shanghai");
  }
  return absl::OkStatus();
}

absl::Status Validate(Workspace& workspace) {
  VL_RETURN_IF_ERROR(ValidateWorkspaceId("workspace_id", workspace.id));
  const std::string& currency = workspace.currency;
  const bool capitals =
      std::all_of(currency.begin(), currency.end(), [](char c) { return c >= 'A' && c <= 'Z'; });
  if (currency.size() != 3 || !capitals) {
    return InvalidField("currency", currency, "an ISO 4217 code such as CNY");
  }
  if (workspace.fiscal_start_month < 1 || workspace.fiscal_start_month > 12) {
    return InvalidField("fiscal_start_month", std::to_string(workspace.fiscal_start_month),
                        "1 to 12");
  }
  return LoadTimeZone(workspace);
}

bool SameContent(const Workspace& a, const Workspace& b) {
  return a.currency == b.currency && a.time_zone_name == b.time_zone_name &&
         a.fiscal_start_month == b.fiscal_start_month;
}

absl::StatusOr<std::optional<Workspace>> Find(sql::Session& session, std::string_view id) {
  std::optional<Workspace> found;
  const auto on_row = [&](const std::string& currency, const std::string& time_zone,
                          int64_t fiscal_start_month, int64_t create_micros) {
    found = Workspace{.id = std::string(id),
                      .currency = currency,
                      .time_zone_name = time_zone,
                      .fiscal_start_month = static_cast<int>(fiscal_start_month),
                      .create_micros = create_micros};
    return LoadTimeZone(*found);
  };
  VL_RETURN_IF_ERROR(session
                         .QueryOne("SELECT currency, time_zone, fiscal_start_month, create_micros"
                                   " FROM workspaces WHERE workspace = :workspace",
                                   {id}, on_row)
                         .status());
  return found;
}

}  // namespace

sql::MigrationSet WorkspaceStore::Migrations() { return workspace::EmbeddedMigrations(); }

absl::StatusOr<std::unique_ptr<WorkspaceStore>> WorkspaceStore::Open(sql::Database& database,
                                                                     const Clock& clock) {
  std::unique_ptr<WorkspaceStore> store(new WorkspaceStore(database, clock));
  VL_RETURN_IF_ERROR(store->Create({.id = "default"}).status());
  return store;
}

absl::StatusOr<Workspace> WorkspaceStore::Get(std::string_view id) {
  VL_RETURN_IF_ERROR(ValidateWorkspaceId("workspace", id));
  if (std::optional<Workspace> known = FindInMemory(id); known.has_value()) return *known;
  VL_ASSIGN_OR_RETURN(const std::optional<Workspace> found,
                      database_.Read([&](sql::Session& session) { return Find(session, id); }));
  if (!found.has_value()) {
    return WithReason(
        absl::NotFoundError(fmt::format("workspace: got {}, want one that was created", id)),
        "WORKSPACE_NOT_FOUND");
  }
  MutexLock lock(mutex_);
  return known_.emplace(std::string(id), *found).first->second;
}

std::optional<Workspace> WorkspaceStore::FindInMemory(std::string_view id) {
  MutexLock lock(mutex_);
  const auto known = known_.find(id);
  if (known == known_.end()) return std::nullopt;
  return known->second;
}

absl::StatusOr<Workspace> WorkspaceStore::Create(const Workspace& workspace) {
  Workspace wanted = workspace;
  VL_RETURN_IF_ERROR(Validate(wanted));
  wanted.create_micros = absl::ToUnixMicros(clock_.Now());
  return database_.Write([&](sql::Session& session) -> absl::StatusOr<Workspace> {
    VL_ASSIGN_OR_RETURN(const std::optional<Workspace> found, Find(session, wanted.id));
    if (found.has_value()) {
      if (SameContent(*found, wanted)) return *found;
      return absl::AlreadyExistsError(fmt::format(
          "workspace_id: got {}, want one that is free: it exists with {}, {}, fiscal year from "
          "month {}, and these never change",
          wanted.id, found->currency, found->time_zone_name, found->fiscal_start_month));
    }
    VL_RETURN_IF_ERROR(
        session
            .Execute("INSERT INTO workspaces"
                     " (workspace, currency, time_zone, fiscal_start_month, create_micros)"
                     " VALUES (:workspace, :currency, :time_zone, :month, :created)",
                     {wanted.id, wanted.currency, wanted.time_zone_name, wanted.fiscal_start_month,
                      wanted.create_micros})
            .status());
    return wanted;
  });
}

absl::StatusOr<std::vector<Workspace>> WorkspaceStore::List(std::string_view after, int limit) {
  std::vector<Workspace> workspaces;
  const auto on_row = [&](const std::string& id, const std::string& currency,
                          const std::string& time_zone, int64_t fiscal_start_month,
                          int64_t create_micros) {
    workspaces.push_back({.id = id,
                          .currency = currency,
                          .time_zone_name = time_zone,
                          .fiscal_start_month = static_cast<int>(fiscal_start_month),
                          .create_micros = create_micros});
    return LoadTimeZone(workspaces.back());
  };
  VL_RETURN_IF_ERROR(database_.Read([&](sql::Session& session) {
    return session.Query(
        "SELECT workspace, currency, time_zone, fiscal_start_month, create_micros"
        " FROM workspaces WHERE workspace > :after ORDER BY workspace LIMIT :limit",
        {after, limit}, on_row);
  }));
  return workspaces;
}

absl::CivilDay WorkspaceStore::Today(const Workspace& workspace) const {
  return absl::ToCivilDay(clock_.Now(), workspace.time_zone);
}

}  // namespace valueloop
