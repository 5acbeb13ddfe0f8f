// Live look-ups from the real valueloop-scoring: errors, freshness after writes, the past, and what
// happens to callers when Redis goes away.
#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include "fmt/format.h"
#include "google/protobuf/util/time_util.h"
#include "testing/eventually.h"
#include "testing/redis_server.h"
#include "testing/service_process.h"
#include "testing/status_matchers.h"
#include "valueloop/scoring/v1/ledger.pb.h"
#include "valueloop/scoring/v1/score.pb.h"

namespace valueloop::scoring {
namespace {

using google::protobuf::util::TimeUtil;
using ::testing::ElementsAre;
using testing::Eventually;
using ::testing::HasSubstr;
using testing::StatusIs;
constexpr absl::StatusCode kInvalid = absl::StatusCode::kInvalidArgument;
constexpr absl::StatusCode kNotFound = absl::StatusCode::kNotFound;

v1::RecordEventsRequest Purchase(const std::string& customer, const std::string& event_id,
                                 const std::string& time, int64_t amount) {
  v1::RecordEventsRequest request;
  request.set_parent("workspaces/default");
  v1::Event& event = *request.add_events();
  event.set_customer_id(customer);
  event.set_event_id(event_id);
  TimeUtil::FromString(time, event.mutable_occurred_time());
  event.mutable_purchase()->set_amount_micros(amount * 1'000'000);
  return request;
}

v1::GetScoreRequest ScoreOf(const std::string& customer) {
  v1::GetScoreRequest request;
  request.set_name(fmt::format("workspaces/default/customers/{}/score", customer));
  return request;
}

class LiveTest : public ::testing::Test {
 protected:
  explicit LiveTest(std::vector<std::string> arguments = {})
      : server_(VL_SCORING_PROGRAM, std::move(arguments)) {
    server_.Start();
  }

  void Record(const v1::RecordEventsRequest& request) {
    VL_ASSERT_OK_AND_ASSIGN(const auto response,
                            server_.Call<v1::RecordEventsResponse>(
                                "valueloop.scoring.v1.LedgerService/RecordEvents", request));
    ASSERT_EQ(response.accepted_count(), request.events_size());
  }

  absl::StatusOr<v1::Score> Get(const v1::GetScoreRequest& request) {
    return server_.Call<v1::Score>("valueloop.scoring.v1.ScoreService/GetScore", request);
  }

  absl::StatusOr<v1::LookupScoresResponse> Lookup(const v1::LookupScoresRequest& request) {
    return server_.Call<v1::LookupScoresResponse>("valueloop.scoring.v1.ScoreService/LookupScores",
                                                  request);
  }

