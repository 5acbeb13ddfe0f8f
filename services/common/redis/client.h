// A Redis client for a cache that must never be in the way: one connection for all threads, a
// budget per call, and a breaker that answers at once while the server is away or slow.
//
// Every error means the same to a cache: treat it as a miss. UNAVAILABLE: the breaker is open, or
// the connection was lost; DEADLINE_EXCEEDED: no answer within the budget; RESOURCE_EXHAUSTED: too
// many calls under way; INTERNAL: an answer of another kind than asked for.
#ifndef VALUELOOP_COMMON_REDIS_CLIENT_H_
#define VALUELOOP_COMMON_REDIS_CLIENT_H_

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/redis/reply.h"

namespace valueloop::redis {

struct ClientOptions {
  std::string address;  // See ParseAddress.
  absl::Duration timeout =
      absl::Milliseconds(3);  // The budget of a call that does not name its own.
  int failure_limit = 5;      // So many failures within the window open
  absl::Duration failure_window = absl::Seconds(1);  // the breaker.
  absl::Duration probe_interval = absl::Milliseconds(500);
  int max_pending = 1'000;  // Calls the server owes an answer, given up or not.
};

// Totals since the start; read at any time from any thread.
struct ClientStats {
  std::atomic<int64_t> hit_count{0};  // Keys, as the next.
  std::atomic<int64_t> miss_count{0};
  std::atomic<int64_t> error_count{0};    // Answered with an error, or the connection was lost.
  std::atomic<int64_t> timeout_count{0};  // No answer within the budget.
  std::atomic<int64_t> breaker_rejected_count{0};
  std::atomic<int64_t> overload_rejected_count{0};
  std::atomic<int64_t> breaker_opened_count{0};
  std::atomic<int64_t> connect_count{0};  // Connections that were made.
  std::atomic<int64_t> pending_count{0};  // Now.
};

// Thread-safe.
class Client {
 public:
  class Core;  // Internal.

  // Called exactly once: on the loop's thread, or on the caller's if the call is refused at once.
  // Must be short and must not make a blocking call.
  using OnValue = std::function<void(absl::StatusOr<Value>)>;
  using OnValues = std::function<void(absl::StatusOr<std::vector<Value>>)>;
  using OnDone = std::function<void(absl::Status)>;

  // Begins to connect and returns: a server that is absent is found when it comes.
  // INVALID_ARGUMENT: the address.
  static absl::StatusOr<std::unique_ptr<Client>> Create(const ClientOptions& options);

  // Every call under way fails with UNAVAILABLE.
  ~Client();
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  // Blocking, for worker threads, never longer than the budget.
  absl::StatusOr<Value> Get(std::string_view key, std::optional<absl::Duration> budget = {});
  absl::StatusOr<std::vector<Value>> MGet(std::span<const std::string> keys,
                                          std::optional<absl::Duration> budget = {});
  // `ttl` is at least 1 ms; there are no values without one.
  absl::Status Set(std::string_view key, std::string_view value, absl::Duration ttl,
                   std::optional<absl::Duration> budget = {});
  absl::Status Del(std::span<const std::string> keys, std::optional<absl::Duration> budget = {});

  // The next keys that match the glob `pattern`; the first cursor is "0". Every key that is there
  // from the first call to the last comes at least once.
  absl::StatusOr<ScanPage> Scan(std::string_view cursor, std::string_view pattern,
                                std::optional<absl::Duration> budget = {});

  // The same without waiting.
  void GetAsync(std::string_view key, OnValue on_value, std::optional<absl::Duration> budget = {});
  void MGetAsync(std::span<const std::string> keys, OnValues on_values,
                 std::optional<absl::Duration> budget = {});
  void SetAsync(std::string_view key, std::string_view value, absl::Duration ttl, OnDone on_done,
                std::optional<absl::Duration> budget = {});
  void DelAsync(std::span<const std::string> keys, OnDone on_done,
                std::optional<absl::Duration> budget = {});

  // False while calls are refused because the server is away or slow.
  bool IsHealthy() const;
  const ClientStats& stats() const;

 private:
  explicit Client(std::shared_ptr<Core> core);

  template <typename Result, typename Read>
  Result Wait(std::string command, std::optional<absl::Duration> budget, Read read);

  const std::shared_ptr<Core> core_;  // Shared with blocking calls that are still returning.
};

}  // namespace valueloop::redis

#endif  // VALUELOOP_COMMON_REDIS_CLIENT_H_
