#include "common/sql/outbox.h"

#include <mutex>

#include "common/status.h"
#include "contract/common/sql/testing.h"
#include "testing/eventually.h"

namespace valueloop::sql {
namespace {

using ::testing::ElementsAre;
using testing::Eventually;
using ::testing::HasSubstr;
using testing::IsOkAndHolds;
using testing::StatusIs;

// What arrived, in order.
class Received {
 public:
  void Add(const OutboxMessage& message) {
    const std::lock_guard lock(mutex_);
    texts_.push_back(message.workspace + ":" + message.payload);
  }
  std::vector<std::string> texts() const {
    const std::lock_guard lock(mutex_);
    return texts_;
  }

 private:
  mutable std::mutex mutex_;
  std::vector<std::string> texts_;
};

class OutboxTest : public DatabaseTest {
 protected:
  void SetUp() override {
    DatabaseTest::SetUp();
    Use({.min_backoff = absl::Milliseconds(1), .max_backoff = absl::Milliseconds(5)});
  }
  void TearDown() override { outbox_.reset(); }
  void Use(OutboxOptions options) {
    outbox_.reset();
    outbox_ = std::make_unique<Outbox>(*database_, options);
  }
  absl::Status Send(std::string_view workspace, std::string_view payload) {
    return database_->Write([&](Session& session) {
      return outbox_->Enqueue(session, workspace, "gaps", payload).status();
    });
  }

  std::unique_ptr<Outbox> outbox_;
  Received received_;
};

TEST_F(OutboxTest, DeliversInOrderWhatWasCommittedAndForgetsIt) {
  VL_ASSERT_OK(Send("w", "1"));
  outbox_->Start({{"gaps", [&](const OutboxMessage& message) {
                     received_.Add(message);
                     return absl::OkStatus();
                   }}});
  VL_ASSERT_OK(Send("w", "2"));
  EXPECT_THAT(database_->Write([&](Session& session) -> absl::Status {
    VL_RETURN_IF_ERROR(outbox_->Enqueue(session, "w", "gaps", "never").status());
    return absl::AbortedError("no");
  }),
              StatusIs(absl::StatusCode::kAborted));
  VL_ASSERT_OK(Send("w", "3"));
  ASSERT_TRUE(Eventually([&] { return outbox_->WaitingCount().value_or(-1) == 0; }));
  EXPECT_THAT(received_.texts(), ElementsAre("w:1", "w:2", "w:3"));
}

TEST_F(OutboxTest, KeepsTheOrderWhileTheReceiverIsDownAndDoesNotHoldUpOthers) {
  std::atomic<bool> is_down{true};
  for (const char* payload : {"1", "2"}) VL_ASSERT_OK(Send("a", payload));
  VL_ASSERT_OK(Send("b", "1"));
  outbox_->Start({{"gaps", [&](const OutboxMessage& message) -> absl::Status {
                     if (is_down && message.workspace == "a") return absl::UnavailableError("down");
                     received_.Add(message);
                     return absl::OkStatus();
                   }}});
  // More often than the limit for other errors: a receiver that is down is waited for.
  ASSERT_TRUE(Eventually([&] { return outbox_->stats().failed_count > 25; }));
  EXPECT_THAT(received_.texts(), ElementsAre("b:1"));
  is_down = false;
  ASSERT_TRUE(Eventually([&] { return outbox_->WaitingCount().value_or(-1) == 0; }));
  EXPECT_THAT(received_.texts(), ElementsAre("b:1", "a:1", "a:2"));
  EXPECT_EQ(outbox_->stats().dead_count, 0);
}

TEST_F(OutboxTest, SetsARefusedMessageAsideAndGoesOn) {
  for (const char* payload : {"good", "bad", "better"}) VL_ASSERT_OK(Send("w", payload));
  outbox_->Start({{"gaps", [&](const OutboxMessage& message) -> absl::Status {
                     if (message.payload == "bad")
                       return absl::InvalidArgumentError("unit: unknown");
                     received_.Add(message);
                     return absl::OkStatus();
                   }}});
  ASSERT_TRUE(Eventually([&] { return outbox_->WaitingCount().value_or(-1) == 0; }));
  EXPECT_THAT(received_.texts(), ElementsAre("w:good", "w:better"));
  EXPECT_EQ(outbox_->stats().dead_count, 1);
  EXPECT_THAT(outbox_->PurgeDead(absl::Hours(1), 10), IsOkAndHolds(0));
  EXPECT_THAT(outbox_->PurgeDead(-absl::Hours(1), 10), IsOkAndHolds(1));
}

TEST_F(OutboxTest, SetsAMessageAsideAfterTheLastAttempt) {
  Use({.min_backoff = absl::ZeroDuration(), .attempt_limit = 3});
  VL_ASSERT_OK(Send("w", "1"));
  outbox_->Start({{"gaps", [](const OutboxMessage&) { return absl::InternalError("always"); }}});
  ASSERT_TRUE(Eventually([&] { return outbox_->stats().dead_count == 1; }));
  EXPECT_EQ(outbox_->stats().failed_count, 3);
}

TEST_F(OutboxTest, DeliversAfterARestartWhatWasNotDelivered) {
  VL_ASSERT_OK(Send("w", "1"));
  outbox_.reset();
  Reopen();
  Use({});
  outbox_->Start({{"gaps", [&](const OutboxMessage& message) {
                     received_.Add(message);
                     return absl::OkStatus();
                   }}});
  ASSERT_TRUE(Eventually([&] { return received_.texts().size() == 1; }));
}

TEST_F(OutboxTest, RefusesMoreThanItsLimit) {
  Use({.message_limit = 2});
  VL_ASSERT_OK(Send("w", "1"));
  VL_ASSERT_OK(Send("w", "2"));
  EXPECT_THAT(Send("w", "3"),
              StatusIs(absl::StatusCode::kResourceExhausted, HasSubstr("2 waiting")));
  VL_ASSERT_OK(Send("other", "1"));
}

TEST_F(OutboxTest, NumbersASequenceWithoutHolesAndNeverTwice) {
  const auto next = [&](std::string_view workspace) {
    return database_->Write(
        [&](Session& session) { return NextSequence(session, workspace, "s"); });
  };
  EXPECT_THAT(next("a"), IsOkAndHolds(1));
  EXPECT_THAT(database_->Write([&](Session& session) -> absl::Status {
    VL_RETURN_IF_ERROR(NextSequence(session, "a", "s").status());
    return absl::AbortedError("no");
  }),
              StatusIs(absl::StatusCode::kAborted));
  EXPECT_THAT(next("a"), IsOkAndHolds(2));
  EXPECT_THAT(next("b"), IsOkAndHolds(1));
}

}  // namespace
}  // namespace valueloop::sql
