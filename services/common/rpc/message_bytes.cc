#include "common/rpc/message_bytes.h"

namespace valueloop::rpc {

FlatBytes::FlatBytes(const grpc::ByteBuffer& buffer) {
  // Both fail only for a buffer without content, for which the empty slice is right.
  if (!buffer.Valid() || buffer.TrySingleSlice(&slice_).ok()) return;
  if (!buffer.DumpToSingleSlice(&slice_).ok()) slice_ = grpc::Slice();
}

grpc::ByteBuffer ToBuffer(const google::protobuf::Message& message) {
  const grpc::Slice slice(message.ByteSizeLong());
  message.SerializeWithCachedSizesToArray(const_cast<uint8_t*>(slice.begin()));
  return grpc::ByteBuffer(&slice, 1);
}

grpc::ByteBuffer ToBuffer(const std::string& bytes) {
  const grpc::Slice slice(bytes);
  return grpc::ByteBuffer(&slice, 1);
}

}  // namespace valueloop::rpc
