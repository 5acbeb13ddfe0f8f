#include <signal.h>

#include <filesystem>
#include <string>

#include "cli/context.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "integration/cli/running_up.h"
#include "testing/eventually.h"

namespace valueloop::cli {
namespace {

using testing::Eventually;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr const char* kPrograms[] = {"valueloop-scoring", "valueloop-strategy",
                                     "valueloop-performance"};

bool IsGone(pid_t pid) { return kill(pid, 0) != 0; }

TEST(UpTest, StartsThreeServicesThatOtherCommandsFindAndStopsThemOnSigterm) {
  RunningUp up;
  ASSERT_TRUE(up.ok()) << up.process().Errors();
  const Outcome list = up.Run({"workspace", "show"});
  EXPECT_EQ(list.code, kDone) << list.err;
  EXPECT_THAT(list.out, HasSubstr("Asia/Shanghai"));
  std::vector<pid_t> children;
  for (const char* program : kPrograms) {
    ASSERT_THAT(up.Children(program), SizeIs(1)) << program;
    children.push_back(up.Children(program)[0]);
  }
  EXPECT_TRUE(std::filesystem::exists(up.data_dir() + "/endpoints.json"));
  EXPECT_EQ(up.process().Stop(std::chrono::seconds(40)).code, kDone) << up.process().Errors();
  for (const pid_t child : children) EXPECT_TRUE(IsGone(child));
  EXPECT_FALSE(std::filesystem::exists(up.data_dir() + "/endpoints.json"));
}

TEST(UpTest, NoServiceOutlivesAnUpThatIsKilled) {
  RunningUp up;
  ASSERT_TRUE(up.ok()) << up.process().Errors();
  std::vector<pid_t> children;
  for (const char* program : kPrograms) children.push_back(up.Children(program).at(0));
  up.process().Kill();
  for (const pid_t child : children) EXPECT_TRUE(Eventually([&] { return IsGone(child); }));
}

TEST(UpTest, SaysWhichServiceDiedAndStopsTheRest) {
  RunningUp up;
  ASSERT_TRUE(up.ok()) << up.process().Errors();
  const pid_t strategy = up.Children("valueloop-strategy").at(0);
  ASSERT_EQ(kill(up.Children("valueloop-scoring").at(0), SIGKILL), 0);
  const auto exit = up.process().Wait(std::chrono::seconds(40));
  ASSERT_TRUE(exit.has_value());
  EXPECT_EQ(exit->code, kFailed);
  EXPECT_TRUE(Eventually([&] {
    return up.process().Errors().find("scoring was killed by signal 9") != std::string::npos;
  })) << up.process().Errors();
  EXPECT_TRUE(IsGone(strategy));
}

TEST(UpTest, OneFolderHasOneUp) {
  RunningUp up;
  ASSERT_TRUE(up.ok()) << up.process().Errors();
  const Outcome second =
      RunProgram({"up", "--port", "0", "--redis", "none", "--data", up.data_dir()});
  EXPECT_EQ(second.code, kFailed);
  EXPECT_THAT(second.err, HasSubstr("is in use by process"));
  EXPECT_THAT(second.out, IsEmpty());
}

}  // namespace
}  // namespace valueloop::cli
