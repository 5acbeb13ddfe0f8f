// Counters, gauges and histograms, and the HTTP endpoint Prometheus reads them from. The only place
// that knows prometheus-cpp.
//
// Names: valueloop_{what}_{unit}, base units (seconds, bytes), _total for counters. Labels have
// few, constant values; an id is never one. Resolve a handle once, at start, and keep it: resolving
// takes a lock and a lookup, using a handle only an atomic or a short lock.
#ifndef VALUELOOP_COMMON_METRICS_H_
#define VALUELOOP_COMMON_METRICS_H_

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

namespace prometheus {
class Counter;
class Gauge;
class Histogram;
}  // namespace prometheus

namespace valueloop {

using MetricLabels = std::map<std::string, std::string>;

// Handles are thread-safe, cheap to copy and valid while their Metrics lives. A default-constructed
// handle drops what it is given.
class Counter {
 public:
  Counter() = default;
  void Increment(double by = 1) const;  // `by` must not be negative.
  double Value() const;

 private:
  friend class Metrics;
  explicit Counter(prometheus::Counter* counter) : counter_(counter) {}
  prometheus::Counter* counter_ = nullptr;
};

class Gauge {
 public:
  Gauge() = default;
  void Set(double value) const;
  void Add(double by) const;
  double Value() const;

 private:
  friend class Metrics;
  explicit Gauge(prometheus::Gauge* gauge) : gauge_(gauge) {}
  prometheus::Gauge* gauge_ = nullptr;
};

class Histogram {
 public:
  Histogram() = default;
  void Observe(double value) const;

 private:
  friend class Metrics;
  explicit Histogram(prometheus::Histogram* histogram) : histogram_(histogram) {}
  prometheus::Histogram* histogram_ = nullptr;
};

// Upper bounds for the duration of a call: 0.1 ms to 1 s, 1-2.5-5 steps.
const std::vector<double>& RpcSecondsBuckets();

// Thread-safe.
class Metrics {
 public:
  // Serves /metrics on `address` ("127.0.0.1:9401"; port 0: any free one). An empty address serves
  // nothing, for tests. UNAVAILABLE if the address cannot be bound.
  static absl::StatusOr<std::unique_ptr<Metrics>> Start(std::string_view address);
  ~Metrics();
  Metrics(const Metrics&) = delete;
  Metrics& operator=(const Metrics&) = delete;

  // The same name and labels give the same metric. Ends the process if `name` is not a metric name
  // or is already in use for another type: a mistake in the program, found by its first start.
  Counter GetCounter(const std::string& name, const std::string& help,
                     const MetricLabels& labels = {});
  Gauge GetGauge(const std::string& name, const std::string& help, const MetricLabels& labels = {});
  Histogram GetHistogram(const std::string& name, const std::string& help,
                         const MetricLabels& labels = {},
                         const std::vector<double>& buckets = RpcSecondsBuckets());

  // The bound port of /metrics; 0 if there is none.
  int port() const;

  // What /metrics would answer, in Prometheus' text format.
  std::string Expose() const;

 private:
  struct Parts;
  explicit Metrics(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
};

}  // namespace valueloop

#endif  // VALUELOOP_COMMON_METRICS_H_
