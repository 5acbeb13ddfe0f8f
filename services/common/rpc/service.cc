#include "common/rpc/service.h"

#include <utility>

#include "common/status.h"
#include "fmt/format.h"

namespace valueloop::rpc {
namespace {

MethodType TypeOf(const google::protobuf::MethodDescriptor& method) {
  if (method.client_streaming() && method.server_streaming()) return MethodType::kBidiStream;
  if (method.client_streaming()) return MethodType::kClientStream;
  if (method.server_streaming()) return MethodType::kServerStream;
  return MethodType::kUnary;
}

// What is wrong with the registration; empty if nothing is.
std::string Problem(const google::protobuf::MethodDescriptor* contract, const Method& method) {
  if (contract == nullptr) return "is not in the contract";
  if (TypeOf(*contract) != method.type) return "has another kind of streaming in the contract";
  const std::string& request = method.request_prototype->GetDescriptor()->full_name();
  const std::string& response = method.response_prototype->GetDescriptor()->full_name();
  if (contract->input_type()->full_name() != request) {
    return fmt::format("takes {}, the contract says {}", request,
                       contract->input_type()->full_name());
  }
  if (contract->output_type()->full_name() != response) {
    return fmt::format("returns {}, the contract says {}", response,
                       contract->output_type()->full_name());
  }
  return {};
}

}  // namespace

Service::Service(std::string_view full_name)
    : full_name_(full_name),
      descriptor_(
          google::protobuf::DescriptorPool::generated_pool()->FindServiceByName(full_name_)) {
  if (descriptor_ == nullptr) {
    status_ = absl::FailedPreconditionError(
        fmt::format("service: got {}, want one of a linked contract", full_name_));
  }
}

Service::Service(const google::protobuf::ServiceDescriptor* descriptor)
    : full_name_(descriptor->full_name()), descriptor_(descriptor) {}

absl::Status Service::MissingRequest(const MessageStream& stream) {
  VL_RETURN_IF_ERROR(stream.read_status());
  return InvalidField("request", "none", "one message");
}

void Service::Register(Method method) {
  if (!status_.ok()) return;
  const std::string problem = methods_.count(method.name) > 0
                                  ? "is registered twice"
                                  : Problem(descriptor_->FindMethodByName(method.name), method);
  if (!problem.empty()) {
    status_ = absl::FailedPreconditionError(
        fmt::format("service {}: method {} {}", full_name_, method.name, problem));
    return;
  }
  methods_.emplace(method.name, std::move(method));
}

}  // namespace valueloop::rpc
