#include "scoring/store/score_cache.h"

#include <atomic>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "testing/eventually.h"
#include "testing/status_matchers.h"

namespace valueloop::scoring {
namespace {

using ::testing::HasSubstr;
using testing::StatusIs;

class ScoreCacheTest : public ::testing::Test {
 protected:
  // Answers "{id}#{how many were computed so far}".
  ScoreCache::Compute Counting(const std::vector<std::string>& ids) {
    return [this, ids](std::span<const size_t> places) -> absl::StatusOr<ScoreCache::Answers> {
      ScoreCache::Answers answers;
      for (const size_t place : places) {
        answers.push_back(std::make_shared<const std::string>(ids[place] + "#" +
                                                              std::to_string(++computed_count_)));
      }
      return answers;
    };
  }

  std::string Get(const std::string& id) {
    const std::vector<std::string> ids = {id};
    const auto answers = cache_.Get("w", ids, "B", Counting(ids));
    return answers.ok() && answers->front().ok() ? **answers->front() : "error";
  }

  FakeClock clock_{absl::FromUnixSeconds(1767225600)};
  std::unique_ptr<Metrics> metrics_ = *Metrics::Start("");
  ScoreCache cache_{{}, nullptr, {}, clock_, *metrics_};
  std::atomic<int> computed_count_{0};
};

TEST_F(ScoreCacheTest, ComputesOnceAndAnswersFromMemoryUntilTheCustomerChanges) {
  EXPECT_EQ(Get("a"), "a#1");
  EXPECT_EQ(Get("a"), "a#1");
  cache_.OnChanged("w", {"a"});
  EXPECT_EQ(Get("a"), "a#2");
  cache_.OnVersionsChanged("w", {});
  EXPECT_EQ(Get("a"), "a#3");
}

TEST_F(ScoreCacheTest, ABatchComputesOnlyWhatIsMissingAndDuplicatesOnce) {
  EXPECT_EQ(Get("b"), "b#1");
  const std::vector<std::string> ids = {"a", "b", "a", "c"};
  VL_ASSERT_OK_AND_ASSIGN(const auto answers, cache_.Get("w", ids, "B", Counting(ids)));
  ASSERT_EQ(answers.size(), 4u);
  EXPECT_EQ(**answers[0], "a#2");
  EXPECT_EQ(**answers[1], "b#1");
  EXPECT_EQ(**answers[2], "a#2");
  EXPECT_EQ(**answers[3], "c#3");
}

TEST_F(ScoreCacheTest, ErrorsAreAnsweredAndNotKept) {
  const std::vector<std::string> ids = {"nobody"};
  const auto unknown = [](std::span<const size_t>) -> absl::StatusOr<ScoreCache::Answers> {
    ScoreCache::Answers answers;
    answers.push_back(absl::NotFoundError("customer: nobody"));
    return answers;
  };
  VL_ASSERT_OK_AND_ASSIGN(const auto answers, cache_.Get("w", ids, "B", unknown));
  EXPECT_THAT(answers.front(), StatusIs(absl::StatusCode::kNotFound));
  const auto broken = [](std::span<const size_t>) -> absl::StatusOr<ScoreCache::Answers> {
    return absl::UnavailableError("database: busy");
  };
  EXPECT_THAT(cache_.Get("w", ids, "B", broken),
              StatusIs(absl::StatusCode::kUnavailable, HasSubstr("busy")));
  EXPECT_EQ(Get("nobody"), "nobody#1");
}

TEST_F(ScoreCacheTest, ManyAskingAtOnceShareOneComputation) {
  const std::vector<std::string> ids = {"hot"};
  Notification go;
  const auto slow = [&](std::span<const size_t> places) {
    go.Wait();
    return Counting(ids)(places);
  };
  std::vector<std::thread> threads;
  std::atomic<int> answered_count{0};
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&] {
      const auto answers = cache_.Get("w", ids, "B", slow);
      if (answers.ok() && **answers->front() == "hot#1") ++answered_count;
    });
  }
  // All eight have missed in memory: one computes, the others wait, or find what it kept.
  EXPECT_TRUE(
      testing::Eventually([&] { return cache_.level_one().stats().miss_count.load() >= 8; }));
  go.Notify();
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(answered_count, 8);
  EXPECT_EQ(computed_count_, 1);
}

TEST_F(ScoreCacheTest, WhoeverAsksAfterAChangeDoesNotGetWhatBeganBeforeIt) {
  const std::vector<std::string> ids = {"a"};
  Notification begun;
  Notification go;
  std::thread early([&] {
    const auto answers = cache_.Get("w", ids, "B", [&](std::span<const size_t> places) {
      auto old = Counting(ids)(places);
      begun.Notify();
      go.Wait();
      return old;
    });
    EXPECT_EQ(**answers->front(), "a#1");
  });
  begun.Wait();
  cache_.OnChanged("w", {"a"});
  EXPECT_EQ(Get("a"), "a#2");
  go.Notify();
  early.join();
  EXPECT_EQ(Get("a"), "a#2") << "the late one did not overwrite the new answer";
}

}  // namespace
}  // namespace valueloop::scoring
