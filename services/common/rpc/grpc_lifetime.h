#ifndef VALUELOOP_COMMON_RPC_GRPC_LIFETIME_H_
#define VALUELOOP_COMMON_RPC_GRPC_LIFETIME_H_

namespace valueloop::rpc {

// Keeps the gRPC library initialised until the process ends. Otherwise the destruction of the last
// server or channel shuts it down, which waits up to 10 s for the poller of a large write.
void KeepGrpcAlive();

}  // namespace valueloop::rpc

#endif  // VALUELOOP_COMMON_RPC_GRPC_LIFETIME_H_
