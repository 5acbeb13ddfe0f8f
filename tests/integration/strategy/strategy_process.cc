#include "integration/strategy/strategy_process.h"

#include <algorithm>

#include "gtest/gtest.h"
#include "testing/shared_data.h"

namespace valueloop::strategy {

StrategyProcess::StrategyProcess()
    : ServiceProcess(VL_STRATEGY_PROGRAM, {"--drain-timeout", "5s"}) {
  Start();
}

absl::StatusOr<v1::ImportPlanResponse> StrategyProcess::Import(std::string_view source) {
  v1::ImportPlanRequest request;
  request.set_parent("workspaces/default");
  request.set_source(std::string(source));
  request.set_file_name("telecom.yaml");
  return Call<v1::ImportPlanResponse>(kStrategyService, "ImportPlan", request);
}

absl::StatusOr<v1::Plan> StrategyProcess::Publish(std::string_view name,
                                                  std::string_view request_id) {
  v1::PublishPlanRequest request;
  request.set_name(std::string(name));
  request.set_request_id(std::string(request_id));
  return Call<v1::Plan>(kStrategyService, "PublishPlan", request);
}

absl::StatusOr<v1::Plan> StrategyProcess::Get(std::string_view name) {
  v1::GetPlanRequest request;
  request.set_name(std::string(name));
  return Call<v1::Plan>(kStrategyService, "GetPlan", request);
}

absl::StatusOr<v1::Plan> StrategyProcess::PublishTelecom(std::string_view comment) {
  const auto imported = Import(TelecomSource() + "# " + std::string(comment) + "\n");
  if (!imported.ok()) return imported.status();
  return Publish(imported->plan().name());
}

std::string TelecomSource() {
  return testing::ReadFileOrDie(testing::RepositoryPath("samples/strategy-telecom.yaml"));
}

std::string TelecomWith(std::string_view from, std::string_view to) {
  std::string source = TelecomSource();
  const size_t at = source.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  if (at == std::string::npos) return source;
  EXPECT_EQ(source.find(from, at + 1), std::string::npos) << from << " stands there twice";
  return source.replace(at, from.size(), to);
}

int LineOf(std::string_view source, std::string_view text) {
  const size_t at = source.find(text);
  EXPECT_NE(at, std::string_view::npos) << text;
  if (at == std::string_view::npos) return 0;
  return 1 + static_cast<int>(std::count(source.begin(), source.begin() + at, '\n'));
}

}  // namespace valueloop::strategy
