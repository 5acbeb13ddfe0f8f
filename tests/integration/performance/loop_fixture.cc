#include "integration/performance/loop_fixture.h"

#include <algorithm>

#include "testing/eventually.h"
#include "testing/shared_data.h"
#include "unit/performance/domain/telecom.h"

namespace valueloop::performance {

LoopTest::LoopTest()
    : strategy_(VL_STRATEGY_PROGRAM, {"--drain-timeout", "5s"},
                "unix:" + sockets_.File("strategy")),
      performance_(VL_PERFORMANCE_PROGRAM,
                   {"--drain-timeout", "5s", "--strategy", "unix:" + sockets_.File("strategy"),
                    "--scoring", "unix:" + sockets_.File("scoring")},
                   "unix:" + sockets_.File("performance")) {}

absl::StatusOr<strategy::v1::Plan> LoopTest::PublishTelecom(
    const std::function<void(std::string&)>& edit) {
  std::string source =
      testing::ReadFileOrDie(testing::RepositoryPath("samples/strategy-telecom.yaml"));
  if (edit != nullptr) edit(source);
  strategy::v1::ImportPlanRequest import;
  import.set_parent("workspaces/default");
  import.set_source(source);
  const auto imported = strategy_.Call<strategy::v1::ImportPlanResponse>(
      "valueloop.strategy.v1.StrategyService/ImportPlan", import);
  if (!imported.ok()) return imported.status();
  strategy::v1::PublishPlanRequest publish;
  publish.set_name(imported->plan().name());
  return strategy_.Call<strategy::v1::Plan>("valueloop.strategy.v1.StrategyService/PublishPlan",
                                            publish);
}

std::vector<strategy::v1::Gap> LoopTest::Gaps() {
  strategy::v1::ListGapsRequest request;
  request.set_parent(std::string(kTelecomPlan));
  const auto response = strategy_.Call<strategy::v1::ListGapsResponse>(
      "valueloop.strategy.v1.GapService/ListGaps", request);
  if (!response.ok()) return {};
  return {response->gaps().begin(), response->gaps().end()};
}

absl::StatusOr<v1::ListBindingsResponse> LoopTest::Bindings() {
  v1::ListBindingsRequest request;
  request.set_parent(std::string(kTelecomPlan));
  return performance_.Call<v1::ListBindingsResponse>(
      "valueloop.performance.v1.PerformanceService/ListBindings", request);
}

bool LoopTest::Bound(std::string_view version) {
  return testing::Eventually([&] {
    const auto bindings = Bindings();
    return bindings.ok() && bindings->plan_version() == version;
  });
}

absl::StatusOr<v1::RecordObservationsResponse> LoopTest::Record(
    const v1::RecordObservationsRequest& request) {
  return performance_.Call<v1::RecordObservationsResponse>(
      "valueloop.performance.v1.PerformanceService/RecordObservations", request);
}

absl::StatusOr<v1::EvaluateKpisResponse> LoopTest::Evaluate(
    const v1::EvaluateKpisRequest& request) {
  v1::EvaluateKpisRequest named = request;
  named.set_parent(std::string(kTelecomPlan));
  return performance_.Call<v1::EvaluateKpisResponse>(
      "valueloop.performance.v1.PerformanceService/EvaluateKpis", named);
}

absl::StatusOr<v1::Scorecard> LoopTest::GetScorecard(std::string_view org_unit) {
  v1::GetScorecardRequest request;
  request.set_parent(std::string(kTelecomPlan));
  request.set_org_unit(std::string(org_unit));
  return performance_.Call<v1::Scorecard>(
      "valueloop.performance.v1.PerformanceService/GetScorecard", request);
}

absl::StatusOr<v1::FollowState> LoopTest::GetFollowState() {
  v1::GetFollowStateRequest request;
  request.set_parent("workspaces/default");
  return performance_.Call<v1::FollowState>(
      "valueloop.performance.v1.PerformanceService/GetFollowState", request);
}

std::vector<v1::Observation> LoopTest::Observations(std::string_view kpi) {
  v1::ListObservationsRequest request;
  request.set_parent(std::string(kTelecomPlan));
  request.set_kpi(std::string(kpi));
  request.set_page_size(5);  // Less than most answers have, so that pages are turned.
  std::vector<v1::Observation> observations;
  do {
    const auto page = performance_.Call<v1::ListObservationsResponse>(
        "valueloop.performance.v1.PerformanceService/ListObservations", request);
    EXPECT_TRUE(page.ok()) << page.status();
    if (!page.ok()) break;
    observations.insert(observations.end(), page->observations().begin(),
                        page->observations().end());
    request.set_page_token(page->next_page_token());
  } while (!request.page_token().empty());
  return observations;
}

v1::RecordObservationsRequest RecordRequest(const std::vector<Observation>& history) {
  v1::RecordObservationsRequest request;
  request.set_parent(std::string(kTelecomPlan));
  for (const Observation& observation : history) {
    v1::Observation& row = *request.add_observations();
    row.set_kpi(observation.kpi);
    row.set_period(FiscalCalendar().Format(observation.period));
    if (observation.value) row.set_value(*observation.value);
    if (observation.numerator) row.set_numerator(*observation.numerator);
    if (observation.denominator) row.set_denominator(*observation.denominator);
    if (observation.target_to_date) row.set_target_to_date(*observation.target_to_date);
  }
  return request;
}

v1::RecordObservationsRequest TelecomRequest() {
  v1::RecordObservationsRequest request = RecordRequest(TelecomHistory());
  for (const KpiBinding& binding : {Rev(), Churn(), Arpu()}) {
    v1::SeriesSetting& setting = *request.add_settings();
    setting.set_kpi(binding.kpi);
    if (binding.scale != 1) setting.set_ratio_scale(binding.scale);
    setting.mutable_phased_targets()->Add(binding.period_targets.begin(),
                                          binding.period_targets.end());
  }
  return request;
}

v1::RecordObservationsRequest CareRequest() { return RecordRequest(CareHistory()); }

const v1::Evaluation& Find(const v1::EvaluateKpisResponse& response, std::string_view kpi) {
  const auto found =
      std::find_if(response.evaluations().begin(), response.evaluations().end(),
                   [&](const v1::Evaluation& evaluation) { return evaluation.kpi() == kpi; });
  EXPECT_NE(found, response.evaluations().end()) << kpi;
  return found == response.evaluations().end() ? v1::Evaluation::default_instance() : *found;
}

}  // namespace valueloop::performance
