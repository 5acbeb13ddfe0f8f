// Server reflection over the linked contracts, for grpcurl and `valueloop call`.
//
// Our own, because gRPC's plugin lists only services that are registered with generated code, of
// which we have none; and the plugin aborts when it shares a program with the same messages.
#ifndef VALUELOOP_COMMON_RPC_REFLECTION_H_
#define VALUELOOP_COMMON_RPC_REFLECTION_H_

#include <memory>
#include <string>
#include <vector>

#include "common/rpc/service.h"

namespace valueloop::rpc {

// grpc.reflection.v1.ServerReflection and its twin v1alpha, which most clients still ask for.
// `service_names` is what list_services answers, besides the two themselves.
std::vector<std::unique_ptr<Service>> MakeReflectionServices(
    std::vector<std::string> service_names);

}  // namespace valueloop::rpc

#endif  // VALUELOOP_COMMON_RPC_REFLECTION_H_
