// valueloop-strategy as a child process, and the calls its tests make.
#ifndef VALUELOOP_TESTS_INTEGRATION_STRATEGY_STRATEGY_PROCESS_H_
#define VALUELOOP_TESTS_INTEGRATION_STRATEGY_STRATEGY_PROCESS_H_

#include <memory>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/rpc/client.h"
#include "testing/child_process.h"
#include "testing/temp_dir.h"
#include "valueloop/strategy/v1/gap.pb.h"
#include "valueloop/strategy/v1/plan.pb.h"

namespace valueloop::strategy {

inline constexpr std::string_view kStrategyService = "valueloop.strategy.v1.StrategyService/";
inline constexpr std::string_view kGapService = "valueloop.strategy.v1.GapService/";
inline constexpr std::string_view kPlanName = "workspaces/default/plans/HL-2026";
inline constexpr std::string_view kVersionName = "workspaces/default/plans/HL-2026/versions/1";

// The program with a data folder of its own, which outlives its restarts.
class StrategyProcess {
 public:
  // Starts it; the test ends if it does not serve.
  StrategyProcess();

  void Start();
  void Kill();                         // SIGKILL.
  testing::ChildProcess::Exit Stop();  // SIGTERM.
  rpc::Channel& channel() { return *channel_; }

  // One call of StrategyService or GapService.
  template <typename Response, typename Request>
  absl::StatusOr<Response> Call(std::string_view service, std::string_view method,
                                const Request& request) {
    Response response;
    absl::Status status =
        channel_->Call(std::string(service) + std::string(method), request, &response);
    if (!status.ok()) return status;
    return response;
  }

  absl::StatusOr<v1::ImportPlanResponse> Import(std::string_view source);
  absl::StatusOr<v1::Plan> Publish(std::string_view name, std::string_view request_id = "");
  absl::StatusOr<v1::Plan> Get(std::string_view name);
  // Imports and publishes the telecom plan with a comment that makes its bytes differ.
  absl::StatusOr<v1::Plan> PublishTelecom(std::string_view comment);

 private:
  testing::TempDir folder_;
  std::unique_ptr<testing::ChildProcess> process_;
  std::unique_ptr<rpc::Channel> channel_;
  std::string metrics_address_;
};

// samples/strategy-telecom.yaml.
std::string TelecomSource();
// The same with its only `from` replaced; ends the test if there is none, or more than one.
std::string TelecomWith(std::string_view from, std::string_view to);
// The line, from 1, on which `text` first stands.
int LineOf(std::string_view source, std::string_view text);

}  // namespace valueloop::strategy

#endif  // VALUELOOP_TESTS_INTEGRATION_STRATEGY_STRATEGY_PROCESS_H_
