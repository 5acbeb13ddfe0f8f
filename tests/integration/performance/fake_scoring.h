// A scoring service that says what a test tells it to.
#ifndef VALUELOOP_TESTS_INTEGRATION_PERFORMANCE_FAKE_SCORING_H_
#define VALUELOOP_TESTS_INTEGRATION_PERFORMANCE_FAKE_SCORING_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "common/metrics.h"
#include "common/mutex.h"
#include "common/rpc/server.h"
#include "common/rpc/service.h"
#include "valueloop/scoring/v1/portfolio.pb.h"

namespace valueloop::performance {

// Of the portfolio as of the period's last day.
using MetricsAnswer =
    std::function<absl::Status(const scoring::v1::GetPortfolioMetricsRequest& request,
                               scoring::v1::PortfolioMetrics& response)>;

class FakeScoring {
 public:
  // Listens on `socket`. There is no snapshot at first.
  explicit FakeScoring(const std::string& socket);
  ~FakeScoring();

  // A new snapshot as of the day, up to which there are events; metrics are `answer`'s from now on.
  void Snapshot(const std::string& day, MetricsAnswer answer) VL_EXCLUDES(mutex_);

  int64_t metrics_call_count() VL_EXCLUDES(mutex_);

 private:
  class PortfolioRpc;

  absl::Status Watch(rpc::CallContext& context, const scoring::v1::WatchPortfolioRequest& request,
                     rpc::Writer<scoring::v1::WatchPortfolioResponse>& writer) VL_EXCLUDES(mutex_);
  absl::Status Answer(const scoring::v1::GetPortfolioMetricsRequest& request,
                      scoring::v1::PortfolioMetrics& response) VL_EXCLUDES(mutex_);

  Mutex mutex_;
  CondVar changed_;
  int64_t snapshot_ VL_GUARDED_BY(mutex_) = 0;
  std::string day_ VL_GUARDED_BY(mutex_);
  MetricsAnswer answer_ VL_GUARDED_BY(mutex_);
  int64_t metrics_call_count_ VL_GUARDED_BY(mutex_) = 0;
  std::unique_ptr<Metrics> metrics_;
  std::unique_ptr<PortfolioRpc> service_;
  std::unique_ptr<rpc::Server> server_;
};

}  // namespace valueloop::performance

#endif  // VALUELOOP_TESTS_INTEGRATION_PERFORMANCE_FAKE_SCORING_H_
