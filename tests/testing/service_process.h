#ifndef VALUELOOP_TESTS_TESTING_SERVICE_PROCESS_H_
#define VALUELOOP_TESTS_TESTING_SERVICE_PROCESS_H_

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/rpc/client.h"
#include "google/protobuf/message.h"
#include "testing/child_process.h"
#include "testing/temp_dir.h"

namespace valueloop::testing {

// One of our service programs, with a data folder that outlives its restarts.
class ServiceProcess {
 public:
  // `arguments` beside the addresses and the data folder. Each start listens on free ports of
  // 127.0.0.1, unless `listen_address` names one to keep, such as unix:/path. Start() it.
  explicit ServiceProcess(std::string program, std::vector<std::string> arguments = {},
                          std::string listen_address = "127.0.0.1:0");

  // Returns when it serves; the test fails if it does not.
  void Start();
  ChildProcess::Exit Kill();  // SIGKILL.
  ChildProcess::Exit Stop();  // SIGTERM.

  rpc::Channel& channel() { return *channel_; }
  // Where it serves, once it is started.
  const std::string& address() const { return address_; }
  const std::string& metrics_address() const { return metrics_address_; }
  const std::string& data_dir() const { return data_.path(); }
  std::string Errors() const { return process_->Errors(); }

  // One unary call, such as Call<v1::Score>("valueloop.scoring.v1.ScoreService/GetScore", request).
  template <typename Response>
  absl::StatusOr<Response> Call(std::string_view method, const google::protobuf::Message& request) {
    Response response;
    absl::Status status = channel_->Call(method, request, &response);
    if (!status.ok()) return status;
    return response;
  }

  // The text of /metrics.
  std::string Scrape() const;
  // The value of the sample whose line begins with `sample`, such as `x_total{level="2"}`; -1 if
  // there is none.
  double Metric(std::string_view sample) const;

 private:
  const std::string program_;
  const std::vector<std::string> arguments_;
  const std::string listen_address_;
  TempDir data_;
  std::string address_;
  std::string metrics_address_;
  std::unique_ptr<ChildProcess> process_;
  std::unique_ptr<rpc::Channel> channel_;
};

}  // namespace valueloop::testing

#endif  // VALUELOOP_TESTS_TESTING_SERVICE_PROCESS_H_
