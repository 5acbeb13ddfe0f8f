// Choosing a family, comparing versions, activating one and monitoring it, through the service.
#include <cmath>
#include <memory>
#include <string>
#include <vector>

#include "common/status.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "integration/scoring_portfolio/portfolio_server.h"
#include "testing/status_matchers.h"

namespace valueloop::scoring {
namespace {

using common::v1::Job;
using ::testing::HasSubstr;
using testing::StatusIs;

constexpr int kCustomers = 300;

std::string NameOf(const std::string& version) { return "workspaces/default/models/" + version; }

absl::StatusOr<v1::Model> GetModel(PortfolioServer& server, const std::string& version) {
  v1::GetModelRequest request;
  request.set_name(NameOf(version));
  return server.Call<v1::Model>("ModelService/GetModel", request);
}

absl::StatusOr<v1::ModelEvaluation> Evaluate(PortfolioServer& server, const std::string& version,
                                             int holdout_days, const std::string& until) {
  v1::EvaluateModelRequest request;
  request.set_name(NameOf(version));
  request.set_holdout_days(holdout_days);
  request.set_until(until);
  return server.Call<v1::ModelEvaluation>("ModelService/EvaluateModel", request);
}

absl::StatusOr<v1::ModelComparison> Compare(PortfolioServer& server, const std::string& version,
                                            const std::string& other, int mover_count = 0) {
  v1::CompareModelsRequest request;
  request.set_name(NameOf(version));
  request.set_other(NameOf(other));
  request.set_as_of("2024-12-31");
  request.set_mover_count(mover_count);
  return server.Call<v1::ModelComparison>("ModelService/CompareModels", request);
}

absl::StatusOr<v1::ModelMonitor> Monitor(PortfolioServer& server, const std::string& version,
                                         const std::string& since = "",
                                         const std::string& as_of = "") {
  v1::MonitorModelRequest request;
  request.set_name(NameOf(version));
  request.set_since(since);
  request.set_as_of(as_of);
  return server.Call<v1::ModelMonitor>("ModelService/MonitorModel", request);
}

// Customers who buy often and never leave, unlike those of the tests.
absl::StatusOr<v1::Model> CreateBusyModel(PortfolioServer& server) {
  v1::CreateModelRequest create;
  create.set_parent("workspaces/default");
  const auto add = [&](const std::string& family,
                       const std::vector<std::pair<std::string, double>>& parameters) {
    v1::ModelPart& part = *create.mutable_model()->add_parts();
    part.set_family(family);
    for (const auto& [name, value] : parameters) {
      v1::Parameter& parameter = *part.add_parameters();
      parameter.set_parameter(name);
      parameter.set_value(value);
    }
  };
  add("BG_NBD", {{"r", 2}, {"alpha", 2}, {"a", 0.01}, {"b", 10}});
  add("GAMMA_GAMMA", {{"p", 6.25}, {"q", 3.74}, {"v", 15.44}});
  return server.Call<v1::Model>("ModelService/CreateModel", create);
}

TEST(ChoiceTest, AFittedModelSaysWhyItHasItsFamily) {
  PortfolioServer server;
  server.Record(GeneratePurchases(7, kCustomers, 52));
  const Job automatic = server.Fit(FitRequest(false));
  ASSERT_EQ(automatic.state(), Job::STATE_SUCCEEDED) << automatic.error();
  VL_ASSERT_OK_AND_ASSIGN(const v1::Model model, GetModel(server, "1"));
  const v1::ModelChoice& choice = model.choice();
  EXPECT_EQ(choice.basis(), "HOLDOUT");
  EXPECT_EQ(choice.family(), model.parts(0).family());
  EXPECT_THAT(choice.reason_en(), HasSubstr(choice.family()));
  EXPECT_THAT(choice.reason_zh(), HasSubstr(choice.family()));
  ASSERT_GE(choice.evaluations_size(), 1);
  EXPECT_EQ(choice.evaluations(0).family(), choice.family());
  const v1::HoldoutEvaluation& holdout = choice.evaluations(0).holdout();
  // A third of 366 days.
  EXPECT_EQ(holdout.holdout_days(), 122);
  EXPECT_EQ(holdout.calibration_last_day(), "2024-08-31");
  EXPECT_EQ(holdout.holdout_last_day(), "2024-12-31");
  EXPECT_EQ(holdout.customer_count() + holdout.late_customer_count(), kCustomers);
  ASSERT_EQ(holdout.tracking_size(), 18);
  EXPECT_EQ(holdout.tracking(17).actual_count(), holdout.actual_count());
  EXPECT_EQ(holdout.frequencies_size(), 8);
  EXPECT_EQ(holdout.intervals_size(), 2);

  v1::FitModelRequest asked = FitRequest(false);
  asked.set_family("BG_NBD");
  asked.set_holdout_days(91);
  ASSERT_EQ(server.Fit(asked).state(), Job::STATE_SUCCEEDED);
  VL_ASSERT_OK_AND_ASSIGN(const v1::Model second, GetModel(server, "2"));
  EXPECT_EQ(second.choice().basis(), "ASKED");
  ASSERT_EQ(second.choice().evaluations_size(), 1);
  EXPECT_EQ(second.choice().evaluations(0).holdout().holdout_days(), 91);

  v1::FitModelRequest without = FitRequest(false);
  without.set_without_holdout(true);
  ASSERT_EQ(server.Fit(without).state(), Job::STATE_SUCCEEDED);
  VL_ASSERT_OK_AND_ASSIGN(const v1::Model third, GetModel(server, "3"));
  EXPECT_EQ(third.choice().basis(), "LIKELIHOOD");
  EXPECT_FALSE(third.choice().evaluations(0).has_holdout());

  // A list is short: without the trials.
  v1::ListModelsRequest list;
  list.set_parent("workspaces/default");
  VL_ASSERT_OK_AND_ASSIGN(const v1::ListModelsResponse page,
                          server.Call<v1::ListModelsResponse>("ModelService/ListModels", list));
  ASSERT_EQ(page.models_size(), 3);
  EXPECT_EQ(page.models(0).choice().evaluations_size(), 0);
  EXPECT_NE(page.models(0).choice().reason_en(), "");
}

TEST(ChoiceTest, DataTooShortForAHoldoutAreSaidToBe) {
  PortfolioServer server;
  std::vector<v1::Event> events;
  for (int i = 0; i < 40; ++i) {
    const std::string id = "c" + std::to_string(i);
    for (int k = 0; k <= i % 4; ++k) {
      events.push_back(PurchaseOn(id, id + "-" + std::to_string(k),
                                  absl::CivilDay(2024, 1, 1) + i % 3 + k * (2 + i % 3),
                                  (10 + i) * 1'000'000));
    }
  }
  server.Record(events);
  v1::FitModelRequest request = FitRequest(false);
  request.set_until("2024-01-20");
  const Job job = server.Fit(request);
  ASSERT_EQ(job.state(), Job::STATE_SUCCEEDED) << job.error();
  VL_ASSERT_OK_AND_ASSIGN(const v1::Model model, GetModel(server, "1"));
  EXPECT_EQ(model.choice().basis(), "LIKELIHOOD");
  EXPECT_THAT(model.choice().reason_en(), HasSubstr("the 20 days of data are too few"));
  EXPECT_THAT(model.choice().reason_zh(), HasSubstr("20 天"));

  request.set_holdout_days(20);
  const Job too_long = server.Fit(request);
  EXPECT_EQ(too_long.state(), Job::STATE_FAILED);
  EXPECT_THAT(too_long.error(), HasSubstr("holdout_days: got 20"));
}

TEST(ChoiceTest, AFitRefusesWhatItCannotMean) {
  PortfolioServer server;
  const auto refused = [&](const v1::FitModelRequest& request) {
    return server.Call<v1::FitModelResponse>("ModelService/FitModel", request).status();
  };
  v1::FitModelRequest request = FitRequest(false);
  request.set_family("NBD");
  EXPECT_THAT(refused(request), StatusIs(absl::StatusCode::kInvalidArgument,
                                         HasSubstr("family: got NBD, want auto, BG_NBD")));
  request = FitRequest(false);
  request.set_holdout_days(-1);
  EXPECT_THAT(refused(request),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("holdout_days: got -1")));
  request.set_holdout_days(10);
  request.set_without_holdout(true);
  EXPECT_THAT(refused(request),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("without_holdout")));
  request = FitRequest(false);
  request.set_l2_penalty(-0.1);
  EXPECT_THAT(refused(request),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("l2_penalty")));
}

