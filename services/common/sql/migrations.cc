#include "common/sql/migrations.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "common/sql/embedded_migrations.h"
#include "common/sql/fingerprint.h"
#include "common/sql/session.h"
#include "common/sql/session_peer.h"
#include "common/sql/sql_text.h"
#include "common/status.h"

namespace valueloop::sql {
namespace {

struct Applied {
  std::string name;
  std::string checksum;
};

absl::Status CheckApplied(const MigrationSet& set, int64_t version, const Applied& applied) {
  const auto known = std::ranges::find(set.migrations, version, &Migration::version);
  if (known == set.migrations.end()) {
    return WithReason(
        absl::FailedPreconditionError(fmt::format(
            "schema: got {} migration {} ({}), which this program does not know, want a "
            "program at least as new as the one that wrote the database",
            set.space, version, applied.name)),
        "SCHEMA_TOO_NEW");
  }
  if (const std::string checksum = Fingerprint(known->text); checksum != applied.checksum) {
    return WithReason(absl::FailedPreconditionError(fmt::format(
                          "schema: got {} migration {} ({}) with checksum {}, want {}: it was "
                          "edited after it was "
                          "applied; restore it and add a new migration instead",
                          set.space, version, applied.name, checksum, applied.checksum)),
                      "SCHEMA_CHANGED");
  }
  return absl::OkStatus();
}

absl::Status CreateHistory(Session& session) {
  VL_ASSIGN_OR_RETURN(const bool is_empty, SessionPeer::HasNoTables(session));
  if (is_empty) {
    return session
        .Execute(
            "CREATE TABLE schema_migrations (space TEXT NOT NULL, version BIGINT NOT NULL, "
            "name TEXT NOT NULL, checksum TEXT NOT NULL, apply_time BIGINT NOT NULL, "
            "PRIMARY KEY (space, version))")
        .status();
  }
  absl::Status status =
      session.QueryValue<int64_t>("SELECT COUNT(*) FROM schema_migrations").status();
  if (status.code() == absl::StatusCode::kInternal) {
    return absl::FailedPreconditionError(
        "schema: got tables of another program, want an empty database or one of valueloop");
  }
  return status;
}

absl::Status Apply(Session& session, std::string_view space, const Migration& migration) {
  VL_ASSIGN_OR_RETURN(const std::vector<std::string> statements, SplitStatements(migration.text));
  for (const std::string& statement : statements) {
    VL_RETURN_IF_ERROR(session.Execute(statement).status());
  }
  VL_ASSIGN_OR_RETURN(const int64_t now, session.NowMicros());
  return session
      .Execute(
          "INSERT INTO schema_migrations (space, version, name, checksum, apply_time) "
          "VALUES (:space, :version, :name, :checksum, :apply_time)",
          {space, migration.version, migration.name, Fingerprint(migration.text), now})
      .status();
}

}  // namespace

MigrationSet CommonMigrations() { return common::EmbeddedMigrations(); }

absl::Status ApplyMigrations(Session& session, std::span<const MigrationSet> sets) {
  VL_RETURN_IF_ERROR(
      SessionPeer::InWriteTransaction(session, [&] { return CreateHistory(session); }));
  for (const MigrationSet& set : sets) {
    std::map<int64_t, Applied> applied;
    VL_RETURN_IF_ERROR(session.Query(
        "SELECT version, name, checksum FROM schema_migrations WHERE space = :space", {set.space},
        [&](int64_t version, const std::string& name, const std::string& checksum) {
          applied[version] = {name, checksum};
        }));
    for (const auto& [version, entry] : applied) {
      VL_RETURN_IF_ERROR(CheckApplied(set, version, entry));
    }
    for (const Migration& migration : set.migrations) {
      if (applied.contains(migration.version)) continue;
      absl::Status status = SessionPeer::InWriteTransaction(
          session, [&] { return Apply(session, set.space, migration); });
      VL_RETURN_IF_ERROR(Annotate(
          std::move(status),
          fmt::format("{} migration {} ({})", set.space, migration.version, migration.name)));
    }
  }
  return absl::OkStatus();
}

}  // namespace valueloop::sql
