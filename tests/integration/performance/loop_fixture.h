// The real valueloop-performance and valueloop-strategy as child processes, and a scoring service
// in the test's own process, on unix sockets that stay the same across restarts.
#ifndef VALUELOOP_TESTS_INTEGRATION_PERFORMANCE_LOOP_FIXTURE_H_
#define VALUELOOP_TESTS_INTEGRATION_PERFORMANCE_LOOP_FIXTURE_H_

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "performance/domain/observation.h"
#include "testing/service_process.h"
#include "testing/status_matchers.h"
#include "testing/temp_dir.h"
#include "valueloop/performance/v1/performance.pb.h"
#include "valueloop/strategy/v1/gap.pb.h"
#include "valueloop/strategy/v1/plan.pb.h"

namespace valueloop::performance {

inline constexpr std::string_view kTelecomPlan = "workspaces/default/plans/HL-2026";
inline constexpr std::string_view kTelecomVersion = "workspaces/default/plans/HL-2026/versions/1";

class LoopTest : public ::testing::Test {
 protected:
  LoopTest();

  // Imports and publishes samples/strategy-telecom.yaml, changed by `edit`.
  absl::StatusOr<strategy::v1::Plan> PublishTelecom(
      const std::function<void(std::string&)>& edit = nullptr);
  std::vector<strategy::v1::Gap> Gaps();

  absl::StatusOr<v1::ListBindingsResponse> Bindings();
  // Waits until the version is bound.
  bool Bound(std::string_view version = kTelecomVersion);
  absl::StatusOr<v1::RecordObservationsResponse> Record(
      const v1::RecordObservationsRequest& request);
  absl::StatusOr<v1::EvaluateKpisResponse> Evaluate(
      const v1::EvaluateKpisRequest& request = v1::EvaluateKpisRequest());
  absl::StatusOr<v1::Scorecard> GetScorecard(std::string_view org_unit = "");
  absl::StatusOr<v1::FollowState> GetFollowState();
  std::vector<v1::Observation> Observations(std::string_view kpi);

  testing::TempDir sockets_;
  testing::ServiceProcess strategy_;
  testing::ServiceProcess performance_;
};

// A request that records `history` on the telecom plan.
v1::RecordObservationsRequest RecordRequest(const std::vector<Observation>& history);
// The plan's own half year: eight series, with the settings of the file.
v1::RecordObservationsRequest TelecomRequest();
// The series of samples/telecom-observations-red.yaml.
v1::RecordObservationsRequest CareRequest();

const v1::Evaluation& Find(const v1::EvaluateKpisResponse& response, std::string_view kpi);

}  // namespace valueloop::performance

#endif  // VALUELOOP_TESTS_INTEGRATION_PERFORMANCE_LOOP_FIXTURE_H_