TEST(ChoiceTest, VersionsAreComparedBeforeOneIsActivatedAndMonitoredAfter) {
  PortfolioServer server;
  server.Record(GeneratePurchases(7, kCustomers, 52));
  EXPECT_EQ(ReasonOf(Monitor(server, "active").status()), "NO_ACTIVE_MODEL");
  EXPECT_EQ(ReasonOf(Compare(server, "active", "1").status()), "NO_ACTIVE_MODEL");
  ASSERT_EQ(server.Fit(FitRequest(false)).state(), Job::STATE_SUCCEEDED);
  VL_ASSERT_OK_AND_ASSIGN(const v1::Model busy, CreateBusyModel(server));
  EXPECT_EQ(busy.version(), 2);

  // Neither is active, no reference was taken yet: the one's expected values stand in.
  VL_ASSERT_OK_AND_ASSIGN(const v1::ModelComparison comparison, Compare(server, "1", "2", 5));
  EXPECT_EQ(comparison.reference_version(), 0);
  EXPECT_EQ(comparison.customer_count(), kCustomers);
  ASSERT_EQ(comparison.shifts_size(), 25);
  int64_t customers = 0;
  int64_t moved = 0;
  double expected = 0;
  for (const v1::ClassShift& shift : comparison.shifts()) {
    customers += shift.customer_count();
    if (shift.from() != shift.to()) moved += shift.customer_count();
    expected += shift.other_expected_value();
  }
  EXPECT_EQ(customers, kCustomers);
  EXPECT_EQ(moved, comparison.moved_count());
  EXPECT_NEAR(expected, comparison.other_expected_value(), 1e-9 * std::abs(expected));
  EXPECT_GT(comparison.absolute_change(), 0);
  ASSERT_EQ(comparison.movers_size(), 5);
  for (int i = 1; i < 5; ++i) {
    const auto change = [&](int k) {
      return std::abs(comparison.movers(k).other_expected_value() -
                      comparison.movers(k).expected_value());
    };
    EXPECT_GE(change(i - 1), change(i));
  }
  EXPECT_THAT(Compare(server, "1", "1"),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("another version than 1")));
  EXPECT_THAT(Compare(server, "1", "9"), StatusIs(absl::StatusCode::kNotFound));
  EXPECT_THAT(Compare(server, "1", "2", -1),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("mover_count")));

  VL_ASSERT_OK_AND_ASSIGN(const v1::ModelEvaluation seen, Evaluate(server, "1", 91, "2024-12-31"));
  EXPECT_TRUE(seen.seen());
  EXPECT_EQ(seen.holdout().holdout_days(), 91);
  VL_ASSERT_OK_AND_ASSIGN(const v1::ModelEvaluation given, Evaluate(server, "2", 91, "2024-12-31"));
  EXPECT_FALSE(given.seen());
  EXPECT_EQ(given.holdout().actual_count(), seen.holdout().actual_count());
  EXPECT_LT(given.holdout().log_likelihood(), seen.holdout().log_likelihood());
  EXPECT_THAT(Evaluate(server, "1", 366, "2024-12-31"),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("the 366 days of the data")));
  EXPECT_THAT(Evaluate(server, "1", -1, "2024-12-31"),
              StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_EQ(ReasonOf(Evaluate(server, "1", 0, "2024-01-05").status()), "NOT_ENOUGH_DATA");
  EXPECT_THAT(Evaluate(server, "7", 91, "2024-12-31"), StatusIs(absl::StatusCode::kNotFound));

  EXPECT_EQ(ReasonOf(Monitor(server, "1").status()), "NEVER_ACTIVATED");
  v1::ActivateModelRequest activate;
  activate.set_name(NameOf("1"));
  VL_EXPECT_OK(server.Call<v1::Model>("ModelService/ActivateModel", activate).status());
  VL_ASSERT_OK_AND_ASSIGN(const v1::ModelMonitor today, Monitor(server, "active"));
  EXPECT_EQ(today.model(), NameOf("1"));
  EXPECT_FALSE(today.has_known_customers());
  EXPECT_EQ(today.advice(), "KEEP");
  EXPECT_EQ(today.reasons(0).code(), "TOO_EARLY");

  VL_ASSERT_OK_AND_ASSIGN(const v1::ModelMonitor autumn,
                          Monitor(server, "1", "2024-08-31", "2024-12-31"));
  EXPECT_EQ(autumn.since(), "2024-08-31");
  EXPECT_EQ(autumn.known_customers().holdout_days(), 122);
  EXPECT_EQ(autumn.known_customers().customer_count() + autumn.new_customer_count(), kCustomers);
  EXPECT_GT(autumn.actual_count(), 0);
  EXPECT_GT(autumn.expected_count(), 0);
  ASSERT_EQ(autumn.drifts_size(), 4);
  // The data it was fitted to are the data of today.
  for (const v1::InputDrift& drift : autumn.drifts()) {
    EXPECT_EQ(drift.level(), "STABLE") << drift.input();
    EXPECT_NEAR(drift.stability_index(), 0, 1e-12);
  }
  VL_ASSERT_OK_AND_ASSIGN(const v1::ModelMonitor wrong,
                          Monitor(server, "2", "2024-08-31", "2024-12-31"));
  EXPECT_EQ(wrong.advice(), "REFIT");
  EXPECT_NE(wrong.reasons(0).text_zh(), "");
  EXPECT_THAT(Monitor(server, "1", "2024-12-31", "2024-08-31"),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("as_of: got 2024-08-31")));
  EXPECT_THAT(Monitor(server, "1", "2024-13-31"),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("since")));
}