  testing::ServiceProcess server_;
};

TEST_F(LiveTest, AnUnknownCustomerIsNotFoundAndAnUnscorableOneSaysWhatIsMissing) {
  EXPECT_THAT(Get(ScoreOf("nobody")), StatusIs(kNotFound, HasSubstr("nobody")));
  Record(Purchase("c1", "e1", "2026-01-05T04:00:00Z", 100));
  VL_ASSERT_OK_AND_ASSIGN(const v1::Score score, Get(ScoreOf("c1")));
  EXPECT_EQ(score.state(), v1::SCORE_STATE_NOT_ENOUGH_DATA);
  EXPECT_THAT(score.missing(), ElementsAre("model"));
  EXPECT_EQ(score.customer_class(), v1::CUSTOMER_CLASS_UNKNOWN);
  EXPECT_FALSE(score.has_expected_value());
  EXPECT_DOUBLE_EQ(score.realised_value(), 40) << "margin ratio 0.4 of the built-in policy";
}

TEST_F(LiveTest, WrongRequestsNameTheFieldAndWhatIsWanted) {
  v1::GetScoreRequest request = ScoreOf("c1");
  request.set_as_of("2999-01-01");
  EXPECT_THAT(Get(request), StatusIs(kInvalid, HasSubstr("as_of: got 2999-01-01")));
  request.set_as_of("yesterday");
  EXPECT_THAT(Get(request), StatusIs(kInvalid, HasSubstr("YYYY-MM-DD")));
  request = ScoreOf("c1");
  request.set_language_code("fr");
  EXPECT_THAT(Get(request), StatusIs(kInvalid, HasSubstr("language_code")));
  request.set_name("customers/c1");
  EXPECT_THAT(Get(request), StatusIs(kInvalid, HasSubstr("workspaces/*/customers/*/score")));
  request.set_name("workspaces/nowhere/customers/c1/score");
  EXPECT_THAT(Get(request), StatusIs(kNotFound, HasSubstr("nowhere")));
  request = ScoreOf("c1");
  request.set_model_version(7);
  EXPECT_THAT(Get(request), StatusIs(kNotFound, HasSubstr("model: got version 7")));
}

TEST_F(LiveTest, EveryItemOfALookUpHasAStatusOfItsOwn) {
  Record(Purchase("c1", "e1", "2026-01-05T04:00:00Z", 100));
  v1::LookupScoresRequest request;
  request.set_parent("workspaces/default");
  for (const char* id : {"c1", "nobody", "a/b", "c1"}) request.add_customer_ids(id);
  VL_ASSERT_OK_AND_ASSIGN(const v1::LookupScoresResponse found, Lookup(request));
  ASSERT_EQ(found.items_size(), 4);
  EXPECT_EQ(found.items(0).code(), 0);
  EXPECT_DOUBLE_EQ(found.items(0).score().realised_value(), 40);
  EXPECT_EQ(found.items(1).code(), static_cast<int>(kNotFound));
  EXPECT_EQ(found.items(2).code(), static_cast<int>(kInvalid));
  EXPECT_EQ(found.items(3).score().SerializeAsString(), found.items(0).score().SerializeAsString());

  request.clear_customer_ids();
  EXPECT_THAT(Lookup(request), StatusIs(kInvalid, HasSubstr("customer_ids: got 0 of them")));
  for (int i = 0; i < 201; ++i) request.add_customer_ids("c1");
  EXPECT_THAT(Lookup(request), StatusIs(kInvalid, HasSubstr("want 1 to 200")));
}

TEST_F(LiveTest, AfterAnAcknowledgedWriteTheNewScoreIsServed) {
  for (int i = 1; i <= 50; ++i) {
    Record(Purchase("c1", fmt::format("e{}", i), "2026-01-05T04:00:00Z", 100));
    VL_ASSERT_OK_AND_ASSIGN(const v1::Score first, Get(ScoreOf("c1")));
    ASSERT_DOUBLE_EQ(first.realised_value(), 40 * i);
    VL_ASSERT_OK_AND_ASSIGN(const v1::Score again, Get(ScoreOf("c1")));
    ASSERT_DOUBLE_EQ(again.realised_value(), 40 * i);
  }
  EXPECT_GE(server_.Metric(R"(valueloop_score_cache_lookups_total{level="1",outcome="hit"})"), 50);
}

TEST_F(LiveTest, ThePastIsAsItWasByDayAndByRevision) {
  Record(Purchase("c1", "e1", "2026-01-05T04:00:00Z", 100));
  Record(Purchase("c1", "e2", "2026-03-05T04:00:00Z", 200));
  Record(Purchase("c1", "late", "2026-01-20T04:00:00Z", 50));
  v1::GetScoreRequest request = ScoreOf("c1");
  request.set_view(v1::SCORE_VIEW_FULL);
  request.set_as_of("2026-02-01");
  VL_ASSERT_OK_AND_ASSIGN(v1::Score score, Get(request));
  EXPECT_DOUBLE_EQ(score.realised_value(), 60) << "with the late event";
  EXPECT_EQ(score.provenance().as_of(), "2026-02-01");
  EXPECT_EQ(score.provenance().ledger_revision(), 3);
  request.set_ledger_revision(2);
  VL_ASSERT_OK_AND_ASSIGN(score, Get(request));
  EXPECT_DOUBLE_EQ(score.realised_value(), 40) << "as it was known then";
  request.set_ledger_revision(4);
  EXPECT_THAT(Get(request), StatusIs(absl::StatusCode::kOutOfRange));
}

// Level 1 is off, so that every call asks Redis.
class LevelTwoLiveTest : public LiveTest {
 protected:
  LevelTwoLiveTest() : LiveTest({"--redis", redis_.address(), "--level-one-mb", "0"}) {}

