#include "cli/reflection_client.h"

#include <map>

#include "common/status.h"
#include "fmt/format.h"
#include "google/protobuf/descriptor.pb.h"
#include "grpc/reflection/v1alpha/reflection.pb.h"

namespace valueloop::cli {
namespace {

using google::protobuf::FileDescriptorProto;
using grpc::reflection::v1alpha::ServerReflectionRequest;
using grpc::reflection::v1alpha::ServerReflectionResponse;

constexpr size_t kMaxFiles = 1000;

}  // namespace

class ReflectionClient::Impl {
 public:
  Impl(rpc::Channel& channel, absl::Duration timeout) {
    rpc::CallOptions options;
    options.timeout = timeout;
    stream_ = channel.OpenStream("grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo",
                                 options);
  }

  absl::StatusOr<ServerReflectionResponse> Ask(const ServerReflectionRequest& request) {
    ServerReflectionResponse response;
    if (!stream_->Write(request) || !stream_->Read(response)) {
      const absl::Status status = stream_->Finish();
      return status.ok() ? absl::UnavailableError("reflection: the server ended it early") : status;
    }
    if (response.has_error_response()) {
      const auto& error = response.error_response();
      return absl::Status(static_cast<absl::StatusCode>(error.error_code()), error.error_message());
    }
    return response;
  }

  // Puts the files of an answer aside until their imports are there.
  absl::Status Take(const ServerReflectionResponse& response) {
    for (const std::string& bytes : response.file_descriptor_response().file_descriptor_proto()) {
      FileDescriptorProto file;
      if (!file.ParseFromString(bytes))
        return absl::DataLossError("reflection: malformed descriptor");
      files_[file.name()] = std::move(file);
      if (files_.size() > kMaxFiles) return absl::DataLossError("reflection: too many files");
    }
    return absl::OkStatus();
  }

  absl::Status Build(const std::string& name, int depth) {
    if (pool_.FindFileByName(name) != nullptr) return absl::OkStatus();
    if (depth > 100) return absl::DataLossError("reflection: imports without an end");
    if (files_.count(name) == 0) {
      ServerReflectionRequest request;
      request.set_file_by_filename(name);
      VL_ASSIGN_OR_RETURN(const ServerReflectionResponse response, Ask(request));
      VL_RETURN_IF_ERROR(Take(response));
    }
    const auto found = files_.find(name);
    if (found == files_.end()) {
      return absl::DataLossError(fmt::format("reflection: got no file {}", name));
    }
    const FileDescriptorProto file = found->second;
    for (const std::string& imported : file.dependency()) {
      VL_RETURN_IF_ERROR(Build(imported, depth + 1));
    }
    if (pool_.BuildFile(file) == nullptr) {
      return absl::DataLossError(fmt::format("reflection: {} does not fit together", name));
    }
    return absl::OkStatus();
  }

  absl::StatusOr<const google::protobuf::ServiceDescriptor*> Find(const std::string& name) {
    if (const auto* known = pool_.FindServiceByName(name)) return known;
    ServerReflectionRequest request;
    request.set_file_containing_symbol(name);
    VL_ASSIGN_OR_RETURN(const ServerReflectionResponse response, Ask(request));
    VL_RETURN_IF_ERROR(Take(response));
    std::vector<std::string> names;
    for (const auto& [file, unused] : files_) names.push_back(file);
    for (const std::string& file : names) VL_RETURN_IF_ERROR(Build(file, 0));
    const auto* service = pool_.FindServiceByName(name);
    if (service == nullptr) return absl::NotFoundError(fmt::format("service: got {}", name));
    return service;
  }

 private:
  std::unique_ptr<rpc::ClientStream> stream_;
  std::map<std::string, FileDescriptorProto> files_;
  google::protobuf::DescriptorPool pool_;
};

ReflectionClient::ReflectionClient(rpc::Channel& channel, absl::Duration timeout)
    : impl_(std::make_unique<Impl>(channel, timeout)) {}

ReflectionClient::~ReflectionClient() = default;

absl::StatusOr<std::vector<std::string>> ReflectionClient::ListServices() {
  ServerReflectionRequest request;
  request.set_list_services("*");
  VL_ASSIGN_OR_RETURN(const ServerReflectionResponse response, impl_->Ask(request));
  std::vector<std::string> names;
  for (const auto& service : response.list_services_response().service()) {
    names.push_back(service.name());
  }
  return names;
}

absl::StatusOr<const google::protobuf::ServiceDescriptor*> ReflectionClient::FindService(
    const std::string& full_name) {
  return impl_->Find(full_name);
}

}  // namespace valueloop::cli
