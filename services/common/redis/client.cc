#include "common/redis/client.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <utility>

#include "common/redis/client_core.h"
#include "common/status.h"

namespace valueloop::redis {
namespace {

constexpr absl::Duration kShortestTtl = absl::Milliseconds(1);
constexpr std::string_view kScanCount = "1000";  // Keys the server looks at per call, about.

std::string KeysCommand(std::string_view name, std::span<const std::string> keys) {
  std::vector<std::string_view> arguments = {name};
  arguments.insert(arguments.end(), keys.begin(), keys.end());
  return EncodeCommand(arguments);
}

std::string SetCommand(std::string_view key, std::string_view value, absl::Duration ttl) {
  const std::string ttl_millis =
      fmt::format("{}", absl::ToInt64Milliseconds(std::max(ttl, kShortestTtl)));
  const std::string_view arguments[] = {"SET", key, value, "PX", ttl_millis};
  return EncodeCommand(arguments);
}

void CountReply(ClientStats& stats, const absl::Status& result) {
  if (!result.ok()) stats.error_count.fetch_add(1, std::memory_order_relaxed);
}

void CountReply(ClientStats& stats, const absl::StatusOr<ScanPage>& result) {
  CountReply(stats, result.status());
}

void CountReply(ClientStats& stats, const absl::StatusOr<Value>& result) {
  CountReply(stats, result.status());
  if (!result.ok()) return;
  (result->has_value() ? stats.hit_count : stats.miss_count)
      .fetch_add(1, std::memory_order_relaxed);
}

void CountReply(ClientStats& stats, const absl::StatusOr<std::vector<Value>>& result) {
  CountReply(stats, result.status());
  if (!result.ok()) return;
  const int64_t hit_count =
      std::ranges::count_if(*result, [](const Value& value) { return value.has_value(); });
  stats.hit_count.fetch_add(hit_count, std::memory_order_relaxed);
  stats.miss_count.fetch_add(static_cast<int64_t>(result->size()) - hit_count,
                             std::memory_order_relaxed);
}

// Turns a reply into the command's result and counts its keys.
template <typename Read, typename OnResult>
auto Reader(ClientStats& stats, Read read, OnResult on_result) {
  return [&stats, read, on_result = std::move(on_result)](const redisReply* reply,
                                                          const absl::Status& status) {
    using Result = std::invoke_result_t<Read, const redisReply&>;
    Result result = reply != nullptr ? read(*reply) : Result(status);
    if (reply != nullptr) CountReply(stats, result);
    on_result(std::move(result));
  };
}

// The result of a call that some thread waits for.
template <typename T>
class Waiter {
 public:
  void Set(T result) {
    {
      const std::lock_guard lock(mutex_);
      result_ = std::move(result);
    }
    changed_.notify_one();
  }
  bool WaitUntil(std::chrono::steady_clock::time_point deadline) {
    std::unique_lock lock(mutex_);
    return changed_.wait_until(lock, deadline, [this] { return result_.has_value(); });
  }
  T Take() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return result_.has_value(); });
    return *std::move(result_);
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::optional<T> result_;
};

}  // namespace

Client::Client(std::shared_ptr<Core> core) : core_(std::move(core)) {}

Client::~Client() { core_->Stop(); }

absl::StatusOr<std::unique_ptr<Client>> Client::Create(const ClientOptions& options) {
  VL_ASSIGN_OR_RETURN(Address address, ParseAddress(options.address));
  auto core = std::make_shared<Core>(options, std::move(address));
  core->Start();
  return std::unique_ptr<Client>(new Client(std::move(core)));
}

bool Client::IsHealthy() const { return !core_->IsOpen(); }

const ClientStats& Client::stats() const { return core_->stats(); }

void Client::GetAsync(std::string_view key, OnValue on_value,
                      std::optional<absl::Duration> budget) {
  const std::string_view arguments[] = {"GET", key};
  core_->Send(core_->MakeCall(EncodeCommand(arguments), budget,
                              Reader(core_->stats(), ToValue, std::move(on_value))));
}

void Client::MGetAsync(std::span<const std::string> keys, OnValues on_values,
                       std::optional<absl::Duration> budget) {
  if (keys.empty()) return on_values(std::vector<Value>());
  const auto read = [count = keys.size()](const redisReply& reply) {
    return ToValues(reply, count);
  };
  core_->Send(core_->MakeCall(KeysCommand("MGET", keys), budget,
                              Reader(core_->stats(), read, std::move(on_values))));
}

void Client::SetAsync(std::string_view key, std::string_view value, absl::Duration ttl,
                      OnDone on_done, std::optional<absl::Duration> budget) {
  core_->Send(core_->MakeCall(SetCommand(key, value, ttl), budget,
                              Reader(core_->stats(), ToStatus, std::move(on_done))));
}

void Client::DelAsync(std::span<const std::string> keys, OnDone on_done,
                      std::optional<absl::Duration> budget) {
  if (keys.empty()) return on_done(absl::OkStatus());
  core_->Send(core_->MakeCall(KeysCommand("DEL", keys), budget,
                              Reader(core_->stats(), ToStatus, std::move(on_done))));
}

template <typename Result, typename Read>
Result Client::Wait(std::string command, std::optional<absl::Duration> budget, Read read) {
  const std::shared_ptr<Core> core = core_;
  const auto waiter = std::make_shared<Waiter<Result>>();
  const auto on_result = [waiter](Result result) { waiter->Set(std::move(result)); };
  const auto call =
      core->MakeCall(std::move(command), budget, Reader(core->stats(), read, on_result));
  call->is_waited_for = true;
  core->Send(call);
  if (!waiter->WaitUntil(call->deadline)) core->TimeOut(*call);
  return waiter->Take();
}

absl::StatusOr<Value> Client::Get(std::string_view key, std::optional<absl::Duration> budget) {
  const std::string_view arguments[] = {"GET", key};
  return Wait<absl::StatusOr<Value>>(EncodeCommand(arguments), budget, ToValue);
}

absl::StatusOr<std::vector<Value>> Client::MGet(std::span<const std::string> keys,
                                                std::optional<absl::Duration> budget) {
  if (keys.empty()) return std::vector<Value>();
  const auto read = [count = keys.size()](const redisReply& reply) {
    return ToValues(reply, count);
  };
  return Wait<absl::StatusOr<std::vector<Value>>>(KeysCommand("MGET", keys), budget, read);
}

absl::Status Client::Set(std::string_view key, std::string_view value, absl::Duration ttl,
                         std::optional<absl::Duration> budget) {
  return Wait<absl::Status>(SetCommand(key, value, ttl), budget, ToStatus);
}

absl::Status Client::Del(std::span<const std::string> keys, std::optional<absl::Duration> budget) {
  if (keys.empty()) return absl::OkStatus();
  return Wait<absl::Status>(KeysCommand("DEL", keys), budget, ToStatus);
}

absl::StatusOr<ScanPage> Client::Scan(std::string_view cursor, std::string_view pattern,
                                      std::optional<absl::Duration> budget) {
  const std::string_view arguments[] = {"SCAN", cursor, "MATCH", pattern, "COUNT", kScanCount};
  return Wait<absl::StatusOr<ScanPage>>(EncodeCommand(arguments), budget, ToScanPage);
}

}  // namespace valueloop::redis