  double LevelTwo(const std::string& outcome) {
    return server_.Metric(
        fmt::format(R"(valueloop_score_cache_lookups_total{{level="2",outcome="{}"}})", outcome));
  }

  static testing::RedisServer& Redis() { return redis_; }
  static inline testing::RedisServer redis_;
};

TEST_F(LevelTwoLiveTest, NoCallFailsWhenRedisDiesInTheMiddleAndItIsUsedAgainWhenItIsBack) {
  constexpr int kThreadCount = 4;
  constexpr int kCallCount = 3000;
  constexpr int kCustomerCount = 50;
  ASSERT_TRUE(Redis().Start());
  for (int i = 0; i < kCustomerCount; ++i) {
    Record(Purchase(fmt::format("c{}", i), "e1", "2026-01-05T04:00:00Z", 100));
  }
  ASSERT_TRUE(Eventually([&] { return Get(ScoreOf("c0")).ok() && LevelTwo("hit") > 0; }))
      << "level 2 is not in use";

  std::atomic<int> answered_count{0};
  std::atomic<int> failed_count{0};
  std::vector<std::thread> callers;
  for (int t = 0; t < kThreadCount; ++t) {
    callers.emplace_back([&, t] {
      for (int i = 0; i < kCallCount; ++i) {
        const auto score = Get(ScoreOf(fmt::format("c{}", (t + i) % kCustomerCount)));
        const bool right = score.ok() && score->realised_value() == 40;
        (right ? answered_count : failed_count).fetch_add(1);
      }
    });
  }
  while (answered_count + failed_count < kThreadCount * kCallCount / 2) std::this_thread::yield();
  const double hits_before = LevelTwo("hit");
  Redis().Kill();
  for (std::thread& caller : callers) caller.join();

  EXPECT_EQ(failed_count, 0);
  EXPECT_EQ(answered_count, kThreadCount * kCallCount);
  EXPECT_GT(hits_before, 1000) << "calls went through level 2 before the stop";
  EXPECT_GT(LevelTwo("error"), 1000) << "and found it gone after";

  ASSERT_TRUE(Redis().Start());
  const double hits_after = LevelTwo("hit");
  EXPECT_TRUE(Eventually([&] { return Get(ScoreOf("c0")).ok() && LevelTwo("hit") > hits_after; }))
      << "level 2 was not used again";
}

TEST_F(LevelTwoLiveTest, AWriteWhileRedisIsAwayIsNotForgottenWhenItIsBack) {
  ASSERT_TRUE(Redis().Start());
  Record(Purchase("c1", "e1", "2026-01-05T04:00:00Z", 100));
  ASSERT_TRUE(Eventually([&] { return Get(ScoreOf("c1")).ok() && LevelTwo("hit") > 0; }));
  Redis().Pause();
  Record(Purchase("c1", "e2", "2026-02-05T04:00:00Z", 100));
  VL_ASSERT_OK_AND_ASSIGN(v1::Score score, Get(ScoreOf("c1")));
  EXPECT_DOUBLE_EQ(score.realised_value(), 80);
  Redis().Resume();
  const double hits = LevelTwo("hit");
  ASSERT_TRUE(Eventually([&] {
    const auto now = Get(ScoreOf("c1"));
    EXPECT_THAT(now, testing::IsOk());
    if (now.ok()) {
      EXPECT_DOUBLE_EQ(now->realised_value(), 80);
    }
    return LevelTwo("hit") > hits;
  }));
}

}  // namespace
}  // namespace valueloop::scoring
