// Schema migrations: numbered .sql files, embedded into the program when it is built (CMake
// function vl_embed_migrations) and applied in order when it opens its database.
//
// A migration is never edited once released: its checksum is kept in the database and compared at
// every start. Statements end with `;`; triggers and procedures are not supported. SQL is the
// common subset of SQLite and PostgreSQL: BIGINT, DOUBLE PRECISION and TEXT; every primary and
// unique key starts with workspace.
#ifndef VALUELOOP_COMMON_SQL_MIGRATIONS_H_
#define VALUELOOP_COMMON_SQL_MIGRATIONS_H_

#include <cstdint>
#include <span>
#include <string_view>

#include "absl/status/status.h"

namespace valueloop::sql {

class Session;

struct Migration {
  int64_t version;  // From the file's name: 0001_ledger.sql is version 1, "ledger".
  std::string_view name;
  std::string_view text;  // The whole file.
};

// The migrations of one space: "common" for the tables of this folder, else the service's name.
struct MigrationSet {
  std::string_view space;
  std::span<const Migration> migrations;  // By version, rising.
};

// The tables of this folder: jobs, request ids, outbox, counters. First in every service's list.
MigrationSet CommonMigrations();

// Brings the database up to date: every migration not yet applied, in the order given, each in a
// transaction with its line in schema_migrations. FAILED_PRECONDITION if an applied migration was
// changed since, if the database was written by a newer program, or if the file holds another
// program's tables. On an error the migrations before it stay applied.
absl::Status ApplyMigrations(Session& session, std::span<const MigrationSet> sets);

}  // namespace valueloop::sql

#endif  // VALUELOOP_COMMON_SQL_MIGRATIONS_H_
