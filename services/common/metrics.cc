#include "common/metrics.h"

#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstdlib>
#include <exception>
#include <thread>
#include <utility>

#include "common/log.h"
#include "common/status.h"
#include "fmt/format.h"
#include "prometheus/counter.h"
#include "prometheus/exposer.h"
#include "prometheus/gauge.h"
#include "prometheus/histogram.h"
#include "prometheus/registry.h"
#include "prometheus/text_serializer.h"

namespace valueloop {
namespace {

// prometheus-cpp throws std::runtime_error for a name that is not one or is taken by another type.
template <typename Resolve>
auto& ResolveOrDie(const std::string& name, Resolve resolve) {
  try {
    return resolve();
  } catch (const std::exception& error) {
    log::Error("metric_refused", {{"metric", name}, {"error", error.what()}});
    std::abort();
  }
}

// Opens and closes a connection to an IPv4 address; whether that succeeds does not matter.
void Knock(const sockaddr_in& address) {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) return;
  static_cast<void>(connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof(address)));
  close(fd);
}

// Destroys the exposer. Its web server looks whether it should stop when a connection comes in, and
// otherwise only every two seconds; so connections are made meanwhile.
void StopPromptly(std::unique_ptr<prometheus::Exposer> exposer, const std::string& host) {
  const std::vector<int> ports = exposer->GetListeningPorts();
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  if (ports.empty() || inet_pton(AF_INET, host.c_str(), &address.sin_addr) != 1) return;
  address.sin_port = htons(static_cast<uint16_t>(ports.front()));
  std::atomic<bool> stopped{false};
  std::thread knocking([&] {
    while (!stopped) {
      Knock(address);
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
  });
  exposer.reset();
  stopped = true;
  knocking.join();
}

}  // namespace

void Counter::Increment(double by) const {
  if (counter_ != nullptr) counter_->Increment(by);
}

double Counter::Value() const { return counter_ == nullptr ? 0 : counter_->Value(); }

void Gauge::Set(double value) const {
  if (gauge_ != nullptr) gauge_->Set(value);
}

void Gauge::Add(double by) const {
  if (gauge_ != nullptr) gauge_->Increment(by);
}

double Gauge::Value() const { return gauge_ == nullptr ? 0 : gauge_->Value(); }

void Histogram::Observe(double value) const {
  if (histogram_ != nullptr) histogram_->Observe(value);
}

const std::vector<double>& RpcSecondsBuckets() {
  static const auto& buckets = *new std::vector<double>{
      0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1};
  return buckets;
}

struct Metrics::Parts {
  std::shared_ptr<prometheus::Registry> registry = std::make_shared<prometheus::Registry>();
  std::string host;
  std::unique_ptr<prometheus::Exposer> exposer;
};

Metrics::Metrics(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}

Metrics::~Metrics() {
  if (parts_->exposer != nullptr) StopPromptly(std::move(parts_->exposer), parts_->host);
}

absl::StatusOr<std::unique_ptr<Metrics>> Metrics::Start(std::string_view address) {
  auto parts = std::make_unique<Parts>();
  if (!address.empty()) {
    parts->host = std::string(address.substr(0, address.rfind(':')));
    try {
      parts->exposer = std::make_unique<prometheus::Exposer>(std::string(address));
      parts->exposer->RegisterCollectable(parts->registry);
    } catch (const std::exception&) {
      return absl::UnavailableError(
          fmt::format("metrics_address: got {}, want an address that is free to listen on",
                      Printable(address)));
    }
  }
  return std::unique_ptr<Metrics>(new Metrics(std::move(parts)));
}

Counter Metrics::GetCounter(const std::string& name, const std::string& help,
                            const MetricLabels& labels) {
  return Counter(&ResolveOrDie(
      name, [&]() -> auto& {
        return prometheus::BuildCounter()
            .Name(name)
            .Help(help)
            .Register(*parts_->registry)
            .Add(labels);
      }));
}

Gauge Metrics::GetGauge(const std::string& name, const std::string& help,
                        const MetricLabels& labels) {
  return Gauge(&ResolveOrDie(
      name, [&]() -> auto& {
        return prometheus::BuildGauge()
            .Name(name)
            .Help(help)
            .Register(*parts_->registry)
            .Add(labels);
      }));
}

Histogram Metrics::GetHistogram(const std::string& name, const std::string& help,
                                const MetricLabels& labels, const std::vector<double>& buckets) {
  return Histogram(&ResolveOrDie(
      name, [&]() -> auto& {
        return prometheus::BuildHistogram()
            .Name(name)
            .Help(help)
            .Register(*parts_->registry)
            .Add(labels, buckets);
      }));
}

int Metrics::port() const {
  if (parts_->exposer == nullptr) return 0;
  const std::vector<int> ports = parts_->exposer->GetListeningPorts();
  return ports.empty() ? 0 : ports.front();
}

std::string Metrics::Expose() const {
  const prometheus::TextSerializer serializer;
  return static_cast<const prometheus::Serializer&>(serializer)
      .Serialize(parts_->registry->Collect());
}

}  // namespace valueloop
