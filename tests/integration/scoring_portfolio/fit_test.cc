// Fits through the service, and the snapshots that follow.
#include <cmath>
#include <sstream>
#include <string>
#include <vector>

#include "common/status.h"
#include "fmt/format.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "integration/scoring_portfolio/portfolio_server.h"
#include "testing/shared_data.h"
#include "testing/status_matchers.h"

namespace valueloop::scoring {
namespace {

using common::v1::Job;
using ::testing::AllOf;
using ::testing::Gt;
using ::testing::HasSubstr;
using ::testing::Lt;
using testing::StatusIs;

constexpr int kCustomers = 300;

absl::StatusOr<v1::Model> GetModel(PortfolioServer& server, const std::string& version) {
  v1::GetModelRequest request;
  request.set_name("workspaces/default/models/" + version);
  return server.Call<v1::Model>("ModelService/GetModel", request);
}

TEST(FitTest, FailsWithWhatIsMissing) {
  PortfolioServer server;
  const Job job = server.Fit(FitRequest(false));
  EXPECT_EQ(job.state(), Job::STATE_FAILED);
  EXPECT_THAT(job.error(), HasSubstr("10"));
  EXPECT_EQ(ReasonOf(GetModel(server, "active").status()), "NO_ACTIVE_MODEL");
  v1::GetClassMatrixRequest request;
  request.set_parent("workspaces/default");
  EXPECT_EQ(
      ReasonOf(server.Call<v1::ClassMatrix>("PortfolioService/GetClassMatrix", request).status()),
      "NO_SNAPSHOT");
}

TEST(FitTest, MakesAModelActivatesItAndScoresEverybody) {
  PortfolioServer server;
  server.Record(GeneratePurchases(7, kCustomers, 52));
  v1::FitModelRequest request = FitRequest(true);
  request.set_family("BG_NBD");
  request.set_request_id("first");
  const Job job = server.Fit(request);
  ASSERT_EQ(job.state(), Job::STATE_SUCCEEDED) << job.error();
  EXPECT_EQ(job.result(), "workspaces/default/models/1");

  VL_ASSERT_OK_AND_ASSIGN(const v1::Model model, GetModel(server, "active"));
  EXPECT_EQ(model.version(), 1);
  EXPECT_EQ(model.origin(), "FITTED");
  EXPECT_EQ(model.data_last_day(), "2024-12-31");
  ASSERT_EQ(model.parts_size(), 2);
  EXPECT_EQ(model.parts(0).family(), "BG_NBD");
  EXPECT_EQ(model.parts(0).customer_count(), kCustomers);
  EXPECT_LT(model.parts(0).log_likelihood(), 0);
  for (const v1::Parameter& parameter : model.parts(0).parameters()) {
    EXPECT_THAT(parameter.value(), AllOf(Gt(0.0), Lt(1e6))) << parameter.parameter();
  }

  const v1::ClassMatrix matrix = server.WaitForMatrix([](const v1::ClassMatrix& got) {
    return got.snapshot().model_version() == 1 && got.snapshot().reference_version() == 1;
  });
  EXPECT_EQ(matrix.total().customer_count(), kCustomers);
  EXPECT_EQ(matrix.classes_size(), 5);
  int64_t count = 0;
  double expected_value = 0;
  for (const v1::ClassSummary& summary : matrix.classes()) {
    count += summary.customer_count();
    expected_value += summary.expected_value();
  }
  EXPECT_EQ(count, kCustomers);
  EXPECT_NEAR(expected_value, matrix.total().expected_value(),
              1e-9 * std::abs(expected_value) + 1e-9);

  v1::GetConcentrationRequest ask;
  ask.set_parent("workspaces/default");
  VL_ASSERT_OK_AND_ASSIGN(const v1::Concentration concentration,
                          server.Call<v1::Concentration>("PortfolioService/GetConcentration", ask));
  EXPECT_EQ(concentration.customer_count(), kCustomers);
  ASSERT_EQ(concentration.lorenz_size(), 101);
  EXPECT_EQ(concentration.lorenz(0).value_share(), 0);
  EXPECT_EQ(concentration.lorenz(100).customer_share(), 1);
  EXPECT_EQ(concentration.lorenz(100).value_share(), 1);
  EXPECT_GT(concentration.gini(), 0);
  EXPECT_EQ(server.Stop().code, 0);
}

TEST(FitTest, TheSameRequestIsTheSameJob) {
  PortfolioServer server;
  server.Record(GeneratePurchases(8, 60, 52));
  v1::FitModelRequest request = FitRequest(false);
  request.set_request_id("once");
  EXPECT_EQ(server.Fit(request).result(), server.Fit(request).result());
  EXPECT_THAT(GetModel(server, "2"), StatusIs(absl::StatusCode::kNotFound));
  request.set_until("2024-06-30");
  EXPECT_THAT(server.Call<v1::FitModelResponse>("ModelService/FitModel", request),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("request_id")));
  request.set_request_id("");
  request.set_until("2999-01-01");
  EXPECT_THAT(server.Call<v1::FitModelResponse>("ModelService/FitModel", request),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("until")));
}

