#include "testing/service_process.h"

#include <cstdlib>
#include <sstream>
#include <utility>

#include "gtest/gtest.h"
#include "testing/http.h"
#include "testing/status_matchers.h"

namespace valueloop::testing {

ServiceProcess::ServiceProcess(std::string program, std::vector<std::string> arguments,
                               std::string listen_address)
    : program_(std::move(program)),
      arguments_(std::move(arguments)),
      listen_address_(std::move(listen_address)) {}

void ServiceProcess::Start() {
  channel_.reset();
  process_.reset();
  std::vector<std::string> arguments = {
      program_,      "--listen-address", listen_address_, "--metrics-address",
      "127.0.0.1:0", "--data-dir",       data_.path()};
  arguments.insert(arguments.end(), arguments_.begin(), arguments_.end());
  auto process = ChildProcess::Start(arguments);
  ASSERT_THAT(process, IsOk());
  process_ = *std::move(process);
  ASSERT_TRUE(process_->WaitForOutput("\n")) << "does not serve: " << process_->Errors();
  std::istringstream line(process_->Output());
  std::string word;
  line >> word >> address_ >> word >> metrics_address_;
  auto channel = rpc::Channel::Create(address_);
  ASSERT_THAT(channel, IsOk());
  channel_ = *std::move(channel);
  ASSERT_THAT(channel_->WaitReady(absl::Seconds(20)), IsOk());
}

ChildProcess::Exit ServiceProcess::Kill() { return process_->Kill(); }

ChildProcess::Exit ServiceProcess::Stop() { return process_->Stop(); }

std::string ServiceProcess::Scrape() const { return HttpGet(metrics_address_, "/metrics"); }

double ServiceProcess::Metric(std::string_view sample) const {
  std::istringstream lines(Scrape());
  for (std::string line; std::getline(lines, line);) {
    if (line.rfind(sample, 0) != 0 || line.size() <= sample.size() || line[sample.size()] != ' ') {
      continue;
    }
    return std::strtod(line.c_str() + sample.size(), nullptr);
  }
  return -1;
}

}  // namespace valueloop::testing
