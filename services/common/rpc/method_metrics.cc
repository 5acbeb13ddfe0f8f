#include "common/rpc/method_metrics.h"

#include "common/rpc/wire_status.h"

namespace valueloop::rpc {
namespace {

std::string NameOf(MethodType type) {
  switch (type) {
    case MethodType::kUnary:
      return "unary";
    case MethodType::kClientStream:
      return "client_stream";
    case MethodType::kServerStream:
      return "server_stream";
    case MethodType::kBidiStream:
      return "bidi_stream";
  }
  return "unary";
}

}  // namespace

MethodMetrics::MethodMetrics(Metrics& metrics, const std::string& service,
                             const std::string& method, MethodType type)
    : metrics_(metrics),
      labels_{{"grpc_service", service}, {"grpc_method", method}, {"grpc_type", NameOf(type)}},
      started_(
          metrics.GetCounter("grpc_server_started_total", "Calls that reached a method.", labels_)),
      handled_ok_(HandledCounter(absl::StatusCode::kOk)),
      seconds_(metrics.GetHistogram("grpc_server_handling_seconds",
                                    "Time from a call's arrival to its answer.", labels_)) {}

void MethodMetrics::CountHandled(absl::StatusCode code, absl::Duration took) const {
  if (code == absl::StatusCode::kOk) {
    handled_ok_.Increment();
  } else {
    HandledCounter(code).Increment();
  }
  seconds_.Observe(absl::ToDoubleSeconds(took));
}

Counter MethodMetrics::HandledCounter(absl::StatusCode code) const {
  MetricLabels labels = labels_;
  labels["grpc_code"] = CodeName(code);
  return metrics_.GetCounter("grpc_server_handled_total", "Calls answered, by status code.",
                             labels);
}

}  // namespace valueloop::rpc
