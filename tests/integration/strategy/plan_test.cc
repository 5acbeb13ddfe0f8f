// Plans through the real program: import, findings with their lines, validation, publication.
#include <string>
#include <vector>

#include "common/status.h"
#include "fmt/format.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "integration/strategy/strategy_process.h"
#include "testing/status_matchers.h"

namespace valueloop::strategy {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::valueloop::testing::StatusIs;

class PlanTest : public ::testing::Test {
 protected:
  absl::StatusOr<v1::ValidationReport> Validate(std::string_view source) {
    v1::ValidatePlanRequest request;
    request.set_parent("workspaces/default");
    request.set_source(std::string(source));
    request.set_file_name("telecom.yaml");
    return strategy_.Call<v1::ValidationReport>(kStrategyService, "ValidatePlan", request);
  }

  // "CODE line" of every error.
  static std::vector<std::string> Errors(const v1::ValidationReport& report) {
    std::vector<std::string> errors;
    for (const v1::Finding& finding : report.findings()) {
      if (finding.severity() != v1::Finding::SEVERITY_ERROR) continue;
      errors.push_back(finding.code() + " " + std::to_string(finding.line()));
    }
    return errors;
  }

  StrategyProcess strategy_;
};

TEST_F(PlanTest, FindsNoErrorInTheTelecomPlan) {
  VL_ASSERT_OK_AND_ASSIGN(const v1::ImportPlanResponse imported, strategy_.Import(TelecomSource()));
  EXPECT_THAT(Errors(imported.report()), IsEmpty());
  EXPECT_EQ(imported.plan().name(), kVersionName);
  EXPECT_EQ(imported.plan().state(), v1::Plan::STATE_DRAFT);
  EXPECT_EQ(imported.plan().name_en(), "Hualan Mobile customer-value strategy 2026-2028");
  EXPECT_EQ(imported.plan().counts().kpi_count(), 23);
  EXPECT_EQ(imported.plan().counts().key_task_count(), 12);
  v1::ValidatePlanRequest request;
  request.set_parent("workspaces/default");
  request.set_name(std::string(kPlanName));
  VL_ASSERT_OK_AND_ASSIGN(
      const v1::ValidationReport report,
      strategy_.Call<v1::ValidationReport>(kStrategyService, "ValidatePlan", request));
  EXPECT_EQ(report.error_count(), 0);
  EXPECT_EQ(strategy_.Get(kPlanName)->state(), v1::Plan::STATE_VALIDATED);
}

TEST_F(PlanTest, PointsAtTheLineOfWhatIsBroken) {
  struct Break {
    std::string_view from;
    std::string_view to;
    std::string_view code;
  };
  const Break breaks[] = {// A weight, a target, a link, an owner and a key, each broken by hand.
                          {"weight: 60, baseline: 40, targets: {2026: 70",
                           "weight: 61, baseline: 40, targets: {2026: 70", "WEIGHT_SUM"},
                          {"weight: 100, baseline: 31.2, targets: {2026: 31.0",
                           "weight: 100, baseline: 31.2, targets: {2026: 31.9", "TARGET_POLARITY"},
                          {"{from: P4, to: F2,", "{from: P4, to: F9,", "DANGLING_REF"},
                          {"owner: p_home, org: MKT", "owner: p_hone, org: MKT", "DANGLING_REF"},
                          {"budget_cap: 430.0", "budget_kap: 430.0", "UNKNOWN_FIELD"}};
  for (const Break& broken : breaks) {
    const std::string source = TelecomWith(broken.from, broken.to);
    VL_ASSERT_OK_AND_ASSIGN(const v1::ValidationReport report, Validate(source));
    EXPECT_THAT(Errors(report),
                Contains(fmt::format("{} {}", broken.code, LineOf(source, broken.to))))
        << broken.to;
  }
}

TEST_F(PlanTest, TellsFindingsInBothLanguages) {
  VL_ASSERT_OK_AND_ASSIGN(const v1::ValidationReport report,
                          Validate(TelecomWith("budget_cap: 430.0", "budget_kap: 430.0")));
  ASSERT_GT(report.findings_size(), 0);
  for (const v1::Finding& finding : report.findings()) {
    EXPECT_NE(finding.message_zh(), "") << finding.code();
    EXPECT_NE(finding.message_en(), "") << finding.code();
    EXPECT_NE(finding.fix_zh(), finding.fix_en()) << finding.code();
    EXPECT_EQ(finding.file_name(), "telecom.yaml");
  }
}

TEST_F(PlanTest, KeepsNothingOfAnUnreadableSource) {
  VL_ASSERT_OK_AND_ASSIGN(const v1::ImportPlanResponse imported,
                          strategy_.Import("meta: {id: HL-2026\n\xff"));
  EXPECT_FALSE(imported.has_plan());
  EXPECT_GT(imported.report().error_count(), 0);
  EXPECT_THAT(strategy_.Get(kPlanName), StatusIs(absl::StatusCode::kNotFound));
}

TEST_F(PlanTest, KeepsNothingWhenItOnlyValidates) {
  v1::ImportPlanRequest request;
  request.set_parent("workspaces/default");
  request.set_source(TelecomSource());
  request.set_validate_only(true);
  VL_ASSERT_OK_AND_ASSIGN(
      const v1::ImportPlanResponse response,
      strategy_.Call<v1::ImportPlanResponse>(kStrategyService, "ImportPlan", request));
  EXPECT_EQ(response.plan().plan_id(), "HL-2026");
  EXPECT_EQ(response.plan().name(), "");
  EXPECT_THAT(strategy_.Get(kPlanName), StatusIs(absl::StatusCode::kNotFound));
}

TEST_F(PlanTest, RefusesToPublishAPlanWithErrors) {
  VL_ASSERT_OK(strategy_.Import(TelecomWith("budget_cap: 430.0", "budget_kap: 430.0")));
  const absl::Status status = strategy_.Publish(kPlanName).status();
  EXPECT_THAT(status, StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("want no error")));
  EXPECT_EQ(ReasonOf(status), "PLAN_HAS_ERRORS");
  EXPECT_THAT(std::string(status.message()), HasSubstr(kVersionName));
  EXPECT_EQ(strategy_.Get(kPlanName)->state(), v1::Plan::STATE_DRAFT);
}

