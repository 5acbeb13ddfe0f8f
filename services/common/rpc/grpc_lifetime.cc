#include "common/rpc/grpc_lifetime.h"

#include "grpc/grpc.h"

namespace valueloop::rpc {

void KeepGrpcAlive() {
  [[maybe_unused]] static const bool initialised = [] {
    grpc_init();
    return true;
  }();
}

}  // namespace valueloop::rpc
