// valueloop-strategy as a child process, and the calls its tests make.
#ifndef VALUELOOP_TESTS_INTEGRATION_STRATEGY_STRATEGY_PROCESS_H_
#define VALUELOOP_TESTS_INTEGRATION_STRATEGY_STRATEGY_PROCESS_H_

#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "testing/service_process.h"
#include "valueloop/strategy/v1/gap.pb.h"
#include "valueloop/strategy/v1/plan.pb.h"

namespace valueloop::strategy {

inline constexpr std::string_view kStrategyService = "valueloop.strategy.v1.StrategyService/";
inline constexpr std::string_view kGapService = "valueloop.strategy.v1.GapService/";
inline constexpr std::string_view kPlanName = "workspaces/default/plans/HL-2026";
inline constexpr std::string_view kVersionName = "workspaces/default/plans/HL-2026/versions/1";

class StrategyProcess : public testing::ServiceProcess {
 public:
  // Starts it; the test fails if it does not serve.
  StrategyProcess();

  // One call of StrategyService or GapService.
  template <typename Response>
  absl::StatusOr<Response> Call(std::string_view service, std::string_view method,
                                const google::protobuf::Message& request) {
    return ServiceProcess::Call<Response>(std::string(service) + std::string(method), request);
  }

  absl::StatusOr<v1::ImportPlanResponse> Import(std::string_view source);
  absl::StatusOr<v1::Plan> Publish(std::string_view name, std::string_view request_id = "");
  absl::StatusOr<v1::Plan> Get(std::string_view name);
  // Imports and publishes the telecom plan with a comment that makes its bytes differ.
  absl::StatusOr<v1::Plan> PublishTelecom(std::string_view comment);
};

// samples/strategy-telecom.yaml.
std::string TelecomSource();
// The same with its only `from` replaced; ends the test if there is none, or more than one.
std::string TelecomWith(std::string_view from, std::string_view to);
// The line, from 1, on which `text` first stands.
int LineOf(std::string_view source, std::string_view text);

}  // namespace valueloop::strategy

#endif  // VALUELOOP_TESTS_INTEGRATION_STRATEGY_STRATEGY_PROCESS_H_
