// up: the three services, and Redis if there is one, on this machine until Ctrl-C.
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <filesystem>
#include <memory>
#include <ostream>

#include "absl/time/clock.h"
#include "cli/child.h"
#include "cli/command.h"
#include "cli/endpoints.h"
#include "common/shutdown_signal.h"
#include "common/status.h"
#include "fmt/format.h"

namespace valueloop::cli {
namespace {

constexpr absl::Duration kStartPatience = absl::Seconds(30);
// Longer than a service's own drain timeout.
constexpr absl::Duration kStopPatience = absl::Seconds(15);
constexpr size_t kMaxSocketPath = 100;

struct UpOptions {
  std::string redis = "auto";
  int port = 7401;
};

struct Endpoint {
  std::string address;
  std::string metrics;
};

bool AcceptsConnections(const std::string& socket_path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  socket_path.copy(address.sun_path, sizeof(address.sun_path) - 1);
  const int descriptor = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (descriptor < 0) return false;
  const bool connected =
      connect(descriptor, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0;
  close(descriptor);
  return connected;
}

// Everything that was started; stopped in reverse order.
class Family {
 public:
  ~Family() { Stop(); }

  // The reason, if one of them has ended.
  std::optional<std::string> FindEnded() {
    for (const auto& child : children_) {
      if (auto ended = child->Ended()) return ended;
    }
    return std::nullopt;
  }

  absl::StatusOr<Child*> Start(const std::string& name, const std::vector<std::string>& arguments,
                               const std::string& log_path) {
    VL_ASSIGN_OR_RETURN(std::unique_ptr<Child> child, Child::Start(name, arguments, log_path));
    children_.push_back(std::move(child));
    return children_.back().get();
  }

  // SIGTERM, one after the other from the last one started, so that none loses what it depends on
  // while it finishes; SIGKILL for one that does not end.
  void Stop() {
    while (!children_.empty()) {
      Child& child = *children_.back();
      child.Terminate();
      const absl::Time deadline = absl::Now() + kStopPatience;
      while (!child.Ended() && absl::Now() < deadline) absl::SleepFor(absl::Milliseconds(5));
      children_.pop_back();
    }
  }

 private:
  std::vector<std::unique_ptr<Child>> children_;
};

// Starts a private redis-server that keeps nothing on disk. Returns its address, or empty if none
// is installed.
absl::StatusOr<std::string> StartRedis(const std::string& data_dir, Family& family) {
  const std::string program = FindProgram("redis-server");
  if (program.empty()) return std::string();
  std::string socket_path = data_dir + "/redis.sock";
  if (socket_path.size() > kMaxSocketPath) {
    socket_path =
        (std::filesystem::temp_directory_path() / fmt::format("valueloop-redis-{}.sock", getpid()))
            .string();
  }
  std::error_code ignored;
  std::filesystem::remove(socket_path, ignored);
  VL_ASSIGN_OR_RETURN(
      Child* const redis,
      family.Start("redis", {program,        "--port",      "0",
                             "--unixsocket", socket_path,   "--unixsocketperm",
                             "700",          "--save",      "",
                             "--appendonly", "no",          "--dir",
                             data_dir,       "--daemonize", "no",
                             "--maxmemory",  "256mb",       "--maxmemory-policy",
                             "allkeys-lru",  "--logfile",   data_dir + "/redis-server.log"},
                   data_dir + "/redis.log"));
  const absl::Time deadline = absl::Now() + kStartPatience;
  while (!AcceptsConnections(socket_path)) {
    if (auto ended = redis->Ended()) return absl::AbortedError(*ended);
    if (absl::Now() > deadline) return absl::DeadlineExceededError("redis: does not answer");
    absl::SleepFor(absl::Milliseconds(10));
  }
  return "unix:" + socket_path;
}

// "listening 127.0.0.1:7401 metrics 127.0.0.1:9401"
absl::StatusOr<Endpoint> ParseListening(const std::string& service, const std::string& line) {
  constexpr std::string_view kListening = "listening ";
  constexpr std::string_view kMetrics = " metrics";
  const size_t metrics = line.find(kMetrics);
  if (line.rfind(kListening, 0) != 0 || metrics == std::string::npos) {
    return absl::InternalError(fmt::format(
        "{}: got \"{}\", want \"listening ADDRESS metrics ADDRESS\"", service, Printable(line)));
  }
  Endpoint endpoint;
  endpoint.address = line.substr(kListening.size(), metrics - kListening.size());
  const size_t begin = line.find_first_not_of(' ', metrics + kMetrics.size());
  if (begin != std::string::npos) endpoint.metrics = line.substr(begin);
  return endpoint;
}

class Up {
 public:
  Up(Context& context, const UpOptions& options) : context_(context), options_(options) {}

  absl::Status Start() {
    std::error_code error;
    std::filesystem::create_directories(context_.options.data, error);
    data_dir_ = std::filesystem::absolute(context_.options.data).lexically_normal().string();
    if (error) {
      return absl::UnavailableError(fmt::format("--data: {}: {}", data_dir_, error.message()));
    }
    std::filesystem::permissions(data_dir_, std::filesystem::perms::owner_all, error);
    if (const auto running = ReadEndpoints(data_dir_); running.ok()) {
      return absl::AlreadyExistsError(
          fmt::format("--data: {} is in use by process {}; stop it or name another folder",
                      data_dir_, running->pid));
    }
    if (options_.redis == "auto") {
      VL_ASSIGN_OR_RETURN(endpoints_.redis, StartRedis(data_dir_, family_));
    } else if (options_.redis != "none") {
      endpoints_.redis = options_.redis;
    }
    // Strategy first: scoring and performance follow it. Performance asks scoring.
    for (const Target target : {Target::kStrategy, Target::kScoring, Target::kPerformance}) {
      VL_RETURN_IF_ERROR(StartService(target));
    }
    // Channels only now: gRPC's threads do not survive a fork.
    for (const Target target : {Target::kScoring, Target::kStrategy, Target::kPerformance}) {
      const std::string name(TargetName(target));
      VL_ASSIGN_OR_RETURN(const auto channel, rpc::Channel::Create(endpoints_.addresses[name]));
      const absl::Status ready = channel->WaitReady(kStartPatience);
      if (auto ended = family_.FindEnded()) return absl::AbortedError(*ended);
      VL_RETURN_IF_ERROR(Annotate(ready, name));
      context_.out() << fmt::format("{:<12} {:<22} metrics {}\n", name, endpoints_.addresses[name],
                                    metrics_[name]);
    }
    context_.out() << fmt::format("{:<12} {}\n", "redis",
                                  endpoints_.redis.empty() ? "none" : endpoints_.redis);
    endpoints_.pid = getpid();
    VL_RETURN_IF_ERROR(WriteEndpoints(data_dir_, endpoints_));
    context_.out() << "ready" << std::endl;
    return absl::OkStatus();
  }

  // Until a signal, or until one of them ends: then Aborted with the reason.
  absl::Status Watch(ShutdownSignal& shutdown) {
    while (!shutdown.WaitFor(absl::Milliseconds(100))) {
      if (auto ended = family_.FindEnded()) return absl::AbortedError(*ended);
    }
    return absl::OkStatus();
  }

  void Stop() {
    std::error_code ignored;
    if (endpoints_.pid != 0) std::filesystem::remove(EndpointsPath(data_dir_), ignored);
    family_.Stop();
  }

 private:
  absl::Status StartService(Target target) {
    const std::string name(TargetName(target));
    const std::string program = FindProgram("valueloop-" + name);
    if (program.empty()) {
      return absl::NotFoundError(fmt::format(
          "valueloop-{}: got no such program beside valueloop or in PATH, want it", name));
    }
    const int offset = static_cast<int>(target);
    const int port = options_.port == 0 ? 0 : options_.port + offset;
    const int metrics_port = options_.port == 0 ? 0 : options_.port + 2000 + offset;
    std::vector<std::string> arguments = {
        program, fmt::format("--listen-address=127.0.0.1:{}", port),
        fmt::format("--metrics-address=127.0.0.1:{}", metrics_port), "--data-dir=" + data_dir_};
    if (!endpoints_.redis.empty()) arguments.push_back("--redis=" + endpoints_.redis);
    for (const Target other : {Target::kScoring, Target::kStrategy, Target::kPerformance}) {
      const std::string other_name(TargetName(other));
      const auto known = endpoints_.addresses.find(other_name);
      if (known != endpoints_.addresses.end()) {
        arguments.push_back(fmt::format("--{}={}", other_name, known->second));
      } else if (options_.port != 0) {
        arguments.push_back(
            fmt::format("--{}=127.0.0.1:{}", other_name, options_.port + static_cast<int>(other)));
      }
    }
    VL_ASSIGN_OR_RETURN(Child* const child,
                        family_.Start(name, arguments, fmt::format("{}/{}.log", data_dir_, name)));
    VL_ASSIGN_OR_RETURN(const std::string line, child->ReadLine(kStartPatience));
    VL_ASSIGN_OR_RETURN(const Endpoint endpoint, ParseListening(name, line));
    endpoints_.addresses[name] = endpoint.address;
    metrics_[name] = endpoint.metrics;
    return absl::OkStatus();
  }

  Context& context_;
  const UpOptions options_;
  std::string data_dir_;
  Endpoints endpoints_;
  std::map<std::string, std::string> metrics_;
  Family family_;
};

absl::StatusOr<int> RunUp(Context& context, const UpOptions& options) {
  ShutdownSignal shutdown;  // First: blocks the signals before any thread exists.
  Up up(context, options);
  absl::Status status = up.Start();
  if (status.ok()) status = up.Watch(shutdown);
  up.Stop();
  if (!status.ok()) return status;
  return kDone;
}

}  // namespace

void AddUpCommand(CLI::App& app, Context& context) {
  const auto up = AddCommand<UpOptions>(
      app, context, "up", "run the three services here until Ctrl-C; other commands find them",
      "valueloop up --data ./valueloop-data --redis auto", RunUp);
  up.app
      ->add_option(
          "--redis", up.options->redis,
          "auto (a private one if redis-server is installed), none, host:port or unix:/path")
      ->capture_default_str();
  up.app
      ->add_option("--port", up.options->port,
                   "first of three ports; metrics 2000 above; 0: any free ones")
      ->check(CLI::Range(0, 63000))
      ->capture_default_str();
}

}  // namespace valueloop::cli
