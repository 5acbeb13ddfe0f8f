#ifndef VALUELOOP_TESTS_CONTRACT_COMMON_SQL_TESTING_H_
#define VALUELOOP_TESTS_CONTRACT_COMMON_SQL_TESTING_H_

#include <memory>
#include <string>

#include "common/sql/database.h"
#include "testing/status_matchers.h"
#include "testing/temp_dir.h"

namespace valueloop::sql {

inline constexpr Migration kItemsMigrations[] = {
    {1, "items",
     "CREATE TABLE items (id BIGINT NOT NULL, name TEXT, price DOUBLE PRECISION, PRIMARY KEY "
     "(id));"}};

// A new database with one table, items.
class DatabaseTest : public ::testing::Test {
 protected:
  void SetUp() override { Reopen(); }

  void Reopen(DatabaseOptions options = {}) {
    database_.reset();
    options.migrations = {CommonMigrations(), {"test", kItemsMigrations}};
    absl::StatusOr<std::unique_ptr<Database>> opened = Database::Open(Url(), std::move(options));
    ASSERT_TRUE(opened.ok()) << opened.status();
    database_ = *std::move(opened);
  }

  std::string Path() const { return dir_.File("test.db"); }
  std::string Url() const { return "sqlite:" + Path(); }

  absl::Status Insert(int64_t id) {
    return database_->Write([id](Session& session) {
      return session.Execute("INSERT INTO items (id) VALUES (:id)", {id}).status();
    });
  }

  int64_t Count() {
    absl::StatusOr<std::optional<int64_t>> count = database_->Read(
        [](Session& session) { return session.QueryValue<int64_t>("SELECT COUNT(*) FROM items"); });
    EXPECT_THAT(count, testing::IsOk());
    return count.ok() ? count->value_or(-1) : -1;
  }

  testing::TempDir dir_;
  std::unique_ptr<Database> database_;
};

}  // namespace valueloop::sql

#endif  // VALUELOOP_TESTS_CONTRACT_COMMON_SQL_TESTING_H_
