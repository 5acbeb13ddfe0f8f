// score watch: scores of customers, now and whenever they change.
#include <ostream>

#include "cli/command.h"
#include "cli/labels.h"
#include "cli/output.h"
#include "cli/table.h"
#include "common/status.h"
#include "fmt/format.h"
#include "valueloop/scoring/v1/simulation.pb.h"

namespace valueloop::cli {
namespace {

struct WatchOptions {
  std::vector<std::string> ids;
  int count = 0;  // Messages after which it ends; 0: never.
};

void PrintLine(Context& context, const scoring::v1::WatchScoresResponse& message) {
  const scoring::v1::Score& score = message.score();
  if (score.name().empty()) {
    context.out() << message.customer_id() << ": "
                  << context.T("还没有任何记录", "nothing is known yet") << '\n';
    return;
  }
  const auto maybe = [](bool has, double value) {
    return has ? std::optional<double>(value) : std::nullopt;
  };
  context.out() << fmt::format(
      fmt::runtime(context.T("{}：{}，预期价值 {}，已实现 {}，匹配 {}\n",
                             "{}: {}, expected {}, realised {}, match {}\n")),
      message.customer_id(), ClassLabel(context, score.customer_class()),
      Number(maybe(score.has_expected_value(), score.expected_value())),
      Number(score.realised_value()),
      Number(maybe(score.has_match_score(), score.match_score()), 1));
}

absl::StatusOr<int> Watch(Context& context, const WatchOptions& options) {
  scoring::v1::WatchScoresRequest request;
  request.set_parent(context.Parent());
  for (const std::string& id : options.ids) request.add_customer_ids(id);
  VL_ASSIGN_OR_RETURN(rpc::Channel* const channel, context.Connect(Target::kScoring));
  const std::unique_ptr<rpc::ClientStream> stream = channel->OpenStream(
      "valueloop.scoring.v1.SimulationService/WatchScores", {.timeout = absl::InfiniteDuration()});
  if (stream->Write(request)) stream->WritesDone();
  scoring::v1::WatchScoresResponse message;
  for (int count = 1; stream->Read(message); ++count) {
    VL_RETURN_IF_ERROR(Print(context, message, [&] { PrintLine(context, message); }));
    context.out().flush();
    if (count == options.count) return kDone;
  }
  VL_RETURN_IF_ERROR(stream->Finish());
  return kDone;
}

}  // namespace

void AddWatchCommand(CLI::App& app, Context& context) {
  const auto watch = AddCommand<WatchOptions>(*app.get_subcommand("score"), context, "watch",
                                              "scores now and whenever they change, until Ctrl-C",
                                              "valueloop score watch C-00001 C-00002", Watch);
  watch.app->add_option("ids", watch.options->ids, "customer ids, 1 to 200")->required();
  watch.app->add_option("--count", watch.options->count, "end after so many messages; 0: never")
      ->check(CLI::NonNegativeNumber);
}

}  // namespace valueloop::cli
