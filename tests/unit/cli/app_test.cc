#include "cli/app.h"

#include <unistd.h>

#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "cli/context.h"
#include "cli/endpoints.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "testing/status_matchers.h"
#include "testing/temp_dir.h"

namespace valueloop::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::IsOkAndHolds;

struct Outcome {
  int code = 0;
  std::string out;
  std::string err;
};

Outcome RunLine(std::vector<const char*> arguments) {
  arguments.insert(arguments.begin(), "valueloop");
  std::istringstream in;
  std::ostringstream out;
  std::ostringstream err;
  const int code = Run(static_cast<int>(arguments.size()), arguments.data(), in, out, err);
  return {code, out.str(), err.str()};
}

TEST(AppTest, HelpOfEveryCommandHasAnExample) {
  const std::vector<std::vector<const char*>> commands = {{"up"},
                                                          {"today"},
                                                          {"workspace", "create"},
                                                          {"import", "purchases"},
                                                          {"customer", "set"},
                                                          {"customer", "erase"},
                                                          {"model", "fit"},
                                                          {"score", "get"},
                                                          {"portfolio", "matrix"},
                                                          {"portfolio", "segments"},
                                                          {"portfolio", "lifecycle"},
                                                          {"segment", "create"},
                                                          {"plan", "validate"},
                                                          {"gap", "list"},
                                                          {"kpi", "record"},
                                                          {"scorecard"},
                                                          {"verify"},
                                                          {"sample", "customers"},
                                                          {"call"}};
  for (std::vector<const char*> command : commands) {
    command.push_back("--help");
    const Outcome outcome = RunLine(command);
    EXPECT_EQ(outcome.code, kDone) << command[0];
    EXPECT_THAT(outcome.out, HasSubstr("Example:\n  valueloop ")) << command[0];
    EXPECT_THAT(outcome.err, IsEmpty()) << command[0];
  }
}

TEST(AppTest, WrongUsageIs64AndSaysWhereHelpIs) {
  for (const auto& line :
       std::vector<std::vector<const char*>>{{},
                                             {"nonsense"},
                                             {"score", "get"},
                                             {"workspace", "list", "-o", "xml"},
                                             {"workspace", "list", "--timeout", "soon"},
                                             {"gap", "list", "--lang", "fr"},
                                             {"model", "create", "BG_NBD"},
                                             {"customer", "erase", "C-1"},
                                             {"customer", "link", "C-1", "no-colon"},
                                             {"call", "method"}}) {
    const Outcome outcome = RunLine(line);
    EXPECT_EQ(outcome.code, kUsage);
    EXPECT_THAT(outcome.err, HasSubstr("--help"));
    EXPECT_THAT(outcome.out, IsEmpty());
  }
}

TEST(AppTest, AServerThatIsNotThereIs1WithTheNextStep) {
  const Outcome outcome =
      RunLine({"gap", "list", "--strategy", "127.0.0.1:1", "--timeout", "500ms", "--lang", "en"});
  EXPECT_EQ(outcome.code, kFailed);
  EXPECT_THAT(outcome.err, HasSubstr("next: "));
}

TEST(AppTest, VersionIsPrinted) {
  EXPECT_THAT(RunLine({"--version"}).out, HasSubstr("valueloop 0."));
}

TEST(EndpointsTest, AFlagWinsOverTheFileOfARunningUpAndThatOverTheFixedPort) {
  testing::TempDir folder;
  GlobalOptions options;
  options.data = folder.path();
  EXPECT_THAT(FindEndpoint(options, Target::kStrategy), IsOkAndHolds("127.0.0.1:7402"));
  VL_ASSERT_OK(WriteEndpoints(folder.path(), {{{"strategy", "127.0.0.1:1234"}}, "", getpid()}));
  EXPECT_THAT(FindEndpoint(options, Target::kStrategy), IsOkAndHolds("127.0.0.1:1234"));
  options.strategy = "host:1";
  EXPECT_THAT(FindEndpoint(options, Target::kStrategy), IsOkAndHolds("host:1"));
}

TEST(EndpointsTest, TheFileOfAnUpThatIsGoneIsIgnored) {
  testing::TempDir folder;
  GlobalOptions options;
  options.data = folder.path();
  VL_ASSERT_OK(WriteEndpoints(folder.path(), {{{"scoring", "127.0.0.1:1234"}}, "", 99'999'999}));
  EXPECT_THAT(FindEndpoint(options, Target::kScoring), IsOkAndHolds("127.0.0.1:7401"));
}

TEST(NamesTest, SegmentsOfResourceNames) {
  EXPECT_EQ(SegmentAfter("workspaces/w/customers/c 1/score", "customers"), "c 1");
  EXPECT_EQ(SegmentAfter("workspaces/w/plans/P/versions/3", "workspaces"), "w");
  EXPECT_EQ(SegmentAfter("workspaces/w", "plans"), "");
  EXPECT_EQ(LastSegment("workspaces/w/models/3"), "3");
}

}  // namespace
}  // namespace valueloop::cli
