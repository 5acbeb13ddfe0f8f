// verify: proves that stored summaries equal the ledger.
#include <memory>
#include <ostream>

#include "cli/command.h"
#include "cli/output.h"
#include "cli/progress.h"
#include "cli/table.h"
#include "common/status.h"
#include "fmt/format.h"
#include "valueloop/scoring/v1/ledger.pb.h"

namespace valueloop::cli {
namespace {

using scoring::v1::VerifyLedgerResponse;

absl::StatusOr<int> Verify(Context& context, const NoOptions&) {
  VL_ASSIGN_OR_RETURN(rpc::Channel* const channel, context.Connect(Target::kScoring));
  scoring::v1::VerifyLedgerRequest request;
  request.set_parent(context.Parent());
  rpc::CallOptions options;
  options.timeout = absl::Hours(24);  // As long as the ledger is.
  const std::unique_ptr<rpc::ClientStream> stream =
      channel->OpenStream("valueloop.scoring.v1.LedgerService/VerifyLedger", options);
  stream->Write(request);
  stream->WritesDone();
  VerifyLedgerResponse all;
  {
    Progress progress(context, context.T("核对", "verify"), context.T("位客户", "customers"));
    for (VerifyLedgerResponse message; stream->Read(message);) {
      all.mutable_differences()->MergeFrom(message.differences());
      all.set_checked_count(message.checked_count());
      all.set_total_count(message.total_count());
      all.set_done(message.done());
      progress.Update(message.checked_count(), message.total_count(), message.checked_count());
    }
  }
  VL_RETURN_IF_ERROR(stream->Finish());
  if (!all.done()) return absl::UnavailableError("verify: the server ended it early");
  VL_RETURN_IF_ERROR(Print(context, all, [&] {
    for (const auto& difference : all.differences()) {
      context.out() << SegmentAfter(difference.customer(), "customers") << ": "
                    << difference.message() << '\n';
    }
    context.out() << fmt::format(fmt::runtime(context.T("核对 {} 位客户，{} 处不同\n",
                                                        "{} customers checked, {} differences\n")),
                                 Count(all.checked_count()), Count(all.differences_size()));
  }));
  return all.differences().empty() ? kDone : kFailed;
}

}  // namespace

void AddVerifyCommand(CLI::App& app, Context& context) {
  AddCommand<NoOptions>(app, context, "verify", "prove that summaries equal the ledger",
                        "valueloop verify", Verify);
}

}  // namespace valueloop::cli
