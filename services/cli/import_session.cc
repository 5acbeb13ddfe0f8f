#include "cli/import_session.h"

#include <chrono>

namespace valueloop::cli {

using scoring::v1::ImportEventsRequest;
using scoring::v1::ImportEventsResponse;

ImportSession::ImportSession(rpc::Channel& channel) {
  rpc::CallOptions options;
  options.timeout = absl::InfiniteDuration();  // As long as the file; Receive notices a stall.
  stream_ = channel.OpenStream("valueloop.scoring.v1.LedgerService/ImportEvents", options);
  reader_ = std::thread([this] { ReadAll(); });
}

ImportSession::~ImportSession() {
  if (!finished_) stream_->Cancel();
  if (reader_.joinable()) reader_.join();
}

void ImportSession::ReadAll() {
  ImportEventsResponse answer;
  while (stream_->Read(answer)) {
    const std::lock_guard lock(mutex_);
    answers_.push_back(std::move(answer));
    changed_.notify_one();
  }
  const std::lock_guard lock(mutex_);
  ended_ = true;
  changed_.notify_one();
}

bool ImportSession::Send(const ImportEventsRequest& request) { return stream_->Write(request); }

absl::StatusOr<ImportEventsResponse> ImportSession::Receive(absl::Duration patience) {
  std::unique_lock lock(mutex_);
  const bool woken = changed_.wait_for(lock, absl::ToChronoMilliseconds(patience),
                                       [this] { return ended_ || !answers_.empty(); });
  if (!woken) return absl::UnavailableError("the server has stopped answering");
  if (answers_.empty()) {
    lock.unlock();
    const absl::Status status = Finish();
    return status.ok() ? absl::UnavailableError("the server ended the import early") : status;
  }
  ImportEventsResponse answer = std::move(answers_.front());
  answers_.pop_front();
  return answer;
}

absl::Status ImportSession::Finish() {
  if (finished_) return *finished_;
  stream_->WritesDone();
  if (reader_.joinable()) reader_.join();
  finished_ = stream_->Finish();
  return *finished_;
}

}  // namespace valueloop::cli
