// valueloop insight ... and portfolio calls, against running services.
#include <memory>
#include <string>
#include <vector>

#include "cli/context.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "integration/cli/running_up.h"

namespace valueloop::cli {
namespace {

using ::testing::HasSubstr;

constexpr char kEvents[] =
    R"({"customerId":"a","eventId":"1","occurredTime":"2026-01-05T04:00:00Z","feedback":{"benefits":[{"dimension":"FUNCTIONAL","score":80,"rivalScore":64},{"dimension":"EMOTIONAL","score":60},{"dimension":"SOCIAL","score":50},{"dimension":"ECONOMIC","score":70}],"costs":[{"dimension":"MONEY","score":50}],"needs":[{"need":"coverage","importance":9,"satisfaction":3}],"touchpoint":"hotline","phase":"TOUCHPOINT_PHASE_AFTER_SALE","expectation":8,"perception":5,"importance":9,"valueCase":{"offer":"fibre","priceMicros":"1200000000","referencePriceMicros":"1000000000","differences":[{"driver":"downtime","amountMicros":"500000000"}]}}}
{"customerId":"a","eventId":"2","occurredTime":"2026-01-05T04:00:00Z","purchase":{"amountMicros":"500000000","items":[{"product":"mobile","quantity":1}]}}
{"customerId":"a","eventId":"3","occurredTime":"2026-01-05T04:00:00Z","promise":{"promiseId":"p1","text":"ring back","dueTime":"2026-01-10T04:00:00Z"}}
{"customerId":"a","eventId":"4","occurredTime":"2026-01-05T04:00:00Z","contact":{"kind":"VISIT","person":"wang","role":"DECIDER","attitude":1,"influence":0.6}}
{"customerId":"a","eventId":"5","occurredTime":"2026-01-06T04:00:00Z","complaint":{"topic":"signal"}}
{"customerId":"a","eventId":"6","occurredTime":"2026-01-06T04:00:00Z","subscriptionStart":{"subscriptionId":"s","priceMicros":"10000000","periodMonths":1}}
)";

class InsightCommandsTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    up_ = std::make_unique<RunningUp>();
    ASSERT_TRUE(up_->ok());
    const std::string file = up_->File("events.ndjson");
    WriteFile(file, kEvents);
    const Outcome imported = up_->Run({"import", "events", file});
    ASSERT_EQ(imported.code, kDone) << imported.out << imported.err;
  }
  static void TearDownTestSuite() { up_.reset(); }

  static Outcome Insight(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), "insight");
    arguments.insert(arguments.end(), {"--as-of", "2026-03-01"});
    return up_->Run(std::move(arguments));
  }

  static std::unique_ptr<RunningUp> up_;
};

std::unique_ptr<RunningUp> InsightCommandsTest::up_;

TEST_F(InsightCommandsTest, EveryQuestionIsAnsweredAsATableInBothLanguagesAndAsJson) {
  struct Case {
    std::vector<std::string> command;
    std::string english;
    std::string chinese;
    std::string json;
  };
  const std::vector<Case> cases = {
      {{"perceived"}, "dominant dimension", "主导维度", "\"dominantDimension\": \"FUNCTIONAL\""},
      {{"needs"}, "OPPORTUNITY", "机会", "\"opportunity\": 15"},
      {{"touchpoints"}, "AFTER_SALE", "售后", "\"priority\": 27"},
      {{"price"}, "CUSTOMER GAINS", "客户得益", "\"customerGain\": 300"},
      {{"balance"}, "value to the customer", "对客户的价值", "\"valueToCustomer\": 300"},
      {{"promises"}, "ring back", "兑现率", "\"overdueDays\": 50"},
      {{"recovery"}, "too young to judge", "观察期内", "\"pendingCount\": \"1\""},
      {{"centre", "a"}, "whom to see", "要见的人", "\"coverage\": 1"},
      {{"offers"}, "holders", "持有客户", "\"holderCount\": \"1\""},
      {{"offers", "--customer", "a"}, "BECAUSE OF", "因为持有", "\"held\""},
      {{"quality", "--required", "owner"}, "profiles complete", "档案完整度", "\"NEEDS\""},
      {{"contracts"}, "running contracts", "在网合约", "\"runningCount\": \"1\""},
  };
  for (const Case& one : cases) {
    const auto run = [&](const std::vector<std::string>& more) {
      std::vector<std::string> arguments = one.command;
      arguments.insert(arguments.end(), more.begin(), more.end());
      const Outcome outcome = Insight(arguments);
      EXPECT_EQ(outcome.code, kDone) << one.command[0] << outcome.err;
      return outcome.out;
    };
    EXPECT_THAT(run({"--lang", "en"}), HasSubstr(one.english));
    EXPECT_THAT(run({"--lang", "zh"}), HasSubstr(one.chinese));
    EXPECT_THAT(run({"-o", "json"}), HasSubstr(one.json));
  }
}

TEST_F(InsightCommandsTest, WeightsOfTheIndustryGiveTheRulingsValue) {
  const Outcome outcome =
      Insight({"perceived", "--customer", "a", "--weight", "FUNCTIONAL=35", "--weight",
               "EMOTIONAL=20", "--weight", "SOCIAL=10", "--weight", "ECONOMIC=35", "-o", "json"});
  EXPECT_THAT(outcome.out, HasSubstr("\"perceivedValue\": 69.5"));
  EXPECT_EQ(Insight({"perceived", "--weight", "FUNCTIONAL"}).code, kUsage);
  EXPECT_EQ(Insight({"perceived", "--weight", "FUNCTIONAL=-1"}).code, kFailed);
}

TEST_F(InsightCommandsTest, UnknownCustomersAndMissingSnapshotsAreSaid) {
  const Outcome unknown = Insight({"centre", "nobody"});
  EXPECT_EQ(unknown.code, kFailed);
  EXPECT_THAT(unknown.err, HasSubstr("NOT_FOUND"));
  const Outcome empty = Insight({"needs", "--where", "segment = SG9", "--lang", "en"});
  EXPECT_EQ(empty.code, kDone);
  EXPECT_THAT(empty.out, HasSubstr("missing: feedback.needs"));
  const Outcome predicate = Insight({"needs", "--where", "segment ="});
  EXPECT_EQ(predicate.code, kFailed);
  EXPECT_THAT(predicate.err, HasSubstr("predicate"));
  const Outcome calls = up_->Run({"portfolio", "calls"});
  EXPECT_TRUE(calls.code == kDone || calls.err.find("snapshot: got none yet") != std::string::npos)
      << calls.err;
}

}  // namespace
}  // namespace valueloop::cli
