#include "cli/importer.h"

#include <algorithm>

#include "absl/time/clock.h"
#include "common/status.h"
#include "fmt/format.h"

namespace valueloop::cli {
namespace {

using scoring::v1::EventReject;
using scoring::v1::ImportEventsRequest;
using scoring::v1::ImportEventsResponse;

constexpr size_t kWindow = 4;  // Batches sent and not answered.
constexpr size_t kMaxBatchBytes = 3 << 20;
constexpr int kRecordLimit = 1000;  // Events of one RecordEvents call.
constexpr size_t kFirstRejects = 5;
// Nothing was sent yet: a server that is not there is said at once.
constexpr absl::Duration kFirstPatience = absl::Seconds(2);

// A connection can break in many ways; a refusal is not one of them.
bool IsBroken(const absl::Status& status) {
  switch (status.code()) {
    case absl::StatusCode::kUnavailable:
    case absl::StatusCode::kCancelled:
    case absl::StatusCode::kUnknown:
    case absl::StatusCode::kResourceExhausted:
      return true;
    default:
      return false;
  }
}

}  // namespace

Importer::Importer(rpc::Channel& channel, ImportOptions options, EventRowReader& rows,
                   RejectWriter& rejects, Progress& progress, int64_t total_bytes)
    : channel_(channel),
      options_(std::move(options)),
      rows_(rows),
      rejects_(rejects),
      progress_(progress),
      total_bytes_(total_bytes) {}

absl::StatusOr<ImportResult> Importer::Run() {
  last_answer_ = absl::Now();
  while (true) {
    const absl::Status status = RunSession();
    if (status.ok()) break;
    if (!IsBroken(status)) return status;
    if (!begun_ && absl::Now() - last_answer_ > kFirstPatience) return status;
    if (absl::Now() - last_answer_ > options_.reconnect_patience) {
      return absl::UnavailableError(
          fmt::format("scoring at {}: {}; what was acknowledged is kept: run the same command with "
                      "--resume to go on",
                      channel_.address(), MessageOf(status)));
    }
    absl::SleepFor(absl::Milliseconds(300));
  }
  VL_RETURN_IF_ERROR(rejects_.Flush());
  result_.rejected_count += local_reject_count_;
  return result_;
}

absl::Status Importer::AskCursor(ImportSession& session) {
  ImportEventsRequest request;
  request.set_parent(options_.parent);
  request.set_import_id(options_.import_id);
  session.Send(request);
  VL_ASSIGN_OR_RETURN(const ImportEventsResponse answer, session.Receive(options_.answer_patience));
  last_answer_ = absl::Now();
  if (begun_) return absl::OkStatus();  // Reconnected: what is in flight is sent again.
  if (answer.durable_batch_number() > 0 && !options_.resume) {
    // The file was imported before. Its rows go through the ledger again, under an id of their own,
    // so that they are counted as what they are now: duplicates.
    options_.import_id += fmt::format(".{}", absl::ToUnixMicros(absl::Now()));
    return absl::OkStatus();
  }
  begun_ = true;
  durable_before_ = answer.durable_batch_number();
  result_.accepted_count = answer.total_accepted_count();
  result_.duplicate_count = answer.total_duplicate_count();
  result_.rejected_count = answer.total_rejected_count();
  return absl::OkStatus();
}

absl::Status Importer::RunSession() {
  ImportSession session(channel_);
  VL_RETURN_IF_ERROR(AskCursor(session));
  if (!begun_) {  // Under the new id; at most once.
    VL_RETURN_IF_ERROR(session.Finish());
    return RunSession();
  }
  for (const Batch& batch : in_flight_) session.Send(batch.request);
  while (true) {
    while (!rows_done_ && in_flight_.size() < kWindow) {
      Batch batch = NextBatch();
      const bool sent_before = batch.request.batch_number() <= durable_before_;
      if (batch.request.events().empty() || sent_before) {
        VL_RETURN_IF_ERROR(Keep(std::move(batch.rejects)));
        progress_.Update(batch.end_bytes, total_bytes_, batch.end_rows);
        continue;
      }
      in_flight_.push_back(std::move(batch));
      session.Send(in_flight_.back().request);  // If the call is over, Receive says why.
    }
    if (in_flight_.empty()) return session.Finish();
    VL_ASSIGN_OR_RETURN(const ImportEventsResponse answer,
                        session.Receive(options_.answer_patience));
    last_answer_ = absl::Now();
    VL_RETURN_IF_ERROR(OnAnswer(in_flight_.front(), answer));
    in_flight_.pop_front();
  }
}

Importer::Batch Importer::NextBatch() {
  Batch batch;
  batch.request.set_batch_number(next_batch_number_);
  size_t bytes = 0;
  EventRow row;
  while (batch.request.events_size() < options_.batch_size && bytes < kMaxBatchBytes) {
    if (!rows_.Next(row)) {
      rows_done_ = true;
      break;
    }
    ++result_.row_count;
    Reject reference{row.line, MessageOf(row.status), std::move(row.raw)};
    if (!row.status.ok()) {
      ++local_reject_count_;
      batch.rejects.push_back(std::move(reference));
      continue;
    }
    for (scoring::v1::Event& event : row.events) {
      bytes += event.ByteSizeLong();
      *batch.request.add_events() = std::move(event);
      batch.row_of_event.push_back(batch.rows.size());
    }
    batch.rows.push_back(std::move(reference));
  }
  if (!batch.request.events().empty()) ++next_batch_number_;
  batch.end_bytes = rows_done_ ? total_bytes_ : rows_.bytes_read();
  batch.end_rows = result_.row_count;
  return batch;
}

absl::Status Importer::OnAnswer(const Batch& batch, const ImportEventsResponse& answer) {
  result_.accepted_count = answer.total_accepted_count();
  result_.duplicate_count = answer.total_duplicate_count();
  result_.rejected_count = answer.total_rejected_count();
  std::vector<EventReject> refused(answer.rejects().begin(), answer.rejects().end());
  if (answer.rejected_count() > answer.rejects_size()) {
    VL_ASSIGN_OR_RETURN(refused, AskRejects(batch));
  }
  std::vector<Reject> rejects = batch.rejects;
  for (const EventReject& reject : refused) {
    const auto index = static_cast<size_t>(reject.index());
    if (index >= batch.row_of_event.size()) {
      return absl::InternalError(fmt::format("rejects.index: got {}, want less than {}", index,
                                             batch.row_of_event.size()));
    }
    Reject row = batch.rows[batch.row_of_event[index]];
    row.reason = reject.message();
    rejects.push_back(std::move(row));
  }
  VL_RETURN_IF_ERROR(Keep(std::move(rejects)));
  progress_.Update(batch.end_bytes, total_bytes_, batch.end_rows);
  return absl::OkStatus();
}

absl::StatusOr<std::vector<EventReject>> Importer::AskRejects(const Batch& batch) {
  std::vector<EventReject> all;
  for (int begin = 0; begin < batch.request.events_size(); begin += kRecordLimit) {
    scoring::v1::RecordEventsRequest request;
    request.set_parent(options_.parent);
    const int end = std::min(begin + kRecordLimit, batch.request.events_size());
    for (int i = begin; i < end; ++i) *request.add_events() = batch.request.events(i);
    scoring::v1::RecordEventsResponse response;
    rpc::CallOptions call_options;
    call_options.timeout = options_.answer_patience;
    VL_RETURN_IF_ERROR(channel_.Call("valueloop.scoring.v1.LedgerService/RecordEvents", request,
                                     &response, call_options));
    for (EventReject& reject : *response.mutable_rejects()) {
      reject.set_index(reject.index() + begin);
      all.push_back(std::move(reject));
    }
  }
  return all;
}

absl::Status Importer::Keep(std::vector<Reject> rejects) {
  std::stable_sort(rejects.begin(), rejects.end(),
                   [](const Reject& a, const Reject& b) { return a.line < b.line; });
  for (const Reject& reject : rejects) {
    if (result_.first_rejects.size() < kFirstRejects) {
      result_.first_rejects.push_back(fmt::format("{}: {}", reject.line, reject.reason));
    }
    VL_RETURN_IF_ERROR(rejects_.Write(reject));
  }
  return rejects_.Flush();
}

}  // namespace valueloop::cli
