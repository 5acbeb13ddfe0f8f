// valueloop-scoring as a child process, and the calls the portfolio's tests make.
#ifndef VALUELOOP_TESTS_INTEGRATION_SCORING_PORTFOLIO_PORTFOLIO_SERVER_H_
#define VALUELOOP_TESTS_INTEGRATION_SCORING_PORTFOLIO_PORTFOLIO_SERVER_H_

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/civil_time.h"
#include "common/rpc/client.h"
#include "testing/service_process.h"
#include "valueloop/common/v1/job.pb.h"
#include "valueloop/scoring/v1/ledger.pb.h"
#include "valueloop/scoring/v1/model.pb.h"
#include "valueloop/scoring/v1/portfolio.pb.h"
#include "valueloop/scoring/v1/score.pb.h"

namespace valueloop::scoring {

class PortfolioServer {
 public:
  // Starts it; the test fails if it does not serve. Without `strategy` there is nobody to follow.
  explicit PortfolioServer(const std::string& strategy = "unix:/nowhere/strategy.sock");

  rpc::Channel& channel() { return process_.channel(); }
  testing::ChildProcess::Exit Stop() { return process_.Stop(); }

  // One call of a method such as "ModelService/FitModel".
  template <typename Response, typename Request>
  absl::StatusOr<Response> Call(const std::string& method, const Request& request) {
    Response response;
    const absl::Status status = channel().Call("valueloop.scoring.v1." + method, request, &response,
                                               {.timeout = absl::Seconds(60)});
    if (!status.ok()) return status;
    return response;
  }

  // Records all of `events`, which the ledger must accept.
  void Record(const std::vector<v1::Event>& events);
  // Waits until the job has ended.
  common::v1::Job WaitForJob(const std::string& name);
  // Starts a fit and waits until it has ended.
  common::v1::Job Fit(const v1::FitModelRequest& request);
  // Waits until a class matrix fits; fails the test if none does.
  v1::ClassMatrix WaitForMatrix(const std::function<bool(const v1::ClassMatrix&)>& fits);
  // Rescores and waits; returns the snapshot's name.
  std::string Rescore(const std::string& as_of = "");

 private:
  testing::ServiceProcess process_;
};

v1::Event PurchaseOn(const std::string& customer, const std::string& id, absl::CivilDay day,
                     int64_t amount_micros);

// Purchases of customers who buy at rates of their own and leave in the end, from 2024-01-01 on,
// over `weeks`. The same for the same seed.
std::vector<v1::Event> GeneratePurchases(uint64_t seed, int customer_count, int weeks);

// Of the year that GeneratePurchases fills.
v1::FitModelRequest FitRequest(bool activate);

}  // namespace valueloop::scoring

#endif  // VALUELOOP_TESTS_INTEGRATION_SCORING_PORTFOLIO_PORTFOLIO_SERVER_H_
