// The standard health service, grpc.health.v1.Health. Watch holds no thread.
#ifndef VALUELOOP_COMMON_RPC_HEALTH_H_
#define VALUELOOP_COMMON_RPC_HEALTH_H_

#include <map>
#include <set>
#include <string>
#include <vector>

#include "common/mutex.h"
#include "common/rpc/service.h"
#include "grpc/health/v1/health.pb.h"
#include "grpcpp/generic/async_generic_service.h"

namespace valueloop::rpc {

inline constexpr char kHealthWatchPath[] = "/grpc.health.v1.Health/Watch";

class HealthWatch;

// What Check and Watch answer. Thread-safe.
class HealthBoard {
 public:
  using Status = grpc::health::v1::HealthCheckResponse::ServingStatus;

  // Each name, and the empty one for the whole server, starts as SERVING.
  explicit HealthBoard(const std::vector<std::string>& service_names);

  void SetServing(bool serving) VL_EXCLUDES(mutex_);
  // As SetServing(false), and ends every watch after its last message, also those that come later.
  void Shutdown() VL_EXCLUDES(mutex_);

  // SERVICE_UNKNOWN for a name that was not given to the constructor.
  Status Get(const std::string& service) const VL_EXCLUDES(mutex_);

  void Add(HealthWatch* watch) VL_EXCLUDES(mutex_);
  void Remove(HealthWatch* watch) VL_EXCLUDES(mutex_);

 private:
  Status GetLocked(const std::string& service) const VL_REQUIRES(mutex_);
  void TellWatches() VL_REQUIRES(mutex_);

  const std::set<std::string> names_;
  mutable Mutex mutex_;
  bool serving_ VL_GUARDED_BY(mutex_) = true;
  bool shut_down_ VL_GUARDED_BY(mutex_) = false;
  std::set<HealthWatch*> watches_ VL_GUARDED_BY(mutex_);
};

// Serves Check; the server makes a HealthWatch for each call of Watch.
class HealthService : public Service {
 public:
  explicit HealthService(const HealthBoard& board);
};

// One call of Watch: sends the status, then every change, until the caller leaves or the server
// drains.
class HealthWatch final : public grpc::ServerGenericBidiReactor {
 public:
  explicit HealthWatch(HealthBoard& board);

  const std::string& service() const { return service_; }

  // What the board tells; `last` means that the call ends after it.
  void Update(HealthBoard::Status status, bool last) VL_EXCLUDES(mutex_);

  void OnReadDone(bool ok) override;
  void OnWriteDone(bool ok) override VL_EXCLUDES(mutex_);
  void OnCancel() override VL_EXCLUDES(mutex_);
  void OnDone() override;

 private:
  // Starts what is due next, if nothing is in flight.
  void Proceed() VL_REQUIRES(mutex_);
  void End(const absl::Status& status) VL_EXCLUDES(mutex_);

  HealthBoard& board_;
  grpc::ByteBuffer read_bytes_;
  grpc::ByteBuffer write_bytes_;
  std::string service_;  // Set once, before the board knows this watch.
  Mutex mutex_;
  HealthBoard::Status wanted_ VL_GUARDED_BY(mutex_) =
      HealthBoard::Status::HealthCheckResponse_ServingStatus_UNKNOWN;
  HealthBoard::Status sent_ VL_GUARDED_BY(mutex_) =
      HealthBoard::Status::HealthCheckResponse_ServingStatus_UNKNOWN;
  bool last_ VL_GUARDED_BY(mutex_) = false;
  bool writing_ VL_GUARDED_BY(mutex_) = false;
  bool ended_ VL_GUARDED_BY(mutex_) = false;
};

}  // namespace valueloop::rpc

#endif  // VALUELOOP_COMMON_RPC_HEALTH_H_