TEST(ChoiceTest, ExportsWhatAFitIsMadeFrom) {
  PortfolioServer server;
  server.Record(GeneratePurchases(7, kCustomers, 52));
  v1::ExportModelDataRequest request;
  request.set_parent("workspaces/default");
  request.set_until("2024-12-31");
  const auto read = [&](std::vector<v1::ExportModelDataResponse>& rows) {
    const std::unique_ptr<rpc::ClientStream> stream =
        server.channel().OpenStream("valueloop.scoring.v1.ModelService/ExportModelData");
    stream->Write(request);
    stream->WritesDone();
    for (v1::ExportModelDataResponse row; stream->Read(row);) rows.push_back(row);
    return stream->Finish();
  };
  std::vector<v1::ExportModelDataResponse> rows;
  VL_EXPECT_OK(read(rows));
  ASSERT_EQ(rows.size(), static_cast<size_t>(kCustomers));
  for (size_t i = 0; i < rows.size(); ++i) {
    if (i > 0) {
      EXPECT_LT(rows[i - 1].customer_id(), rows[i].customer_id());
    }
    EXPECT_LE(rows[i].last_weeks(), rows[i].age_weeks());
    EXPECT_EQ(rows[i].repeat_count() == 0, rows[i].last_weeks() == 0);
    EXPECT_EQ(rows[i].spend_count() == 0, rows[i].mean_spend() == 0);
  }
  request.set_until("2999-01-01");
  EXPECT_THAT(read(rows), StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("until")));
  request.set_until("");
  request.set_parent("workspaces/nowhere");
  EXPECT_THAT(read(rows), StatusIs(absl::StatusCode::kNotFound));
}

}  // namespace
}  // namespace valueloop::scoring
