#include "common/sql/migrations.h"

#include "contract/common/sql/testing.h"

namespace valueloop::sql {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using testing::IsOk;
using testing::StatusIs;
using testing::TempDir;

constexpr std::string_view kOne = "-- A comment; with a semicolon\nCREATE TABLE one (a TEXT);";
constexpr std::string_view kTwo = "CREATE TABLE two (a TEXT); INSERT INTO two (a) VALUES ('x;y');";
constexpr std::string_view kBroken = "CREATE TABLE three (a TEXT); INSERT INTO nowhere VALUES (1);";

class MigrationsTest : public ::testing::Test {
 protected:
  absl::Status Open(std::vector<Migration> migrations, std::string_view space = "test") {
    database_.reset();
    const MigrationSet set{space, migrations};
    absl::StatusOr<std::unique_ptr<Database>> opened =
        Database::Open("sqlite:" + dir_.File("m.db"), {.migrations = {set}});
    if (opened.ok()) database_ = *std::move(opened);
    return opened.status();
  }
  int64_t Number(std::string_view sql) {
    absl::StatusOr<std::optional<int64_t>> value =
        database_->Read([&](Session& session) { return session.QueryValue<int64_t>(sql); });
    EXPECT_THAT(value, IsOk());
    return value.ok() ? value->value_or(-1) : -1;
  }

  TempDir dir_;
  std::unique_ptr<Database> database_;
};

TEST_F(MigrationsTest, AppliesEachOnceAndInOrder) {
  VL_ASSERT_OK(Open({{1, "one", kOne}}));
  VL_ASSERT_OK(Open({{1, "one", kOne}, {2, "two", kTwo}}));
  VL_ASSERT_OK(Open({{1, "one", kOne}, {2, "two", kTwo}}));
  EXPECT_EQ(Number("SELECT COUNT(*) FROM two WHERE a = 'x;y'"), 1);
  EXPECT_EQ(Number("SELECT COUNT(*) FROM schema_migrations WHERE space = 'test'"), 2);
}

TEST_F(MigrationsTest, LeavesNothingOfOneThatFails) {
  EXPECT_THAT(Open({{1, "one", kOne}, {2, "broken", kBroken}}),
              StatusIs(absl::StatusCode::kInternal, HasSubstr("test migration 2 (broken)")));
  VL_ASSERT_OK(Open({{1, "one", kOne}}));
  EXPECT_EQ(Number("SELECT COUNT(*) FROM sqlite_master WHERE name = 'three'"), 0);
}

TEST_F(MigrationsTest, RefusesOneThatWasEditedAfterwards) {
  VL_ASSERT_OK(Open({{1, "one", kOne}}));
  EXPECT_THAT(Open({{1, "one", kTwo}}),
              StatusIs(absl::StatusCode::kFailedPrecondition,
                       AllOf(HasSubstr("test migration 1 (one)"), HasSubstr("edited"))));
}

TEST_F(MigrationsTest, RefusesADatabaseOfANewerProgram) {
  VL_ASSERT_OK(Open({{1, "one", kOne}, {2, "two", kTwo}}));
  EXPECT_THAT(Open({{1, "one", kOne}}),
              StatusIs(absl::StatusCode::kFailedPrecondition,
                       AllOf(HasSubstr("migration 2 (two)"), HasSubstr("at least as new"))));
}

TEST_F(MigrationsTest, RefusesADatabaseOfAnotherProgram) {
  VL_ASSERT_OK(Open({}));
  VL_ASSERT_OK(database_->Write([](Session& session) -> absl::Status {
    absl::StatusOr<int64_t> created = session.Execute("CREATE TABLE theirs (a TEXT)");
    if (!created.ok()) return created.status();
    return session.Execute("DROP TABLE schema_migrations").status();
  }));
  EXPECT_THAT(Open({}), StatusIs(absl::StatusCode::kFailedPrecondition,
                                 HasSubstr("tables of another program")));
}

TEST_F(MigrationsTest, NumbersEverySpaceByItself) {
  const Migration one[] = {{1, "one", kOne}};
  const Migration two[] = {{1, "two", kTwo}};
  VL_ASSERT_OK_AND_ASSIGN(database_,
                          Database::Open("sqlite:" + dir_.File("spaces.db"),
                                         {.migrations = {{"first", one}, {"second", two}}}));
  EXPECT_EQ(Number("SELECT COUNT(*) FROM schema_migrations WHERE version = 1"), 2);
}

TEST_F(MigrationsTest, EmbedsTheFilesOfItsOwnTables) {
  const MigrationSet common = CommonMigrations();
  EXPECT_EQ(common.space, "common");
  ASSERT_EQ(common.migrations.size(), 3u);
  EXPECT_EQ(common.migrations[0].name, "jobs");
  EXPECT_THAT(std::string(common.migrations[0].text), HasSubstr("CREATE TABLE jobs"));
}

}  // namespace
}  // namespace valueloop::sql
