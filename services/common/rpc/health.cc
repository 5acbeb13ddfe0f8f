#include "common/rpc/health.h"

#include "common/rpc/call.h"
#include "common/rpc/message_bytes.h"
#include "common/rpc/message_check.h"
#include "common/status.h"

namespace valueloop::rpc {
namespace {

using grpc::health::v1::HealthCheckRequest;
using grpc::health::v1::HealthCheckResponse;

absl::Status Draining() {
  return WithReason(absl::UnavailableError("server: shutting down"), "DRAINING");
}

}  // namespace

HealthBoard::HealthBoard(const std::vector<std::string>& service_names)
    : names_(service_names.begin(), service_names.end()) {}

void HealthBoard::SetServing(bool serving) {
  const MutexLock lock(mutex_);
  if (shut_down_) return;
  serving_ = serving;
  TellWatches();
}

void HealthBoard::Shutdown() {
  const MutexLock lock(mutex_);
  serving_ = false;
  shut_down_ = true;
  TellWatches();
}

HealthBoard::Status HealthBoard::Get(const std::string& service) const {
  const MutexLock lock(mutex_);
  return GetLocked(service);
}

HealthBoard::Status HealthBoard::GetLocked(const std::string& service) const {
  if (!service.empty() && names_.count(service) == 0) return HealthCheckResponse::SERVICE_UNKNOWN;
  return serving_ ? HealthCheckResponse::SERVING : HealthCheckResponse::NOT_SERVING;
}

void HealthBoard::Add(HealthWatch* watch) {
  const MutexLock lock(mutex_);
  watches_.insert(watch);
  watch->Update(GetLocked(watch->service()), shut_down_);
}

void HealthBoard::Remove(HealthWatch* watch) {
  const MutexLock lock(mutex_);
  watches_.erase(watch);
}

void HealthBoard::TellWatches() {
  for (HealthWatch* watch : watches_) watch->Update(GetLocked(watch->service()), shut_down_);
}

HealthService::HealthService(const HealthBoard& board)
    : Service(HealthCheckRequest::descriptor()->file()->FindServiceByName("Health")) {
  const auto check = [&board](const HealthCheckRequest& request,
                              HealthCheckResponse& response) -> absl::Status {
    const HealthBoard::Status status = board.Get(request.service());
    if (status == HealthCheckResponse::SERVICE_UNKNOWN) {
      return absl::NotFoundError("service: got " + Printable(request.service()) +
                                 ", want one of this server");
    }
    response.set_status(status);
    return absl::OkStatus();
  };
  UnaryWithFastPath<HealthCheckRequest, HealthCheckResponse>(
      "Check",
      [check](CallContext&, const HealthCheckRequest& request, std::string& response_bytes) {
        HealthCheckResponse response;
        return check(request, response).ok() && response.SerializeToString(&response_bytes);
      },
      [check](CallContext&, const HealthCheckRequest& request, HealthCheckResponse& response) {
        return check(request, response);
      },
      {.max_request_bytes = kLiveMaxRequestBytes});
}

HealthWatch::HealthWatch(HealthBoard& board) : board_(board) { StartRead(&read_bytes_); }

void HealthWatch::OnReadDone(bool ok) {
  HealthCheckRequest request;
  absl::Status status = InvalidField("request", "none", "one message");
  if (ok) {
    const FlatBytes bytes(read_bytes_);
    status = ParseRequest(bytes.view(), request);
  }
  if (!status.ok()) {
    End(status);
    return;
  }
  service_ = request.service();
  board_.Add(this);
}

void HealthWatch::Update(HealthBoard::Status status, bool last) {
  const MutexLock lock(mutex_);
  wanted_ = status;
  last_ = last;
  Proceed();
}

void HealthWatch::Proceed() {
  if (ended_ || writing_) return;
  if (wanted_ != sent_) {
    HealthCheckResponse response;
    response.set_status(wanted_);
    sent_ = wanted_;
    writing_ = true;
    write_bytes_ = ToBuffer(response);
    StartWrite(&write_bytes_);
  } else if (last_) {
    ended_ = true;
    Finish(ToGrpcStatus(Draining()));
  }
}

void HealthWatch::OnWriteDone(bool ok) {
  if (!ok) {
    End(absl::CancelledError("call: cancelled"));
    return;
  }
  const MutexLock lock(mutex_);
  writing_ = false;
  Proceed();
}

void HealthWatch::OnCancel() { End(absl::CancelledError("call: cancelled")); }

void HealthWatch::End(const absl::Status& status) {
  const MutexLock lock(mutex_);
  if (ended_) return;
  ended_ = true;
  Finish(ToGrpcStatus(status));
}

void HealthWatch::OnDone() {
  board_.Remove(this);
  delete this;
}

}  // namespace valueloop::rpc