TEST_F(PlanTest, PublishesOnceHoweverOftenItIsAsked) {
  VL_ASSERT_OK_AND_ASSIGN(const v1::Plan published, strategy_.PublishTelecom("1"));
  EXPECT_EQ(published.state(), v1::Plan::STATE_PUBLISHED);
  VL_ASSERT_OK_AND_ASSIGN(const v1::Plan again, strategy_.Publish(kPlanName));
  EXPECT_EQ(again.SerializeAsString(), published.SerializeAsString());
}

TEST_F(PlanTest, AnswersARepeatedPublicationWithItsOwnVersion) {
  VL_ASSERT_OK(strategy_.Import(TelecomSource()));
  VL_ASSERT_OK(strategy_.Publish(kPlanName, "publish-1"));
  VL_ASSERT_OK(strategy_.Import(TelecomSource() + "# next year\n"));
  VL_ASSERT_OK_AND_ASSIGN(const v1::Plan repeated, strategy_.Publish(kPlanName, "publish-1"));
  EXPECT_EQ(repeated.version(), 1);
  EXPECT_EQ(strategy_.Get(kPlanName)->state(), v1::Plan::STATE_DRAFT);
}

TEST_F(PlanTest, SupersedesAPublishedVersionWithoutChangingIt) {
  VL_ASSERT_OK(strategy_.PublishTelecom("1"));
  VL_ASSERT_OK(strategy_.PublishTelecom("2"));
  EXPECT_EQ(strategy_.Get(kVersionName)->state(), v1::Plan::STATE_SUPERSEDED);
  EXPECT_EQ(strategy_.Get(kPlanName)->version(), 2);
  v1::ExportPlanRequest request;
  request.set_name(std::string(kVersionName));
  VL_ASSERT_OK_AND_ASSIGN(
      const v1::ExportPlanResponse exported,
      strategy_.Call<v1::ExportPlanResponse>(kStrategyService, "ExportPlan", request));
  EXPECT_EQ(exported.source(), TelecomSource() + "# 1\n");
}

TEST_F(PlanTest, RefusesAnEtagThatIsOld) {
  VL_ASSERT_OK_AND_ASSIGN(const v1::ImportPlanResponse first, strategy_.Import(TelecomSource()));
  VL_ASSERT_OK(strategy_.Import(TelecomSource() + "# somebody else's\n"));
  v1::PublishPlanRequest request;
  request.set_name(std::string(kPlanName));
  request.set_etag(first.plan().etag());
  EXPECT_THAT(strategy_.Call<v1::Plan>(kStrategyService, "PublishPlan", request),
              StatusIs(absl::StatusCode::kAborted, HasSubstr("etag")));
}

TEST_F(PlanTest, ListsPlansAndFindingCodes) {
  VL_ASSERT_OK(strategy_.Import(TelecomSource()));
  v1::ListPlansRequest request;
  request.set_parent("workspaces/default");
  VL_ASSERT_OK_AND_ASSIGN(
      const v1::ListPlansResponse plans,
      strategy_.Call<v1::ListPlansResponse>(kStrategyService, "ListPlans", request));
  ASSERT_EQ(plans.plans_size(), 1);
  EXPECT_EQ(plans.next_page_token(), "");
  VL_ASSERT_OK_AND_ASSIGN(const auto codes,
                          strategy_.Call<v1::ListFindingCodesResponse>(
                              kStrategyService, "ListFindingCodes", v1::ListFindingCodesRequest()));
  EXPECT_GT(codes.finding_codes_size(), 60);
}

TEST_F(PlanTest, TakesASourceOfManyMegabytesAndRefusesMore) {
  const std::string line = "# " + std::string(1021, 'x') + "\n";
  std::string source = TelecomSource();
  while (source.size() < (size_t{20} << 20)) source += line;
  VL_ASSERT_OK_AND_ASSIGN(const v1::ImportPlanResponse imported, strategy_.Import(source));
  EXPECT_EQ(imported.report().error_count(), 0);
  v1::ExportPlanRequest request;
  request.set_name(imported.plan().name());
  VL_ASSERT_OK_AND_ASSIGN(
      const v1::ExportPlanResponse exported,
      strategy_.Call<v1::ExportPlanResponse>(kStrategyService, "ExportPlan", request));
  EXPECT_TRUE(exported.source() == source);
  while (source.size() < (size_t{33} << 20)) source += line;
  EXPECT_THAT(strategy_.Import(source), StatusIs(absl::StatusCode::kResourceExhausted));
}

TEST_F(PlanTest, NamesTheFieldOfAUsersMistake) {
  EXPECT_THAT(strategy_.Import(""),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("source")));
  EXPECT_THAT(strategy_.Get("plans/HL-2026"),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("name")));
  EXPECT_THAT(strategy_.Get("workspaces/nowhere/plans/HL-2026"),
              StatusIs(absl::StatusCode::kNotFound));
  EXPECT_THAT(Validate(""), StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("source")));
}

}  // namespace
}  // namespace valueloop::strategy
