// One connection of an import: requests go out while answers come in.
#ifndef VALUELOOP_CLI_IMPORT_SESSION_H_
#define VALUELOOP_CLI_IMPORT_SESSION_H_

#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/rpc/client.h"
#include "valueloop/scoring/v1/ledger.pb.h"

namespace valueloop::cli {

// Answers are read by a thread of its own, so that a server which waits to get rid of an answer
// never waits for a client which waits to get rid of a request. Used by one thread.
class ImportSession {
 public:
  explicit ImportSession(rpc::Channel& channel);
  ~ImportSession();
  ImportSession(const ImportSession&) = delete;
  ImportSession& operator=(const ImportSession&) = delete;

  // False: the call is over.
  bool Send(const scoring::v1::ImportEventsRequest& request);

  // The next answer. Why the call ended, once all answers were taken; Unavailable if none comes
  // within `patience`.
  absl::StatusOr<scoring::v1::ImportEventsResponse> Receive(absl::Duration patience);

  // Says that nothing follows and waits for the end.
  absl::Status Finish();

 private:
  void ReadAll();

  std::unique_ptr<rpc::ClientStream> stream_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<scoring::v1::ImportEventsResponse> answers_;
  bool ended_ = false;
  std::optional<absl::Status> finished_;
  std::thread reader_;
};

}  // namespace valueloop::cli

#endif  // VALUELOOP_CLI_IMPORT_SESSION_H_
