// call SERVICE/METHOD [JSON]: any method of any server that serves reflection.
#include <memory>
#include <ostream>

#include "cli/command.h"
#include "cli/input_file.h"
#include "cli/output.h"
#include "cli/reflection_client.h"
#include "common/status.h"
#include "fmt/format.h"
#include "google/protobuf/dynamic_message.h"
#include "google/protobuf/util/json_util.h"

namespace valueloop::cli {
namespace {

using google::protobuf::Message;
using google::protobuf::MethodDescriptor;

constexpr size_t kMaxRequestBytes = 32 << 20;

struct CallCommandOptions {
  std::string method;
  std::string json;
  std::string address;
};

// Whether `full_name` is `name`, or ends with ".name".
bool Names(const std::string& full_name, const std::string& name) {
  if (full_name == name) return true;
  const std::string ending = "." + name;
  return full_name.size() > ending.size() &&
         full_name.compare(full_name.size() - ending.size(), ending.size(), ending) == 0;
}

absl::StatusOr<int> CallMethod(Context& context, rpc::Channel& channel,
                               ReflectionClient& reflection, const std::string& service_name,
                               const std::string& method_name, const std::string& json) {
  VL_ASSIGN_OR_RETURN(const google::protobuf::ServiceDescriptor* const service,
                      reflection.FindService(service_name));
  const MethodDescriptor* const method = service->FindMethodByName(method_name);
  if (method == nullptr) {
    std::string methods;
    for (int i = 0; i < service->method_count(); ++i) {
      methods += (i > 0 ? ", " : "") + service->method(i)->name();
    }
    return absl::NotFoundError(
        fmt::format("method: got {}, want one of {}", Printable(method_name), methods));
  }
  if (method->client_streaming()) {
    return absl::UnimplementedError(
        fmt::format("{}: takes a stream of requests, which call cannot send", method->full_name()));
  }
  google::protobuf::DynamicMessageFactory factory;
  const std::unique_ptr<Message> request(factory.GetPrototype(method->input_type())->New());
  const std::unique_ptr<Message> response(factory.GetPrototype(method->output_type())->New());
  const auto parsed = google::protobuf::util::JsonStringToMessage(json, request.get());
  if (!parsed.ok()) {
    return absl::InvalidArgumentError(fmt::format("request: got {}, want a {} as proto JSON",
                                                  Printable(parsed.message().ToString()),
                                                  method->input_type()->full_name()));
  }
  const std::string path = fmt::format("{}/{}", service_name, method_name);
  rpc::CallOptions options;
  options.timeout = context.timeout();
  const auto print = [&]() -> absl::Status {
    VL_ASSIGN_OR_RETURN(const std::string text, ToJson(*response));
    context.out() << (context.output() == Output::kYaml ? JsonToYaml(text) : text);
    return absl::OkStatus();
  };
  if (!method->server_streaming()) {
    VL_RETURN_IF_ERROR(channel.Call(path, *request, response.get(), options));
    VL_RETURN_IF_ERROR(print());
    return kDone;
  }
  const std::unique_ptr<rpc::ClientStream> stream = channel.OpenStream(path, options);
  stream->Write(*request);
  stream->WritesDone();
  while (stream->Read(*response)) {
    VL_RETURN_IF_ERROR(print());
    context.out().flush();
    response->Clear();
  }
  VL_RETURN_IF_ERROR(stream->Finish());
  return kDone;
}

absl::StatusOr<int> Call(Context& context, const CallCommandOptions& options) {
  const size_t slash = options.method.rfind('/');
  if (slash == std::string::npos || slash == 0 || slash + 1 == options.method.size()) {
    return UsageError(
        fmt::format("method: got {}, want SERVICE/METHOD", Printable(options.method)));
  }
  const std::string service = options.method.substr(0, slash);
  const std::string method = options.method.substr(slash + 1);
  std::string json = options.json.empty() ? "{}" : options.json;
  if (json == "-") {
    VL_ASSIGN_OR_RETURN(json, ReadInput(context, "-", kMaxRequestBytes));
  }
  // The first server that has a service of that name; all three have WorkspaceService.
  std::vector<rpc::Channel*> channels;
  std::unique_ptr<rpc::Channel> own;
  if (!options.address.empty()) {
    VL_ASSIGN_OR_RETURN(own, rpc::Channel::Create(options.address));
    channels.push_back(own.get());
  } else {
    for (const Target target : {Target::kScoring, Target::kStrategy, Target::kPerformance}) {
      VL_ASSIGN_OR_RETURN(rpc::Channel* const channel, context.Connect(target));
      channels.push_back(channel);
    }
  }
  std::string known;
  absl::Status failure;
  for (rpc::Channel* const channel : channels) {
    ReflectionClient reflection(*channel, context.timeout());
    const absl::StatusOr<std::vector<std::string>> services = reflection.ListServices();
    if (!services.ok()) {
      failure = Annotate(services.status(), channel->address());
      continue;
    }
    for (const std::string& full_name : *services) {
      if (Names(full_name, service)) {
        return CallMethod(context, *channel, reflection, full_name, method, json);
      }
      known += (known.empty() ? "" : ", ") + full_name;
    }
  }
  if (!failure.ok()) return failure;
  return absl::NotFoundError(
      fmt::format("service: got {}, want one of {}", Printable(service), known));
}

}  // namespace

void AddCallCommand(CLI::App& app, Context& context) {
  const auto call = AddCommand<CallCommandOptions>(
      app, context, "call", "call any method through server reflection; the answer is proto JSON",
      "valueloop call ScoreService/GetScore "
      "'{\"name\": \"workspaces/default/customers/C-00001/score\"}'",
      Call);
  call.app
      ->add_option("method", call.options->method, "SERVICE/METHOD, the service in short or full")
      ->required();
  call.app->add_option("json", call.options->json, "request; - reads standard input; default {}");
  call.app->add_option("--address", call.options->address, "any other server");
}

}  // namespace valueloop::cli
