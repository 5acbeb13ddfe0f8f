// Between protobuf messages and gRPC's buffers.
#ifndef VALUELOOP_COMMON_RPC_MESSAGE_BYTES_H_
#define VALUELOOP_COMMON_RPC_MESSAGE_BYTES_H_

#include <string>
#include <string_view>

#include "google/protobuf/message.h"
#include "grpcpp/support/byte_buffer.h"
#include "grpcpp/support/slice.h"

namespace valueloop::rpc {

// The bytes of a received buffer in one piece; copied only if they came in several.
class FlatBytes {
 public:
  explicit FlatBytes(const grpc::ByteBuffer& buffer);
  std::string_view view() const {
    return {reinterpret_cast<const char*>(slice_.begin()), slice_.size()};
  }

 private:
  grpc::Slice slice_;
};

grpc::ByteBuffer ToBuffer(const google::protobuf::Message& message);
grpc::ByteBuffer ToBuffer(const std::string& bytes);

}  // namespace valueloop::rpc

#endif  // VALUELOOP_COMMON_RPC_MESSAGE_BYTES_H_
