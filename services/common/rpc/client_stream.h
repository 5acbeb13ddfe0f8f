// ClientStream on gRPC's callback API.
#ifndef VALUELOOP_COMMON_RPC_CLIENT_STREAM_H_
#define VALUELOOP_COMMON_RPC_CLIENT_STREAM_H_

#include <memory>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "common/rpc/client.h"
#include "grpcpp/channel.h"
#include "grpcpp/client_context.h"
#include "grpcpp/support/status.h"

namespace valueloop::rpc {

// Sets deadline, metadata and traceparent of a call that has not been started.
void ApplyOptions(const CallOptions& options, grpc::ClientContext& context);

// `status` with the payloads its details stand for. A server that is shut down drops new calls with
// a bare CANCELLED; unless we cancelled, that is UNAVAILABLE.
absl::Status FromGrpcStatus(const grpc::Status& status, bool cancelled_by_us);

// INTERNAL if `bytes` are not a message of that type.
absl::Status ParseResponse(std::string_view bytes, google::protobuf::Message& response);

// `path` is "/package.Service/Method".
std::unique_ptr<ClientStream> StartStream(const std::shared_ptr<grpc::Channel>& channel,
                                          std::string path, const CallOptions& options);

}  // namespace valueloop::rpc

#endif  // VALUELOOP_COMMON_RPC_CLIENT_STREAM_H_
