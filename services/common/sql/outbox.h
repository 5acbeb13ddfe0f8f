// Messages to another service that must not be lost: stored in the transaction that causes them,
// sent afterwards at least once, in order within a workspace and topic, for as long as it takes.
#ifndef VALUELOOP_COMMON_SQL_OUTBOX_H_
#define VALUELOOP_COMMON_SQL_OUTBOX_H_

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/sql/database.h"

namespace valueloop::sql {

// The next number of the sequence `name` in a workspace: 1, 2, 3, ... without a hole among
// committed writes; never used again, whatever is deleted.
absl::StatusOr<int64_t> NextSequence(Session& session, std::string_view workspace,
                                     std::string_view name);

struct OutboxMessage {
  std::string workspace;
  std::string topic;
  int64_t sequence = 0;  // Rising within workspace and topic; a redelivery has the same.
  std::string payload;
  int64_t attempt = 0;  // Failed deliveries so far.
  int64_t create_time = 0;
};

struct OutboxOptions {
  absl::Duration min_backoff = absl::Milliseconds(100);
  absl::Duration max_backoff = absl::Seconds(30);
  // Messages waiting per workspace and topic; one more is RESOURCE_EXHAUSTED.
  int64_t message_limit = 100'000;
  // Attempts until a message is set aside, unless the error is UNAVAILABLE or DEADLINE_EXCEEDED: a
  // receiver that is down is waited for without limit.
  int attempt_limit = 20;
};

struct OutboxStats {
  std::atomic<int64_t> delivered_count{0};
  std::atomic<int64_t> failed_count{0};  // Attempts.
  std::atomic<int64_t> dead_count{0};    // Set aside since the start.
};

// Thread-safe. Outlives the writes it is used in; the database outlives it.
class Outbox {
 public:
  // Sends one message; must be idempotent, and bounded in time. INVALID_ARGUMENT, OUT_OF_RANGE and
  // ALREADY_EXISTS set the message aside at once, other errors are tried again.
  using Deliver = std::function<absl::Status(const OutboxMessage&)>;

  explicit Outbox(Database& database, OutboxOptions options = {});
  ~Outbox();  // Stops.
  Outbox(const Outbox&) = delete;
  Outbox& operator=(const Outbox&) = delete;

  // Adds a message to the write; it is sent after the commit. Returns its sequence number.
  absl::StatusOr<int64_t> Enqueue(Session& session, std::string_view workspace,
                                  std::string_view topic, std::string_view payload);

  // Starts a thread per topic. Once.
  void Start(std::map<std::string, Deliver> topics);
  // Waits for the deliveries under way, not for what is waiting.
  void Stop();

  // Messages not yet delivered, those set aside left out.
  absl::StatusOr<int64_t> WaitingCount();
  // Deletes messages set aside more than `age` ago, at most `limit`; returns how many.
  absl::StatusOr<int64_t> PurgeDead(absl::Duration age, int limit);

  const OutboxStats& stats() const { return stats_; }

 private:
  struct Head {
    std::string workspace;
    int64_t next_time = 0;
  };
  struct Outcome {
    int64_t delivered_sequence = 0;  // The last one; 0: none.
    bool failed = false;
    OutboxMessage message;  // The one that failed, and why.
    absl::Status error;
  };

  void Work(const std::string& topic, const Deliver& deliver);
  // Delivers what is due; returns how long to wait for the next.
  absl::StatusOr<absl::Duration> DeliverDue(const std::string& topic, const Deliver& deliver);
  absl::StatusOr<std::vector<Head>> Heads(const std::string& topic, int64_t& now);
  absl::Status DeliverWorkspace(const std::string& topic, const std::string& workspace,
                                const Deliver& deliver);
  absl::Status Keep(const std::string& topic, const std::string& workspace, const Outcome& outcome);
  bool IsStopping();
  void Wake();

  Database& database_;
  const OutboxOptions options_;
  OutboxStats stats_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool stopping_ = false;  // Under mutex_, as the next.
  uint64_t wake_count_ = 0;
  std::vector<std::thread> threads_;
};

}  // namespace valueloop::sql

#endif  // VALUELOOP_COMMON_SQL_OUTBOX_H_
