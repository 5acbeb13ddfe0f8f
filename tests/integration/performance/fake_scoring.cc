#include "integration/performance/fake_scoring.h"

#include <utility>

#include "absl/time/time.h"
#include "fmt/format.h"

namespace valueloop::performance {

namespace cv1 = ::valueloop::scoring::v1;

class FakeScoring::PortfolioRpc : public rpc::Service {
 public:
  explicit PortfolioRpc(FakeScoring& scoring) : Service("valueloop.scoring.v1.PortfolioService") {
    ServerStream<cv1::WatchPortfolioRequest, cv1::WatchPortfolioResponse>(
        "WatchPortfolio", [&scoring](rpc::CallContext& context, const auto& request, auto& writer) {
          return scoring.Watch(context, request, writer);
        });
    Unary<cv1::GetPortfolioMetricsRequest, cv1::PortfolioMetrics>(
        "GetPortfolioMetrics", [&scoring](rpc::CallContext&, const auto& request, auto& response) {
          return scoring.Answer(request, response);
        });
  }
};

FakeScoring::FakeScoring(const std::string& socket)
    : metrics_(Metrics::Start("").value()), service_(std::make_unique<PortfolioRpc>(*this)) {
  server_ =
      rpc::Server::Start({.listen_address = "unix:" + socket}, {service_.get()}, *metrics_).value();
}

FakeScoring::~FakeScoring() { server_->Drain(absl::ZeroDuration()); }

void FakeScoring::Snapshot(const std::string& day, MetricsAnswer answer) {
  {
    const MutexLock lock(mutex_);
    ++snapshot_;
    day_ = day;
    answer_ = std::move(answer);
  }
  changed_.SignalAll();
}

int64_t FakeScoring::metrics_call_count() {
  const MutexLock lock(mutex_);
  return metrics_call_count_;
}

absl::Status FakeScoring::Watch(rpc::CallContext& context,
                                const cv1::WatchPortfolioRequest& request,
                                rpc::Writer<cv1::WatchPortfolioResponse>& writer) {
  const rpc::CallContext::StopCallback wake(context, [this] { changed_.SignalAll(); });
  std::string sent = request.cursor();
  while (!context.stopping()) {
    cv1::WatchPortfolioResponse response;
    {
      const MutexLock lock(mutex_);
      response.set_cursor(fmt::format("{}", snapshot_));
      if (snapshot_ > 0) {
        response.mutable_snapshot()->set_name(
            fmt::format("workspaces/default/snapshots/{}", snapshot_));
        response.mutable_snapshot()->set_as_of(day_);
        response.set_ledger_last_day(day_);
      }
      if (response.cursor() == sent) {
        changed_.WaitUntil(mutex_, absl::Now() + absl::Milliseconds(100));
        continue;
      }
    }
    sent = response.cursor();
    if (!writer.Write(response)) break;
  }
  return absl::UnavailableError("server: got stopped");
}

absl::Status FakeScoring::Answer(const cv1::GetPortfolioMetricsRequest& request,
                                 cv1::PortfolioMetrics& response) {
  MetricsAnswer answer;
  {
    const MutexLock lock(mutex_);
    ++metrics_call_count_;
    answer = answer_;
  }
  response.set_first_day(request.first_day());
  response.set_last_day(request.last_day());
  return answer(request, response);
}

}  // namespace valueloop::performance
