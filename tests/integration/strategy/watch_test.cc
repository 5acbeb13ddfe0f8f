// Publications through the real program: what a follower sees across restarts.
#include <csignal>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "common/status.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "integration/strategy/strategy_process.h"
#include "testing/status_matchers.h"

namespace valueloop::strategy {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::valueloop::testing::StatusIs;

// Follows as a consumer does: keeps the cursor with what it received.
class Follower {
 public:
  explicit Follower(std::string parent = "workspaces/default") : parent_(std::move(parent)) {}

  void Connect(StrategyProcess& strategy) {
    stream_ = strategy.channel().OpenStream(std::string(kStrategyService) + "WatchPublications",
                                            {.timeout = absl::InfiniteDuration()});
    v1::WatchPublicationsRequest request;
    request.set_parent(parent_);
    request.set_cursor(cursor_);
    stream_->Write(request);
    stream_->WritesDone();
  }

  // Receives one message; false if the stream ended or nothing came in 20 s.
  bool Receive() {
    v1::WatchPublicationsResponse response;
    const absl::Time deadline = absl::Now() + absl::Seconds(20);
    if (stream_->ReadUntil(deadline, response) != rpc::ReadResult::kMessage) return false;
    cursor_ = response.cursor();
    if (response.has_publication()) versions_.push_back(response.publication().version());
    last_has_publication_ = response.has_publication();
    return true;
  }

  // Receives until told that all past publications were sent.
  bool CatchUp() {
    while (Receive()) {
      if (!last_has_publication_) return true;
    }
    return false;
  }

  absl::Status Finish() { return stream_->Finish(); }
  const std::vector<int64_t>& versions() const { return versions_; }
  void set_cursor(std::string cursor) { cursor_ = std::move(cursor); }

 private:
  const std::string parent_;
  std::string cursor_;
  std::vector<int64_t> versions_;
  bool last_has_publication_ = false;
  std::unique_ptr<rpc::ClientStream> stream_;
};

std::vector<int64_t> UpTo(int64_t count) {
  std::vector<int64_t> numbers;
  for (int64_t i = 1; i <= count; ++i) numbers.push_back(i);
  return numbers;
}

TEST(WatchTest, SendsThePastThenItsEndThenWhatIsNew) {
  StrategyProcess strategy;
  VL_ASSERT_OK(strategy.PublishTelecom("1"));
  Follower follower;
  follower.Connect(strategy);
  ASSERT_TRUE(follower.CatchUp());
  EXPECT_THAT(follower.versions(), ElementsAre(1));
  VL_ASSERT_OK(strategy.PublishTelecom("2"));
  ASSERT_TRUE(follower.Receive());
  EXPECT_THAT(follower.versions(), ElementsAre(1, 2));
}

TEST(WatchTest, SendsThePublicationThatGetPublicationReturns) {
  StrategyProcess strategy;
  VL_ASSERT_OK(strategy.PublishTelecom("1"));
  v1::GetPlanRequest get;
  get.set_name(std::string(kVersionName));
  VL_ASSERT_OK_AND_ASSIGN(const v1::Publication publication,
                          strategy.Call<v1::Publication>(kStrategyService, "GetPublication", get));
  EXPECT_EQ(publication.plan_version(), kVersionName);
  EXPECT_EQ(publication.measurement().kpis_size(), 23);
  EXPECT_EQ(publication.scoring_policy().value_cut(), 60);
  const auto stream = strategy.channel().OpenStream(
      std::string(kStrategyService) + "WatchPublications", {.timeout = absl::Seconds(20)});
  v1::WatchPublicationsRequest request;
  request.set_parent("workspaces/-");
  ASSERT_TRUE(stream->Write(request));
  v1::WatchPublicationsResponse response;
  ASSERT_TRUE(stream->Read(response));
  EXPECT_EQ(response.publication().SerializeAsString(), publication.SerializeAsString());
}

TEST(WatchTest, ResumesAtItsCursorAfterAKilledServer) {
  StrategyProcess strategy;
  VL_ASSERT_OK(strategy.PublishTelecom("1"));
  VL_ASSERT_OK(strategy.PublishTelecom("2"));
  Follower follower;
  follower.Connect(strategy);
  ASSERT_TRUE(follower.CatchUp());
  strategy.Kill();
  EXPECT_THAT(follower.Finish(), StatusIs(absl::StatusCode::kUnavailable));
  strategy.Start();
  VL_ASSERT_OK(strategy.PublishTelecom("3"));
  follower.Connect(strategy);
  ASSERT_TRUE(follower.CatchUp());
  EXPECT_THAT(follower.versions(), ElementsAre(1, 2, 3));
}

TEST(WatchTest, LosesAndDoublesNothingWhenKilledWhilePublishing) {
  StrategyProcess strategy;
  Follower follower;
  int64_t acknowledged = 0;
  for (int round = 0; round < 3; ++round) {
    follower.Connect(strategy);
    std::thread reader([&follower] {
      while (follower.Receive()) {
      }
    });
    std::thread publisher([&strategy, &acknowledged, round] {
      for (int i = 0;; ++i) {
        const auto published =
            strategy.PublishTelecom(std::to_string(round) + "." + std::to_string(i));
        if (!published.ok()) return;
        acknowledged = published->version();
      }
    });
    absl::SleepFor(absl::Milliseconds(300 + 170 * round));  // Any moment will do.
    strategy.Kill();
    publisher.join();
    reader.join();
    EXPECT_THAT(follower.Finish(), StatusIs(absl::StatusCode::kUnavailable));
    strategy.Start();
  }
  follower.Connect(strategy);
  ASSERT_TRUE(follower.CatchUp());
  ASSERT_GT(acknowledged, 0);
  EXPECT_GE(static_cast<int64_t>(follower.versions().size()), acknowledged);
  EXPECT_EQ(follower.versions(), UpTo(static_cast<int64_t>(follower.versions().size())));
  Follower fresh;
  fresh.Connect(strategy);
  ASSERT_TRUE(fresh.CatchUp());
  EXPECT_EQ(fresh.versions(), follower.versions());
}

TEST(WatchTest, EndsWithUnavailableWhenTheServerDrains) {
  StrategyProcess strategy;
  Follower follower;
  follower.Connect(strategy);
  ASSERT_TRUE(follower.CatchUp());
  EXPECT_THAT(follower.versions(), IsEmpty());
  EXPECT_EQ(strategy.Stop().code, 0);
  EXPECT_THAT(follower.Finish(), StatusIs(absl::StatusCode::kUnavailable));
}

TEST(WatchTest, RefusesACursorOfAnotherDatabase) {
  StrategyProcess strategy;
  Follower follower;
  follower.set_cursor("b3RoZXIvMQ");  // other/1
  follower.Connect(strategy);
  EXPECT_FALSE(follower.Receive());
  const absl::Status status = follower.Finish();
  EXPECT_THAT(status, StatusIs(absl::StatusCode::kOutOfRange));
  EXPECT_EQ(ReasonOf(status), "CURSOR_UNKNOWN");
}

TEST(WatchTest, RefusesAWorkspaceThatDoesNotExist) {
  StrategyProcess strategy;
  Follower follower("workspaces/nowhere");
  follower.Connect(strategy);
  EXPECT_FALSE(follower.Receive());
  EXPECT_THAT(follower.Finish(), StatusIs(absl::StatusCode::kNotFound));
}

}  // namespace
}  // namespace valueloop::strategy
