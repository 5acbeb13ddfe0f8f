// Contracts asked from a server: descriptors by gRPC server reflection (v1alpha).
#ifndef VALUELOOP_CLI_REFLECTION_CLIENT_H_
#define VALUELOOP_CLI_REFLECTION_CLIENT_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/rpc/client.h"
#include "google/protobuf/descriptor.h"

namespace valueloop::cli {

class ReflectionClient {
 public:
  // `channel` outlives this object. `timeout` is of all its calls together.
  ReflectionClient(rpc::Channel& channel, absl::Duration timeout);
  ~ReflectionClient();

  // Full names of the services the server has.
  absl::StatusOr<std::vector<std::string>> ListServices();

  // Downloads what describes a service, with everything it imports. The descriptor lives as long as
  // this object. NotFound if the server does not know it; DataLoss if its answer does not fit
  // together.
  absl::StatusOr<const google::protobuf::ServiceDescriptor*> FindService(
      const std::string& full_name);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace valueloop::cli

#endif  // VALUELOOP_CLI_REFLECTION_CLIENT_H_
