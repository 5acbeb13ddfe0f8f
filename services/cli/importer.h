// Sends the rows of a file to the ledger in batches, and survives the loss of the connection.
#ifndef VALUELOOP_CLI_IMPORTER_H_
#define VALUELOOP_CLI_IMPORTER_H_

#include <cstdint>
#include <deque>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "cli/event_rows.h"
#include "cli/import_session.h"
#include "cli/progress.h"
#include "cli/rejects.h"
#include "common/rpc/client.h"
#include "valueloop/scoring/v1/ledger.pb.h"

namespace valueloop::cli {

struct ImportOptions {
  std::string parent;     // workspaces/{workspace}
  std::string import_id;  // Of the content: the same file has the same id.
  bool resume = false;    // Continue after the durable cursor of that id.
  int batch_size = 1000;  // Events; 1 to 5000.
  // How long a broken connection is tried again, counted from the last answer.
  absl::Duration reconnect_patience = absl::Seconds(30);
  // How long an answer may take before the connection counts as broken.
  absl::Duration answer_patience = absl::Seconds(60);
};

struct ImportResult {
  int64_t row_count = 0;
  int64_t accepted_count = 0;  // Events, over the whole import.
  int64_t duplicate_count = 0;
  int64_t rejected_count = 0;  // Rows that did not become events, and events the server refused.
  std::vector<std::string> first_rejects;  // The first few, as `line: reason`.
};

class Importer {
 public:
  // All outlive this object.
  Importer(rpc::Channel& channel, ImportOptions options, EventRowReader& rows,
           RejectWriter& rejects, Progress& progress, int64_t total_bytes);

  // Imports everything. Unavailable if the connection stays broken: what was acknowledged is
  // durable and a run with `resume` continues there. Other errors pass through.
  absl::StatusOr<ImportResult> Run();

 private:
  struct Batch {
    scoring::v1::ImportEventsRequest request;
    std::vector<size_t> row_of_event;  // Index into rows.
    std::vector<Reject> rows;          // Of the events: line and raw text.
    std::vector<Reject> rejects;       // Rows that did not become events.
    int64_t end_bytes = 0;
    int64_t end_rows = 0;
  };

  // Runs one connection until all is acknowledged or it breaks.
  absl::Status RunSession();
  // The durable cursor; decides where a fresh or resumed import begins.
  absl::Status AskCursor(ImportSession& session);
  // Reads rows into the next batch; its request has no events if only rejected rows were left.
  Batch NextBatch();
  absl::Status OnAnswer(const Batch& batch, const scoring::v1::ImportEventsResponse& answer);
  // Asks again why events of an already durable batch were rejected; safe, since events are
  // idempotent.
  absl::StatusOr<std::vector<scoring::v1::EventReject>> AskRejects(const Batch& batch);
  absl::Status Keep(std::vector<Reject> rejects);

  rpc::Channel& channel_;
  ImportOptions options_;
  EventRowReader& rows_;
  RejectWriter& rejects_;
  Progress& progress_;
  const int64_t total_bytes_;

  bool begun_ = false;
  bool rows_done_ = false;
  int64_t next_batch_number_ = 1;
  int64_t durable_before_ = 0;  // Batches of an earlier run.
  int64_t local_reject_count_ = 0;
  std::deque<Batch> in_flight_;
  absl::Time last_answer_ = absl::InfinitePast();
  ImportResult result_;
};

}  // namespace valueloop::cli

#endif  // VALUELOOP_CLI_IMPORTER_H_
