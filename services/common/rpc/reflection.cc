#include "common/rpc/reflection.h"

#include <set>
#include <utility>

#include "common/status.h"
#include "fmt/format.h"
#include "google/protobuf/descriptor.pb.h"
#include "grpc/reflection/v1/reflection.pb.h"
#include "grpc/reflection/v1alpha/reflection.pb.h"

namespace valueloop::rpc {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::DescriptorPool;
using google::protobuf::FieldDescriptor;
using google::protobuf::FileDescriptor;

const DescriptorPool& Pool() { return *DescriptorPool::generated_pool(); }

// Appends `file` and everything it imports, each once, imports first.
void AppendWithImports(const FileDescriptor& file, std::set<const FileDescriptor*>& seen,
                       std::vector<const FileDescriptor*>& out) {
  if (!seen.insert(&file).second) return;
  for (int i = 0; i < file.dependency_count(); ++i) {
    AppendWithImports(*file.dependency(i), seen, out);
  }
  out.push_back(&file);
}

// The asked-for file comes first, as clients that look only at one element expect.
template <typename Response>
void AnswerFile(const FileDescriptor* file, std::string_view what, const std::string& name,
                Response& response) {
  if (file == nullptr) {
    response.mutable_error_response()->set_error_code(
        static_cast<int>(absl::StatusCode::kNotFound));
    response.mutable_error_response()->set_error_message(
        fmt::format("{}: got {}, want one of this server", what, Printable(name)));
    return;
  }
  std::set<const FileDescriptor*> seen;
  std::vector<const FileDescriptor*> files;
  AppendWithImports(*file, seen, files);
  for (auto it = files.rbegin(); it != files.rend(); ++it) {
    google::protobuf::FileDescriptorProto proto;
    (*it)->CopyTo(&proto);
    response.mutable_file_descriptor_response()->add_file_descriptor_proto(
        proto.SerializeAsString());
  }
}

template <typename Response>
void AnswerExtensionNumbers(const std::string& type_name, Response& response) {
  const Descriptor* type = Pool().FindMessageTypeByName(type_name);
  if (type == nullptr) {
    AnswerFile(nullptr, "all_extension_numbers_of_type", type_name, response);
    return;
  }
  std::vector<const FieldDescriptor*> extensions;
  Pool().FindAllExtensions(type, &extensions);
  auto& answer = *response.mutable_all_extension_numbers_response();
  answer.set_base_type_name(type_name);
  for (const FieldDescriptor* extension : extensions) {
    answer.add_extension_number(extension->number());
  }
}

template <typename Request, typename Response>
void Answer(const std::vector<std::string>& service_names, const Request& request,
            Response& response) {
  response.set_valid_host(request.host());
  *response.mutable_original_request() = request;
  switch (request.message_request_case()) {
    case Request::kFileByFilename:
      AnswerFile(Pool().FindFileByName(request.file_by_filename()), "file_by_filename",
                 request.file_by_filename(), response);
      return;
    case Request::kFileContainingSymbol:
      AnswerFile(Pool().FindFileContainingSymbol(request.file_containing_symbol()),
                 "file_containing_symbol", request.file_containing_symbol(), response);
      return;
    case Request::kFileContainingExtension: {
      const auto& wanted = request.file_containing_extension();
      const Descriptor* type = Pool().FindMessageTypeByName(wanted.containing_type());
      const FieldDescriptor* extension =
          type == nullptr ? nullptr : Pool().FindExtensionByNumber(type, wanted.extension_number());
      AnswerFile(extension == nullptr ? nullptr : extension->file(), "file_containing_extension",
                 wanted.containing_type(), response);
      return;
    }
    case Request::kAllExtensionNumbersOfType:
      AnswerExtensionNumbers(request.all_extension_numbers_of_type(), response);
      return;
    case Request::kListServices: {
      auto& list = *response.mutable_list_services_response();
      for (const std::string& name : service_names) list.add_service()->set_name(name);
      return;
    }
    case Request::MESSAGE_REQUEST_NOT_SET:
      break;
  }
  response.mutable_error_response()->set_error_code(
      static_cast<int>(absl::StatusCode::kInvalidArgument));
  response.mutable_error_response()->set_error_message(
      "message_request: got none, want one of its fields");
}

template <typename Request, typename Response>
class ReflectionService : public Service {
 public:
  explicit ReflectionService(std::vector<std::string> service_names)
      : Service(Request::descriptor()->file()->FindServiceByName("ServerReflection")),
        service_names_(std::move(service_names)) {
    BidiStream<Request, Response>(
        "ServerReflectionInfo",
        [this](CallContext&, Reader<Request>& reader, Writer<Response>& writer) -> absl::Status {
          Request request;
          while (reader.Read(request)) {
            Response response;
            Answer(service_names_, request, response);
            if (!writer.Write(response)) break;
          }
          return reader.status();
        },
        {.max_request_bytes = kLiveMaxRequestBytes});
  }

 private:
  const std::vector<std::string> service_names_;
};

}  // namespace

std::vector<std::unique_ptr<Service>> MakeReflectionServices(
    std::vector<std::string> service_names) {
  namespace v1 = grpc::reflection::v1;
  namespace v1alpha = grpc::reflection::v1alpha;
  service_names.push_back("grpc.reflection.v1.ServerReflection");
  service_names.push_back("grpc.reflection.v1alpha.ServerReflection");
  std::vector<std::unique_ptr<Service>> services;
  services.push_back(std::make_unique<
                     ReflectionService<v1::ServerReflectionRequest, v1::ServerReflectionResponse>>(
      service_names));
  services.push_back(
      std::make_unique<
          ReflectionService<v1alpha::ServerReflectionRequest, v1alpha::ServerReflectionResponse>>(
          service_names));
  return services;
}

}  // namespace valueloop::rpc