TEST(FitTest, GivenModelsAreListedNewestFirstAndActivated) {
  PortfolioServer server;
  v1::CreateModelRequest create;
  create.set_parent("workspaces/default");
  const auto add = [&](const std::string& family, const std::string& name, double value) {
    for (v1::ModelPart& part : *create.mutable_model()->mutable_parts()) {
      if (part.family() != family) continue;
      part.add_parameters()->set_parameter(name);
      part.mutable_parameters()->rbegin()->set_value(value);
    }
  };
  create.mutable_model()->add_parts()->set_family("BG_NBD");
  EXPECT_THAT(server.Call<v1::Model>("ModelService/CreateModel", create),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("parameters.r")));
  create.mutable_model()->add_parts()->set_family("GAMMA_GAMMA");
  add("BG_NBD", "r", 0.243);
  add("BG_NBD", "alpha", 4.414);
  add("BG_NBD", "a", 0.793);
  add("BG_NBD", "b", 2.426);
  add("GAMMA_GAMMA", "p", 6.25);
  add("GAMMA_GAMMA", "q", 3.74);
  add("GAMMA_GAMMA", "v", 15.44);
  for (int version = 1; version <= 3; ++version) {
    VL_ASSERT_OK_AND_ASSIGN(const v1::Model model,
                            server.Call<v1::Model>("ModelService/CreateModel", create));
    EXPECT_EQ(model.version(), version);
    EXPECT_EQ(model.origin(), "GIVEN");
  }
  v1::ActivateModelRequest activate;
  activate.set_name("workspaces/default/models/2");
  VL_ASSERT_OK_AND_ASSIGN(const v1::Model active,
                          server.Call<v1::Model>("ModelService/ActivateModel", activate));
  EXPECT_TRUE(active.active());
  v1::ListModelsRequest list;
  list.set_parent("workspaces/default");
  list.set_page_size(2);
  VL_ASSERT_OK_AND_ASSIGN(v1::ListModelsResponse page,
                          server.Call<v1::ListModelsResponse>("ModelService/ListModels", list));
  ASSERT_EQ(page.models_size(), 2);
  EXPECT_EQ(page.models(0).version(), 3);
  EXPECT_TRUE(page.models(1).active());
  list.set_page_token(page.next_page_token());
  VL_ASSERT_OK_AND_ASSIGN(page,
                          server.Call<v1::ListModelsResponse>("ModelService/ListModels", list));
  ASSERT_EQ(page.models_size(), 1);
  EXPECT_EQ(page.models(0).version(), 1);
  EXPECT_EQ(page.next_page_token(), "");
}

// Fader, Hardie and Lee (2005): the sample's maximum, to its last digit in weeks.
TEST(FitTest, FitsCdnowToThePublishedLikelihood) {
  VL_REQUIRE_SHARED_DATA(path, "cdnow_sample_transactions.csv");
  std::vector<v1::Event> events;
  std::istringstream lines(testing::ReadFileOrDie(path));
  std::string line;
  std::getline(lines, line);  // The header.
  while (std::getline(lines, line)) {
    const size_t first = line.find(',');
    const size_t second = line.find(',', first + 1);
    absl::CivilDay day;
    ASSERT_TRUE(absl::ParseCivilTime(line.substr(first + 1, second - first - 1), &day)) << line;
    events.push_back(PurchaseOn(line.substr(0, first), fmt::format("{}", events.size()), day,
                                std::llround(std::stod(line.substr(second + 1)) * 1e6)));
  }
  PortfolioServer server;
  server.Record(events);
  v1::FitModelRequest request = FitRequest(false);
  request.set_family("BG_NBD");
  request.set_until("1997-09-30");
  const Job job = server.Fit(request);
  ASSERT_EQ(job.state(), Job::STATE_SUCCEEDED) << job.error();
  VL_ASSERT_OK_AND_ASSIGN(const v1::Model model, GetModel(server, "1"));
  EXPECT_NEAR(model.parts(0).log_likelihood(), -9582.4292, 0.001);
  EXPECT_EQ(model.parts(0).customer_count(), 2357);
}

}  // namespace
}  // namespace valueloop::scoring
