// What every command of the command line shares: the global flags, where its text goes, the
// language, and the connections to the three services, made when first needed.
#ifndef VALUELOOP_CLI_CONTEXT_H_
#define VALUELOOP_CLI_CONTEXT_H_

#include <functional>
#include <iosfwd>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/rpc/client.h"
#include "google/protobuf/message.h"

namespace valueloop::cli {

// Exit codes of the program.
inline constexpr int kDone = 0;
inline constexpr int kFailed = 1;
inline constexpr int kRejects = 2;  // Done, with rejected rows or findings.
inline constexpr int kUsage = 64;

enum class Language { kZh, kEn };
enum class Output { kTable, kJson, kYaml, kCsv };
enum class Target { kScoring, kStrategy, kPerformance };

// The name of a target in flags, variables and endpoints.json: "scoring", ...
std::string_view TargetName(Target target);

struct GlobalOptions {
  std::string workspace = "default";
  std::string scoring;  // Empty: environment, endpoints.json, fixed port, in this order.
  std::string strategy;
  std::string performance;
  std::string output = "table";
  std::string as_of;  // YYYY-MM-DD; empty: today.
  std::string lang;   // "zh", "en"; empty: from LC_ALL, LC_MESSAGES or LANG.
  std::string timeout = "30s";
  std::string data = "valueloop-data";
};

class Context {
 public:
  Context(std::istream& in, std::ostream& out, std::ostream& err);

  GlobalOptions options;
  // What the parsed command line asks for: returns the exit code.
  std::function<absl::StatusOr<int>()> action;
  // The program's path as it was called, to find the server programs beside it.
  std::string program;

  // Checks the global flags. InvalidArgument with reason USAGE.
  absl::Status Resolve();

  std::istream& in() const { return in_; }
  std::ostream& out() const { return out_; }
  std::ostream& err() const { return err_; }
  Output output() const { return output_; }
  Language language() const { return language_; }
  absl::Duration timeout() const { return timeout_; }
  // Whether progress and colours are welcome: stderr, or stdout, is a terminal.
  bool progress_wanted() const { return progress_wanted_; }
  bool color_wanted() const { return color_wanted_; }

  // The text of the chosen language.
  const char* T(const char* zh, const char* en) const {
    return language_ == Language::kZh ? zh : en;
  }
  const std::string& T(const std::string& zh, const std::string& en) const;

  // "workspaces/{workspace}".
  std::string Parent() const { return "workspaces/" + options.workspace; }
  // "workspaces/{workspace}/{rest}".
  std::string Name(std::string_view rest) const;

  // The connection to a service; it lives as long as this object.
  absl::StatusOr<rpc::Channel*> Connect(Target target);

  // A unary call with the global timeout. UNAVAILABLE names the service and its address.
  absl::Status Call(Target target, std::string_view method,
                    const google::protobuf::Message& request, google::protobuf::Message* response);

 private:
  std::istream& in_;
  std::ostream& out_;
  std::ostream& err_;
  Output output_ = Output::kTable;
  Language language_ = Language::kEn;
  absl::Duration timeout_ = absl::Seconds(30);
  bool progress_wanted_ = false;
  bool color_wanted_ = false;
  std::map<Target, std::unique_ptr<rpc::Channel>> channels_;
};

// A mistake on the command line, as opposed to in the data: exit code 64.
absl::Status UsageError(std::string_view message);

// A file that cannot be read or written.
absl::Status FileError(std::string_view file, std::string_view what);

// Prints the reason and, where one is known, the next step; returns the exit code.
int PrintError(const Context& context, const absl::Status& status);

// The id at the end of a resource name: "workspaces/w/models/3" -> "3".
std::string LastSegment(std::string_view name);
// The segment after `collection`: SegmentAfter("workspaces/w/customers/c/score", "customers") ->
// "c".
std::string SegmentAfter(std::string_view name, std::string_view collection);

}  // namespace valueloop::cli

#endif  // VALUELOOP_CLI_CONTEXT_H_
