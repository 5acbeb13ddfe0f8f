#include "common/sql/database.h"

#include <signal.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include "common/status.h"
#include "contract/common/sql/testing.h"
#include "testing/child_process.h"

namespace valueloop::sql {
namespace {

using ::testing::AllOf;
using testing::ChildProcess;
using ::testing::HasSubstr;
using testing::IsOk;
using testing::StatusIs;

class OpenTest : public DatabaseTest {};

TEST_F(OpenTest, RefusesOtherUrlsWithoutRepeatingThem) {
  for (const std::string_view url :
       {"", "sqlite:", "sqlite::memory:", "sqlite:/tmp/", "/tmp/a.db", "mysql://u:secret@h/d"}) {
    const absl::Status status = Database::Open(url, {}).status();
    EXPECT_THAT(status, StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("want sqlite:")));
    EXPECT_EQ(std::string(status.message()).find("secret"), std::string::npos);
  }
}

TEST_F(OpenTest, MakesTheFolderAndAFileThatOnlyItsOwnerCanRead) {
  const std::string path = dir_.File("a folder/b/new.db");
  VL_ASSERT_OK(Database::Open("sqlite:" + path, {}));
  struct stat status {};
  ASSERT_EQ(stat(path.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600u);
}

TEST_F(OpenTest, KeepsWhatWasWritten) {
  VL_ASSERT_OK(Insert(7));
  Reopen();
  EXPECT_EQ(Count(), 1);
}

TEST_F(OpenTest, RefusesASecondOpenerOfTheSameFileUnderAnyName) {
  const std::string link = dir_.File("link.db");
  std::filesystem::create_symlink(Path(), link);
  for (const std::string& path : {Path(), link, dir_.File("./test.db")}) {
    EXPECT_THAT(
        Database::Open("sqlite:" + path, {}),
        StatusIs(absl::StatusCode::kFailedPrecondition,
                 AllOf(HasSubstr("test.db: in use by process"), HasSubstr("stop the other"))));
  }
}

TEST_F(OpenTest, RefusesASecondProcessUntilTheFirstIsKilled) {
  database_.reset();
  VL_ASSERT_OK_AND_ASSIGN(const auto holder, ChildProcess::StartSelf("hold", {Url()}));
  ASSERT_TRUE(holder->WaitForOutput("ready")) << holder->Errors();
  EXPECT_THAT(Database::Open(Url(), {}), StatusIs(absl::StatusCode::kFailedPrecondition,
                                                  HasSubstr(std::to_string(holder->pid()))));
  holder->Kill();
  Reopen();
  EXPECT_THAT(Insert(1), IsOk());
}

TEST_F(OpenTest, SaysThatADamagedFileIsDamaged) {
  for (int id = 0; id < 500; ++id) VL_ASSERT_OK(Insert(id));
  VL_ASSERT_OK(database_->Checkpoint());
  database_.reset();
  {
    std::fstream file(Path(), std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(4096);
    const std::string garbage(8192, '\xAB');
    file.write(garbage.data(), static_cast<std::streamsize>(garbage.size()));
  }
  EXPECT_THAT(Database::Open(Url(), {}),
              StatusIs(absl::StatusCode::kDataLoss, HasSubstr("test.db")));
}

TEST_F(OpenTest, SaysThatAnotherKindOfFileIsNoDatabase) {
  std::ofstream(dir_.File("text.db")) << std::string(5000, 'x');
  EXPECT_THAT(Database::Open("sqlite:" + dir_.File("text.db"), {}),
              StatusIs(absl::StatusCode::kDataLoss, HasSubstr("text.db")));
}

TEST_F(OpenTest, EmptiesTheLogAtACheckpoint) {
  for (int id = 0; id < 50; ++id) VL_ASSERT_OK(Insert(id));
  EXPECT_GT(std::filesystem::file_size(Path() + "-wal"), 0u);
  VL_ASSERT_OK(database_->Checkpoint());
  EXPECT_EQ(std::filesystem::file_size(Path() + "-wal"), 0u);
  EXPECT_EQ(Count(), 50);
}

TEST_F(OpenTest, ReadsOneMomentWhileOthersWrite) {
  VL_ASSERT_OK(Insert(1));
  VL_ASSERT_OK(database_->Read([&](Session& session) -> absl::Status {
    VL_ASSIGN_OR_RETURN(const std::optional<int64_t> before,
                        session.QueryValue<int64_t>("SELECT COUNT(*) FROM items"));
    VL_RETURN_IF_ERROR(Insert(2));
    VL_ASSIGN_OR_RETURN(const std::optional<int64_t> after,
                        session.QueryValue<int64_t>("SELECT COUNT(*) FROM items"));
    EXPECT_EQ(before, after);
    return absl::OkStatus();
  }));
  EXPECT_EQ(Count(), 2);
}

TEST_F(OpenTest, RefusesAReadWhenAllReadersAreBusy) {
  Reopen({.reader_count = 1, .reader_wait = absl::Milliseconds(20)});
  absl::Status inner;
  VL_ASSERT_OK(database_->Read([&](Session&) {
    inner = database_->Read([](Session&) { return absl::OkStatus(); });
    return absl::OkStatus();
  }));
  EXPECT_THAT(inner, StatusIs(absl::StatusCode::kResourceExhausted, HasSubstr("readers")));
  EXPECT_TRUE(RetryAfterOf(inner).has_value());
  EXPECT_THAT(database_->Read([](Session&) { return absl::OkStatus(); }), IsOk());
}

// The writer child prints a number only when its row was acknowledged.
TEST_F(OpenTest, LosesNoAcknowledgedRowWhenTheProcessIsKilled) {
  for (int round = 0; round < 5; ++round) {
    database_.reset();
    VL_ASSERT_OK_AND_ASSIGN(const auto writer,
                            ChildProcess::StartSelf("insert", {Url(), std::to_string(round)}));
    ASSERT_TRUE(writer->WaitForOutput(" " + std::to_string(40 * (round + 1)) + "\n"))
        << writer->Errors();
    EXPECT_EQ(writer->Kill().signal, SIGKILL);
    ASSERT_TRUE(testing::Eventually([&] { return writer->OutputEnded(); }));
    const std::string output = writer->Output();
    const int64_t acknowledged_count = std::count(output.begin(), output.end(), '\n');
    Reopen();
    absl::StatusOr<std::optional<int64_t>> stored = database_->Read([&](Session& session) {
      return session.QueryValue<int64_t>("SELECT COUNT(*) FROM items WHERE price = :round",
                                         {static_cast<double>(round)});
    });
    VL_ASSERT_OK(stored);
    EXPECT_GE(stored->value_or(0), acknowledged_count);
  }
}

}  // namespace
}  // namespace valueloop::sql
