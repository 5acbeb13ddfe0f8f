#include "common/log.h"

#include <limits>
#include <thread>
#include <vector>

#include "testing/status_matchers.h"

namespace valueloop::log {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::MatchesRegex;
using ::testing::SizeIs;
using valueloop::testing::StatusIs;

class LogTest : public ::testing::Test {
 protected:
  ~LogTest() override { Configure("valueloop", Level::kInfo); }

  std::vector<std::string> lines_;
  const ScopedSink sink_{[this](std::string_view line) { lines_.emplace_back(line); }};
};

TEST_F(LogTest, WritesOneJsonObjectPerEvent) {
  Configure("scoring", Level::kInfo);
  const std::string name = "default";
  Info("plan_published", {{"workspace", name}, {"version", 3}, {"ratio", 0.5}, {"first", true}});
  ASSERT_THAT(lines_, SizeIs(1));
  EXPECT_THAT(lines_[0], MatchesRegex(R"(\{"ts":"[0-9-]+T[0-9:.]+Z","level":"info",.*)"));
  EXPECT_THAT(lines_[0],
              EndsWith(R"("service":"scoring","event":"plan_published",)"
                       R"("workspace":"default","version":3,"ratio":0.5,"first":true})"));
}

TEST_F(LogTest, EscapesWhatWouldBreakTheLine) {
  Info("hostile", {{"text", "a\"b\\c\nd\x1b[31m\xff客"}, {"key\n", "x"}});
  ASSERT_THAT(lines_, SizeIs(1));
  EXPECT_THAT(lines_[0], HasSubstr(R"("text":"a\"b\\c\nd\u001b[31m)"
                                   "\xEF\xBF\xBD客\""));
  EXPECT_THAT(lines_[0], HasSubstr(R"("key\n":"x")"));
}

TEST_F(LogTest, WritesNumbersThatJsonDoesNotHaveAsNull) {
  Info("number", {{"nan", std::numeric_limits<double>::quiet_NaN()},
                  {"inf", std::numeric_limits<double>::infinity()},
                  {"least", std::numeric_limits<int64_t>::min()}});
  ASSERT_THAT(lines_, SizeIs(1));
  EXPECT_THAT(lines_[0], EndsWith(R"("nan":null,"inf":null,"least":-9223372036854775808})"));
}

TEST_F(LogTest, DropsLinesBelowTheLevel) {
  Configure("scoring", Level::kWarning);
  Debug("a");
  Info("b");
  Warning("c");
  Error("d");
  ASSERT_THAT(lines_, SizeIs(2));
  EXPECT_THAT(lines_[1], HasSubstr(R"("level":"error","service":"scoring","event":"d")"));
}

TEST_F(LogTest, KeepsLinesOfSeveralThreadsWhole) {
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([] {
      for (int i = 0; i < 100; ++i) Info("tick", {{"i", i}});
    });
  }
  for (std::thread& thread : threads) thread.join();
  ASSERT_THAT(lines_, SizeIs(400));
  for (const std::string& line : lines_) EXPECT_THAT(line, EndsWith("}"));
}

TEST(LogLevelTest, ReadsTheFourNames) {
  Level level = Level::kInfo;
  VL_EXPECT_OK(ParseLevel("error", level));
  EXPECT_EQ(level, Level::kError);
  EXPECT_THAT(ParseLevel("loud", level),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       "log_level: got loud, want debug, info, warning or error"));
}

TEST(HashedIdTest, IsStableAndHidesTheId) {
  EXPECT_EQ(HashedId("customer-1"), HashedId("customer-1"));
  EXPECT_NE(HashedId("customer-1"), HashedId("customer-2"));
  EXPECT_THAT(HashedId(""), MatchesRegex("[0-9a-f]{16}"));
}

}  // namespace
}  // namespace valueloop::log
