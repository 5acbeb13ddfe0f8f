#include "cli/context.h"

#include <unistd.h>

#include <cstdlib>
#include <iostream>
#include <vector>

#include "cli/endpoints.h"
#include "common/status.h"
#include "fmt/format.h"

namespace valueloop::cli {
namespace {

std::string Environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

Language LanguageOfLocale() {
  for (const char* name : {"LC_ALL", "LC_MESSAGES", "LANG"}) {
    const std::string value = Environment(name);
    if (!value.empty()) return value.rfind("zh", 0) == 0 ? Language::kZh : Language::kEn;
  }
  return Language::kEn;
}

// What to try next, by what went wrong; empty if there is nothing better than the reason itself.
std::string NextStep(const Context& context, const absl::Status& status) {
  const std::string reason = ReasonOf(status);
  if (reason == "FILE") return context.T("核对路径和权限", "check the path and its permissions");
  if (reason == "NO_SNAPSHOT") {
    return context.T(
        "先导入并拟合模型：valueloop import purchases FILE，再 valueloop model fit --activate",
        "import and fit first: valueloop import purchases FILE, then "
        "valueloop model fit --activate");
  }
  if (reason == "PLAN_HAS_ERRORS") {
    return context.T("查看问题：valueloop plan validate FILE",
                     "see them: valueloop plan validate FILE");
  }
  switch (status.code()) {
    case absl::StatusCode::kUnavailable:
      return context.T("启动服务：valueloop up；或用 --scoring、--strategy、--performance 指明地址",
                       "start the services with `valueloop up`, or name their addresses with "
                       "--scoring, --strategy, --performance");
    case absl::StatusCode::kDeadlineExceeded:
      return context.T("用 --timeout 给更多时间，例如 --timeout 2m",
                       "allow more time with --timeout, for example --timeout 2m");
    case absl::StatusCode::kNotFound:
      return fmt::format(
          fmt::runtime(context.T("核对名称和工作区（现在是 {}）：valueloop workspace list",
                                 "check the id and the workspace (now {}): "
                                 "valueloop workspace list")),
          context.options.workspace);
    case absl::StatusCode::kResourceExhausted: {
      const auto delay = RetryAfterOf(status);
      if (!delay) return "";
      return fmt::format(fmt::runtime(context.T("{} 秒后重试", "try again in {} s")),
                         absl::ToDoubleSeconds(*delay));
    }
    default:
      return "";
  }
}

}  // namespace

std::string_view TargetName(Target target) {
  switch (target) {
    case Target::kScoring:
      return "scoring";
    case Target::kStrategy:
      return "strategy";
    case Target::kPerformance:
      return "performance";
  }
  return "";
}

Context::Context(std::istream& in, std::ostream& out, std::ostream& err)
    : in_(in), out_(out), err_(err) {
  const bool own_out = &out == &std::cout;
  const bool own_err = &err == &std::cerr;
  progress_wanted_ = own_err && isatty(STDERR_FILENO) == 1;
  color_wanted_ = own_out && isatty(STDOUT_FILENO) == 1 && Environment("NO_COLOR").empty();
}

absl::Status Context::Resolve() {
  static const std::map<std::string, Output> kOutputs = {{"table", Output::kTable},
                                                         {"json", Output::kJson},
                                                         {"yaml", Output::kYaml},
                                                         {"csv", Output::kCsv}};
  const auto output = kOutputs.find(options.output);
  if (output == kOutputs.end()) {
    return UsageError(
        fmt::format("-o: got {}, want table, json, yaml or csv", Printable(options.output)));
  }
  output_ = output->second;
  if (options.lang.empty()) {
    language_ = LanguageOfLocale();
  } else if (options.lang == "zh" || options.lang == "en") {
    language_ = options.lang == "zh" ? Language::kZh : Language::kEn;
  } else {
    return UsageError(fmt::format("--lang: got {}, want zh or en", Printable(options.lang)));
  }
  if (!absl::ParseDuration(options.timeout, &timeout_) || timeout_ <= absl::ZeroDuration() ||
      timeout_ > absl::Hours(24)) {
    return UsageError(
        fmt::format("--timeout: got {}, want 1ms to 24h, such as 30s", Printable(options.timeout)));
  }
  return absl::OkStatus();
}

const std::string& Context::T(const std::string& zh, const std::string& en) const {
  if (language_ == Language::kZh) return zh.empty() ? en : zh;
  return en.empty() ? zh : en;
}

std::string Context::Name(std::string_view rest) const {
  return fmt::format("workspaces/{}/{}", options.workspace, rest);
}

absl::StatusOr<rpc::Channel*> Context::Connect(Target target) {
  std::unique_ptr<rpc::Channel>& channel = channels_[target];
  if (channel == nullptr) {
    VL_ASSIGN_OR_RETURN(const std::string address, FindEndpoint(options, target));
    rpc::ChannelOptions channel_options;
    channel_options.retried = rpc::IdempotentMethods(
        {"valueloop.common.v1.WorkspaceService", "valueloop.common.v1.JobService",
         "valueloop.scoring.v1.LedgerService", "valueloop.scoring.v1.ModelService",
         "valueloop.scoring.v1.PortfolioService", "valueloop.scoring.v1.ScoreService",
         "valueloop.strategy.v1.GapService", "valueloop.strategy.v1.StrategyService",
         "valueloop.performance.v1.PerformanceService"});
    // Events are idempotent by their identity.
    channel_options.retried.push_back("valueloop.scoring.v1.LedgerService/RecordEvents");
    VL_ASSIGN_OR_RETURN(channel, rpc::Channel::Create(address, channel_options));
  }
  return channel.get();
}

absl::Status Context::Call(Target target, std::string_view method,
                           const google::protobuf::Message& request,
                           google::protobuf::Message* response) {
  VL_ASSIGN_OR_RETURN(rpc::Channel* const channel, Connect(target));
  rpc::CallOptions call_options;
  call_options.timeout = timeout_;
  absl::Status status = channel->Call(method, request, response, call_options);
  if (status.code() == absl::StatusCode::kUnavailable) {
    return Annotate(std::move(status),
                    fmt::format("{} at {}", TargetName(target), channel->address()));
  }
  return status;
}

absl::Status FileError(std::string_view file, std::string_view what) {
  return WithReason(absl::NotFoundError(fmt::format("{}: {}", Printable(file), what)), "FILE");
}

absl::Status UsageError(std::string_view message) {
  return WithReason(absl::InvalidArgumentError(std::string(message)), "USAGE");
}

int PrintError(const Context& context, const absl::Status& status) {
  context.err() << fmt::format("valueloop: {} ({})\n", MessageOf(status),
                               ToStd(absl::StatusCodeToString(status.code())));
  if (ReasonOf(status) == "USAGE") {
    context.err() << context.T("  下一步：valueloop COMMAND --help\n",
                               "  next: valueloop COMMAND --help\n");
    return kUsage;
  }
  const std::string next = NextStep(context, status);
  if (!next.empty()) context.err() << context.T("  下一步：", "  next: ") << next << '\n';
  return kFailed;
}

std::string LastSegment(std::string_view name) {
  const size_t slash = name.rfind('/');
  return std::string(slash == std::string_view::npos ? name : name.substr(slash + 1));
}

std::string SegmentAfter(std::string_view name, std::string_view collection) {
  const std::string marker = fmt::format("{}/", collection);
  size_t begin = name.rfind(marker, 0) == 0 ? 0 : name.find("/" + marker);
  if (begin == std::string_view::npos) return "";
  begin += name.rfind(marker, 0) == 0 ? marker.size() : marker.size() + 1;
  const size_t end = name.find('/', begin);
  return std::string(
      name.substr(begin, end == std::string_view::npos ? std::string_view::npos : end - begin));
}

}  // namespace valueloop::cli
