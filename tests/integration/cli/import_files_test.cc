// Files through the command line into running services: what is kept, what is refused, exit codes.
#include <memory>
#include <string>

#include "cli/context.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "integration/cli/running_up.h"
#include "testing/shared_data.h"

namespace valueloop::cli {
namespace {

using ::testing::ContainsRegex;
using ::testing::HasSubstr;

class ImportFilesTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() { up_ = new RunningUp; }
  static void TearDownTestSuite() {
    delete up_;
    up_ = nullptr;
  }
  void SetUp() override { ASSERT_TRUE(up_->ok()) << up_->process().Errors(); }

  static RunningUp* up_;
};

RunningUp* ImportFilesTest::up_ = nullptr;

TEST_F(ImportFilesTest, GoodRowsAreKeptAndBadOnesAreNamedWithLineAndReason) {
  const std::string file = up_->File("bad.csv");
  WriteFile(file,
            "customer_id,occurred_at,amount\n"
            "b1,2026-01-05,10.50\n"
            "b1,2026-01-05,-1\n"
            "b1,2026-01-05,0.1234567\n"
            "b1,2026-02-30,1\n"
            "b1,2999-01-01,1\n"
            "a/b,2026-01-05,1\n"
            "b2,2026-01-06,3\n");
  const Outcome first = up_->Run({"import", "purchases", file, "-o", "csv"});
  EXPECT_EQ(first.code, kRejects) << first.err;
  EXPECT_THAT(first.out, HasSubstr(",2,0,5\n"));
  const std::string rejects = testing::ReadFileOrDie(file + ".rejects.csv");
  EXPECT_THAT(rejects, ContainsRegex("3,\"amount: got -1"));
  EXPECT_THAT(rejects, ContainsRegex("4,\"amount: got 0.1234567, want at most 6 decimals"));
  EXPECT_THAT(rejects, ContainsRegex("5,\"occurred_at: got 2026-02-30"));
  EXPECT_THAT(rejects, ContainsRegex("6,.*2999"));
  EXPECT_THAT(rejects, ContainsRegex("7,.*customer_id"));
  const Outcome second = up_->Run({"import", "purchases", file, "-o", "csv"});
  EXPECT_EQ(second.code, kRejects);
  EXPECT_THAT(second.out, HasSubstr(",0,2,5\n"));
}

TEST_F(ImportFilesTest, AnUnknownColumnIsRefusedByName) {
  const std::string file = up_->File("column.csv");
  WriteFile(file, "customer_id,occurred_at,amount,colour\nx,2026-01-05,1,red\n");
  const Outcome outcome = up_->Run({"import", "purchases", file});
  EXPECT_EQ(outcome.code, kFailed);
  EXPECT_THAT(outcome.err, HasSubstr("column.csv: line 1: header: got colour"));
}

TEST_F(ImportFilesTest, AnUnknownWorkspaceIsNotFound) {
  const std::string file = up_->File("good.csv");
  WriteFile(file, "customer_id,occurred_at,amount\nx,2026-01-05,1\n");
  const Outcome outcome = up_->Run({"import", "purchases", file, "--workspace", "nowhere"});
  EXPECT_EQ(outcome.code, kFailed);
  EXPECT_THAT(outcome.err, HasSubstr("NOT_FOUND"));
}

TEST_F(ImportFilesTest, EventsWithUnknownKindsAndOtherContentAreRejected) {
  const std::string file = up_->File("events.ndjson");
  WriteFile(
      file,
      R"({"customerId":"e1","eventId":"1","occurredTime":"2026-01-05T00:00:00Z","purchase":{"amountMicros":"5"}})"
      "\n"
      R"({"customerId":"e1","eventId":"1","occurredTime":"2026-01-05T00:00:00Z","purchase":{"amountMicros":"6"}})"
      "\n"
      R"({"customerId":"e1","eventId":"2","occurredTime":"2026-01-05T00:00:00Z","wish":{}})"
      "\n");
  const Outcome outcome = up_->Run({"import", "events", file, "-o", "csv"});
  EXPECT_EQ(outcome.code, kRejects) << outcome.err;
  EXPECT_THAT(outcome.out, HasSubstr(",1,0,2\n"));
  const std::string rejects = testing::ReadFileOrDie(file + ".rejects.ndjson");
  EXPECT_THAT(rejects, HasSubstr("{\"line\":2,"));
  EXPECT_THAT(rejects, HasSubstr("wish"));
}

TEST_F(ImportFilesTest, AttributesCanBeImportedSetAndRead) {
  const std::string file = up_->File("customers.csv");
  WriteFile(file, "customer_id,owner,signal_ok_ratio\nk1,li,0.97\n");
  ASSERT_EQ(up_->Run({"import", "customers", file}).code, kDone);
  ASSERT_EQ(up_->Run({"customer", "set", "k1", "owner=wang", "--rating", "m_need=80"}).code, kDone);
  const Outcome get = up_->Run({"customer", "get", "k1", "-o", "json"});
  EXPECT_THAT(get.out, HasSubstr("wang"));
  EXPECT_THAT(get.out, HasSubstr("0.97"));
  EXPECT_THAT(get.out, HasSubstr("m_need"));
  EXPECT_EQ(up_->Run({"verify"}).code, kDone);
}

TEST_F(ImportFilesTest, APlanWithoutErrorsIs0AndAFindingNamesItsPlace) {
  const std::string plan = testing::RepositoryPath("samples/strategy-telecom.yaml");
  const Outcome good = up_->Run({"plan", "validate", plan});
  EXPECT_EQ(good.code, kDone) << good.out;
  std::string text = testing::ReadFileOrDie(plan);
  const std::string weight = "directions: [D1, D2, D4], weight: 20";
  const size_t at = text.find(weight);
  ASSERT_NE(at, std::string::npos);
  text.replace(at, weight.size(), "directions: [D1, D2, D4], weight: 21");
  const std::string file = up_->File("broken.yaml");
  WriteFile(file, text);
  const Outcome broken = up_->Run({"plan", "validate", file});
  EXPECT_EQ(broken.code, kRejects);
  EXPECT_THAT(broken.out, ContainsRegex("broken.yaml:[0-9]+:[0-9]+: WEIGHT_SUM"));
}

TEST_F(ImportFilesTest, AnyMethodCanBeCalledThroughReflection) {
  const Outcome call =
      up_->Run({"call", "StrategyService/ListPlans", R"({"parent": "workspaces/default"})"});
  EXPECT_EQ(call.code, kDone) << call.err;
  EXPECT_THAT(call.out, HasSubstr("\"plans\""));
  const Outcome unknown = up_->Run({"call", "StrategyService/Nonsense"});
  EXPECT_EQ(unknown.code, kFailed);
  EXPECT_THAT(unknown.err, HasSubstr("PublishPlan"));
}

}  // namespace
}  // namespace valueloop::cli
