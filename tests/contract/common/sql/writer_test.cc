#include "common/sql/writer.h"

#include <atomic>
#include <latch>
#include <stdexcept>
#include <thread>

#include "common/sql/connection.h"
#include "common/status.h"
#include "contract/common/sql/testing.h"
#include "testing/eventually.h"

namespace valueloop::sql {
namespace {

using ::testing::ElementsAre;
using testing::Eventually;
using ::testing::HasSubstr;
using testing::IsOk;
using ::testing::Not;
using testing::StatusIs;

class WriterTest : public DatabaseTest {
 protected:
  // Keeps the writer thread busy until Release(), so that what comes next is one group.
  void Block() {
    database_->WriteAsync(
        [this](Session&) {
          begun_.count_down();
          released_.wait();
          return absl::OkStatus();
        },
        [](absl::Status) {});
    begun_.wait();
  }
  void Release() { released_.count_down(); }

  void InsertAsync(int64_t id, Database::Done done) {
    database_->WriteAsync(
        [id](Session& session) {
          return session.Execute("INSERT INTO items (id) VALUES (:id)", {id}).status();
        },
        std::move(done));
  }

  std::latch begun_{1};
  std::latch released_{1};
};

TEST_F(WriterTest, CommitsManyWaitingCommandsAtOnce) {
  Reopen({.group_duration = absl::Seconds(10)});
  const int64_t commits_before = database_->stats().commit_count;
  std::atomic<int> acknowledged_count{0};
  Block();
  for (int id = 0; id < 500; ++id) {
    InsertAsync(id, [&](absl::Status status) { acknowledged_count += status.ok() ? 1 : 0; });
  }
  EXPECT_EQ(acknowledged_count, 0);
  Release();
  ASSERT_TRUE(Eventually([&] { return acknowledged_count == 500; }));
  EXPECT_EQ(database_->stats().commit_count - commits_before, 1);
  EXPECT_EQ(Count(), 500);
}

TEST_F(WriterTest, TakesNoMoreCommandsIntoACommitThanItsLimit) {
  Reopen({.group_limit = 10, .group_duration = absl::Seconds(10)});
  const int64_t commits_before = database_->stats().commit_count;
  std::atomic<int> acknowledged_count{0};
  Block();
  for (int id = 0; id < 29; ++id) {
    InsertAsync(id, [&](absl::Status status) { acknowledged_count += status.ok() ? 1 : 0; });
  }
  Release();
  ASSERT_TRUE(Eventually([&] { return acknowledged_count == 29; }));
  EXPECT_EQ(database_->stats().commit_count - commits_before, 3);
}

TEST_F(WriterTest, AcknowledgesOnlyWhatOthersCanAlreadyRead) {
  for (int id = 1; id <= 100; ++id) {
    VL_ASSERT_OK(Insert(id));
    ASSERT_EQ(Count(), id);
  }
}

TEST_F(WriterTest, RollsBackAFailedCommandAlone) {
  Reopen({.group_duration = absl::Seconds(10)});
  std::vector<absl::Status> results(3);
  std::atomic<int> done_count{0};
  Block();
  for (int i = 0; i < 3; ++i) {
    database_->WriteAsync(
        [i](Session& session) -> absl::Status {
          for (int part = 0; part < 2; ++part) {
            absl::StatusOr<int64_t> inserted =
                session.Execute("INSERT INTO items (id) VALUES (:id)", {10 * i + part});
            if (!inserted.ok()) return inserted.status();
          }
          return i == 1 ? absl::AbortedError("changed my mind") : absl::OkStatus();
        },
        [&results, &done_count, i](absl::Status status) {
          results[static_cast<size_t>(i)] = std::move(status);
          ++done_count;
        });
  }
  Release();
  ASSERT_TRUE(Eventually([&] { return done_count == 3; }));
  EXPECT_THAT(results,
              ElementsAre(IsOk(), StatusIs(absl::StatusCode::kAborted, "changed my mind"), IsOk()));
  EXPECT_EQ(Count(), 4);
}

TEST_F(WriterTest, RollsBackACommandThatThrowsAndHidesItsText) {
  EXPECT_THAT(database_->Write([](Session& session) -> absl::Status {
    EXPECT_THAT(session.Execute("INSERT INTO items (id) VALUES (1)"), IsOk());
    throw std::runtime_error("customer 4711");
  }),
              StatusIs(absl::StatusCode::kInternal, Not(HasSubstr("4711"))));
  EXPECT_EQ(Count(), 0);
  EXPECT_THAT(Insert(1), IsOk());
}

TEST_F(WriterTest, ReturnsTheCommandsValue) {
  EXPECT_THAT(database_->Write([](Session& session) {
    return session.Execute("INSERT INTO items (id) VALUES (1), (2)");
  }),
              testing::IsOkAndHolds(2));
}

TEST_F(WriterTest, FailsEveryCommandOfAGroupWhoseTransactionIsLost) {
  Reopen({.group_duration = absl::Seconds(10)});
  std::vector<absl::Status> results(2);
  std::atomic<int> done_count{0};
  Block();
  InsertAsync(1, [&](absl::Status status) {
    results[0] = std::move(status);
    ++done_count;
  });
  // What SQLite does by itself when the disk is full.
  database_->WriteAsync(
      [](Session& session) {
        EXPECT_THAT(session.Execute("ROLLBACK"), IsOk());
        return absl::ResourceExhaustedError("disk full");
      },
      [&](absl::Status status) {
        results[1] = std::move(status);
        ++done_count;
      });
  Release();
  ASSERT_TRUE(Eventually([&] { return done_count == 2; }));
  EXPECT_THAT(results[0],
              StatusIs(absl::StatusCode::kResourceExhausted, HasSubstr("commit: disk full")));
  EXPECT_THAT(results[1], StatusIs(absl::StatusCode::kResourceExhausted, "disk full"));
  EXPECT_EQ(Count(), 0);
  EXPECT_THAT(Insert(1), IsOk());
}

TEST_F(WriterTest, SaysThatTheDiskIsFullAndWritesAgainWhenItIsNot) {
  // max_page_count makes SQLite answer as it does on a full disk.
  const auto limit_pages = [&](int64_t count) {
    return database_->Write([count](Session& session) {
      return session.QueryValue<int64_t>("PRAGMA max_page_count = " + std::to_string(count))
          .status();
    });
  };
  VL_ASSERT_OK(limit_pages(1));  // Read as: no more than there are.
  const std::string text(1 << 20, 'x');
  const auto insert = [&] {
    return database_->Write([&](Session& session) {
      return session.Execute("INSERT INTO items (id, name) VALUES (1, :name)", {text}).status();
    });
  };
  const absl::Status status = insert();
  EXPECT_THAT(status, StatusIs(absl::StatusCode::kResourceExhausted, HasSubstr("full")));
  EXPECT_EQ(ReasonOf(status), "DISK_FULL");
  EXPECT_EQ(Count(), 0);
  VL_ASSERT_OK(limit_pages(1'000'000));
  EXPECT_THAT(insert(), IsOk());
}

TEST_F(WriterTest, RefusesMoreCommandsThanItsQueueHolds) {
  Reopen({.queue_limit = 2});
  Block();
  std::atomic<int> done_count{0};
  for (int id = 1; id <= 2; ++id) InsertAsync(id, [&](absl::Status) { ++done_count; });
  const absl::Status status = Insert(3);
  EXPECT_THAT(status, StatusIs(absl::StatusCode::kResourceExhausted, HasSubstr("write queue")));
  EXPECT_TRUE(RetryAfterOf(status).has_value());
  EXPECT_EQ(database_->stats().rejected_count, 1);
  Release();
  ASSERT_TRUE(Eventually([&] { return done_count == 2; }));
}

TEST_F(WriterTest, NeverRunsACommandThatWasGivenUp) {
  Block();
  bool has_run = false;
  EXPECT_THAT(database_->Write(
                  [&](Session&) {
                    has_run = true;
                    return absl::OkStatus();
                  },
                  absl::Milliseconds(10)),
              StatusIs(absl::StatusCode::kDeadlineExceeded, HasSubstr("nothing was changed")));
  Release();
  VL_ASSERT_OK(Insert(1));
  EXPECT_FALSE(has_run);
}

TEST_F(WriterTest, IsUnavailableWhileAnotherConnectionHoldsTheFile) {
  Reopen({.busy_timeout = absl::Milliseconds(20)});
  VL_ASSERT_OK(Insert(1));
  // A backup or a shell does not ask for our lock file.
  VL_ASSERT_OK_AND_ASSIGN(const auto shell,
                          Connection::Open(Path(), false, absl::Milliseconds(20)));
  VL_ASSERT_OK(shell->RunText("BEGIN IMMEDIATE"));
  const absl::Status status = Insert(2);
  EXPECT_THAT(status, StatusIs(absl::StatusCode::kUnavailable, HasSubstr("BEGIN IMMEDIATE")));
  EXPECT_TRUE(RetryAfterOf(status).has_value());
  EXPECT_EQ(Count(), 1);
  VL_ASSERT_OK(shell->RunText("ROLLBACK"));
  EXPECT_THAT(Insert(2), IsOk());
}

TEST_F(WriterTest, RunsActionsAfterTheCommitAndBeforeTheAcknowledgement) {
  std::vector<std::string> log;
  VL_ASSERT_OK(database_->Write([&](Session& session) {
    session.AfterCommit([&] { log.push_back("after commit"); });
    log.push_back("command");
    return absl::OkStatus();
  }));
  EXPECT_THAT(log, ElementsAre("command", "after commit"));
  EXPECT_THAT(database_->Write([&](Session& session) {
    session.AfterCommit([&] { log.push_back("never"); });
    return absl::AbortedError("no");
  }),
              Not(IsOk()));
  VL_ASSERT_OK(Insert(1));
  EXPECT_THAT(log, ElementsAre("command", "after commit"));
}

TEST_F(WriterTest, RefusesAWriteInsideAWrite) {
  absl::Status inner;
  VL_ASSERT_OK(database_->Write([&](Session&) {
    inner = Insert(1);
    return absl::OkStatus();
  }));
  EXPECT_THAT(inner, StatusIs(absl::StatusCode::kInternal, HasSubstr("inside a write")));
}

TEST_F(WriterTest, RunsWhatIsWaitingBeforeItCloses) {
  std::atomic<int> acknowledged_count{0};
  Block();
  for (int id = 0; id < 20; ++id) {
    InsertAsync(id, [&](absl::Status status) { acknowledged_count += status.ok() ? 1 : 0; });
  }
  Release();
  database_.reset();
  EXPECT_EQ(acknowledged_count, 20);
  Reopen();
  EXPECT_EQ(Count(), 20);
}

TEST_F(WriterTest, ServesManyThreads) {
  std::vector<std::jthread> threads;
  for (int thread = 0; thread < 8; ++thread) {
    threads.emplace_back([this, thread] {
      for (int i = 0; i < 50; ++i) EXPECT_THAT(Insert(thread * 1000 + i), IsOk());
    });
  }
  threads.clear();
  EXPECT_EQ(Count(), 400);
}

}  // namespace
}  // namespace valueloop::sql
