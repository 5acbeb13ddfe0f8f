// The counters and the histogram of one RPC method.
#ifndef VALUELOOP_COMMON_RPC_METHOD_METRICS_H_
#define VALUELOOP_COMMON_RPC_METHOD_METRICS_H_

#include <string>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "common/metrics.h"
#include "common/rpc/service.h"

namespace valueloop::rpc {

class MethodMetrics {
 public:
  // `metrics` must outlive this.
  MethodMetrics(Metrics& metrics, const std::string& service, const std::string& method,
                MethodType type);

  void CountStarted() const { started_.Increment(); }

  // Only OK is resolved beforehand, so that /metrics does not list 17 codes for every method.
  void CountHandled(absl::StatusCode code, absl::Duration took) const;

 private:
  Counter HandledCounter(absl::StatusCode code) const;

  Metrics& metrics_;
  const MetricLabels labels_;
  const Counter started_;
  const Counter handled_ok_;
  const Histogram seconds_;
};

}  // namespace valueloop::rpc

#endif  // VALUELOOP_COMMON_RPC_METHOD_METRICS_H_
