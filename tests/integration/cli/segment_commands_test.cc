// Groups of customers through the command line.
#include <string>

#include "cli/context.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "integration/cli/running_up.h"

namespace valueloop::cli {
namespace {

using ::testing::AllOf;
using ::testing::ContainsRegex;
using ::testing::HasSubstr;

class SegmentCommandsTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    up_ = new RunningUp;
    ASSERT_TRUE(up_->ok()) << up_->process().Errors();
    std::string purchases = "customer_id,occurred_at,amount\n";
    std::string customers = "customer_id,tier\n";
    for (int i = 0; i < 40; ++i) {
      const std::string id = "s" + std::to_string(100 + i);
      customers += id + "," + std::to_string(i % 2) + "\n";
      purchases += id + ",2026-01-" + std::to_string(10 + i % 20) + ",12.50\n";
      if (i % 2 == 1) purchases += id + ",2026-03-02,8\n";
    }
    WriteFile(up_->File("customers.csv"), customers);
    WriteFile(up_->File("purchases.csv"), purchases);
    ASSERT_EQ(
        up_->Run({"import", "customers", up_->File("customers.csv"), "--at", "2026-01-01"}).code,
        kDone);
    ASSERT_EQ(up_->Run({"import", "purchases", up_->File("purchases.csv")}).code, kDone);
  }
  static void TearDownTestSuite() {
    delete up_;
    up_ = nullptr;
  }

  static RunningUp* up_;
};

RunningUp* SegmentCommandsTest::up_ = nullptr;

TEST_F(SegmentCommandsTest, ASegmentationIsKeptEvaluatedListedAndForgotten) {
  const Outcome created = up_->Run(
      {"segment", "create", "tiers", "--segment", "gold=tier = 1", "--segment", "rest=tier = 0"});
  EXPECT_EQ(created.code, kDone) << created.err;
  EXPECT_THAT(created.out, AllOf(HasSubstr("tiers"), HasSubstr("tier = 1")));
  const Outcome evaluated = up_->Run({"portfolio", "segments", "tiers"});
  EXPECT_EQ(evaluated.code, kDone) << evaluated.err;
  EXPECT_THAT(evaluated.out, ContainsRegex("gold +20 +50\\.0"));
  const Outcome chinese =
      RunProgram({"segment", "evaluate", "tiers", "--data", up_->data_dir(), "--lang", "zh"});
  EXPECT_THAT(chinese.out, AllOf(HasSubstr("未覆盖"), HasSubstr("截至")));
  const Outcome json = up_->Run({"segment", "evaluate", "tiers", "-o", "json"});
  EXPECT_THAT(json.out,
              AllOf(HasSubstr("\"mutuallyExclusive\": true"), HasSubstr("\"exhaustive\": true")));
  const Outcome members = up_->Run({"segment", "members", "tiers", "gold", "--limit", "3"});
  EXPECT_THAT(members.out, AllOf(HasSubstr("s101"), HasSubstr("3 of 20")));
  EXPECT_EQ(up_->Run({"segment", "update", "tiers", "--segment", "gold=tier >= 1"}).code, kDone);
  EXPECT_THAT(up_->Run({"segment", "show", "tiers"}).out, HasSubstr("tier >= 1"));
  EXPECT_THAT(up_->Run({"segment", "list"}).out, HasSubstr("tiers"));
  EXPECT_EQ(up_->Run({"segment", "delete", "tiers"}).code, kDone);
  const Outcome gone = up_->Run({"segment", "show", "tiers"});
  EXPECT_EQ(gone.code, kFailed);
  EXPECT_THAT(gone.err, HasSubstr("want one that exists"));
}

TEST_F(SegmentCommandsTest, SegmentsThatDoNotCoverEverybodyAreAFinding) {
  const Outcome outcome = up_->Run({"segment", "evaluate", "--segment", "gold=tier = 1"});
  EXPECT_EQ(outcome.code, kRejects) << outcome.err;
  EXPECT_THAT(outcome.out, ContainsRegex("\\(uncovered\\) +20 "));
  EXPECT_EQ(up_->Run({"segment", "evaluate", "--segment", "gold=tier = 1", "--persona"}).code,
            kDone);
}

TEST_F(SegmentCommandsTest, PortfolioCommandsAnswerFromTheSameCustomers) {
  const Outcome rfm = up_->Run({"portfolio", "rfm", "--tiles", "2"});
  EXPECT_EQ(rfm.code, kDone) << rfm.err;
  EXPECT_THAT(rfm.out, HasSubstr("40 with a purchase, 0 without"));
  const Outcome lifecycle =
      up_->Run({"portfolio", "lifecycle", "--from", "2026-01-15", "--to", "2026-03-31"});
  EXPECT_EQ(lifecycle.code, kDone) << lifecycle.err;
  EXPECT_THAT(lifecycle.out,
              AllOf(ContainsRegex("NEW +40 +100\\.0"), HasSubstr("2026-01-15 -> 2026-03-31")));
  const Outcome lift =
      up_->Run({"portfolio", "lift", "--segment", "gold=tier = 1", "--segment", "rest=tier = 0",
                "--from", "2026-03-01", "--to", "2026-03-31", "--min-support", "20"});
  EXPECT_EQ(lift.code, kDone) << lift.err;
  EXPECT_THAT(lift.out, ContainsRegex("gold +20 +20 +100\\.0 +2\\.00"));
  const Outcome targets =
      up_->Run({"portfolio", "targets", "--segment", "gold=tier = 1", "--segment", "rest=tier = 0",
                "--score", "gold=5", "--score", "rest=4", "--capacity", "30"});
  EXPECT_EQ(targets.code, kDone) << targets.err;
  EXPECT_THAT(targets.out, HasSubstr("beyond the capacity"));
  const Outcome budget =
      up_->Run({"portfolio", "budget", "1000", "--class", "STRATEGIC:gain=5000,scale=800",
                "--class", "ORDINARY:gain=100,scale=600,min=50"});
  EXPECT_EQ(budget.code, kDone) << budget.err;
  EXPECT_THAT(budget.out, AllOf(HasSubstr("950.00"), HasSubstr("50.00")));
}

TEST_F(SegmentCommandsTest, MistakesAreNamed) {
  EXPECT_EQ(up_->Run({"segment", "evaluate"}).code, kUsage);
  EXPECT_EQ(up_->Run({"segment", "create", "x", "--segment", "nothing"}).code, kUsage);
  EXPECT_EQ(up_->Run({"portfolio", "budget", "10", "--class", "A"}).code, kUsage);
  const Outcome predicate = up_->Run({"segment", "evaluate", "--segment", "a=tier >= ]"});
  EXPECT_EQ(predicate.code, kFailed);
  EXPECT_THAT(predicate.err, HasSubstr("column 9"));
  const Outcome budget = up_->Run({"portfolio", "budget", "-5", "--class", "A:gain=1,scale=1"});
  EXPECT_NE(budget.code, kDone);
}

}  // namespace
}  // namespace valueloop::cli
