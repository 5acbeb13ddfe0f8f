// What the three programs tell Prometheus: well formed, and under names that dashboards and alerts
// may rely on.
#include <cstdlib>
#include <fstream>
#include <memory>
#include <set>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "fmt/format.h"
#include "gtest/gtest.h"
#include "testing/child_process.h"
#include "testing/service_process.h"
#include "testing/shared_data.h"
#include "testing/status_matchers.h"
#include "testing/temp_dir.h"
#include "valueloop/common/v1/workspace.pb.h"

namespace valueloop {
namespace {

using testing::ServiceProcess;
using testing::StatusIs;

constexpr char kGolden[] = "tests/golden/metric_names.txt";
constexpr char kUpdate[] = "VALUELOOP_UPDATE_GOLDEN";

class MetricsTest : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_NO_FATAL_FAILURE(scoring_.Start());
    ASSERT_NO_FATAL_FAILURE(strategy_.Start());
    performance_ = std::make_unique<ServiceProcess>(
        VL_PERFORMANCE_PROGRAM, std::vector<std::string>{"--scoring", scoring_.address(),
                                                         "--strategy", strategy_.address()});
    ASSERT_NO_FATAL_FAILURE(performance_->Start());
    for (ServiceProcess* process : {&scoring_, &strategy_, performance_.get()}) UseOnce(*process);
  }

  // /metrics of each service, by its name.
  std::vector<std::pair<std::string, std::string>> Scrapes() const {
    return {{"performance", performance_->Scrape()},
            {"scoring", scoring_.Scrape()},
            {"strategy", strategy_.Scrape()}};
  }

 private:
  // A call that is answered and one that is refused.
  static void UseOnce(ServiceProcess& process) {
    constexpr char kGetWorkspace[] = "valueloop.common.v1.WorkspaceService/GetWorkspace";
    common::v1::GetWorkspaceRequest request;
    request.set_name("workspaces/default");
    VL_EXPECT_OK(process.Call<common::v1::Workspace>(kGetWorkspace, request));
    request.set_name("workspaces/nowhere");
    EXPECT_THAT(process.Call<common::v1::Workspace>(kGetWorkspace, request),
                StatusIs(absl::StatusCode::kNotFound));
  }

  ServiceProcess scoring_{VL_SCORING_PROGRAM};
  ServiceProcess strategy_{VL_STRATEGY_PROGRAM};
  std::unique_ptr<ServiceProcess> performance_;
};

// "{service} {name} {type}" of every metric, sorted, a line each.
std::string MetricNames(const std::vector<std::pair<std::string, std::string>>& scrapes) {
  std::set<std::string> names;
  for (const auto& [service, text] : scrapes) {
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);) {
      const std::string prefix = "# TYPE ";
      if (line.starts_with(prefix)) {
        names.insert(fmt::format("{} {}", service, line.substr(prefix.size())));
      }
    }
  }
  std::string result;
  for (const std::string& name : names) result += name + "\n";
  return result;
}

TEST_F(MetricsTest, PrometheusOwnCheckerFindsNoFault) {
  const testing::TempDir folder;
  for (const auto& [service, text] : Scrapes()) {
    ASSERT_NE(text, "") << service;
    const std::string path = folder.File(service);
    std::ofstream(path) << text;
    VL_ASSERT_OK_AND_ASSIGN(const auto checker,
                            testing::ChildProcess::Start(
                                {"sh", "-c", "exec promtool check metrics < \"$1\"", "sh", path}));
    const auto exit = checker->Wait();
    ASSERT_TRUE(exit.has_value()) << service;
    EXPECT_EQ(exit->code, 0) << service << " (promtool is in Debian's package prometheus): "
                             << checker->Output() << checker->Errors();
  }
}

TEST_F(MetricsTest, NamesAndTypesAreThoseOfTheGoldenList) {
  const std::string path = testing::RepositoryPath(kGolden);
  const std::string names = MetricNames(Scrapes());
  if (std::getenv(kUpdate) != nullptr) std::ofstream(path) << names;
  EXPECT_EQ(names, testing::ReadFileOrDie(path))
      << "If the change is meant: run this test with " << kUpdate << "=1, which writes " << kGolden
      << ", and commit that.";
}

}  // namespace
}  // namespace valueloop
