#include "common/redis/client_core.h"

#include <fmt/format.h>
#include <hiredis/hiredis.h>

#include <algorithm>
#include <chrono>
#include <string_view>
#include <utility>

#include "absl/time/time.h"

namespace valueloop::redis {
namespace {

using std::chrono::milliseconds;
using std::chrono::nanoseconds;

constexpr milliseconds kFirstBackoff{20};
// A connection attempt or a probe without an answer for so long: begin again with a new connection.
constexpr std::chrono::seconds kStuckLimit{1};

// std::push_heap keeps the greatest on top: the latest is the least.
bool IsLater(const std::shared_ptr<Client::Core::Call>& a,
             const std::shared_ptr<Client::Core::Call>& b) {
  return a->deadline > b->deadline;
}

}  // namespace

Client::Core::Core(const ClientOptions& options, Address address)
    : options_(options),
      address_(std::move(address)),
      breaker_(options.failure_limit, absl::ToChronoNanoseconds(options.failure_window)) {
  connection_ = std::make_unique<Connection>(
      loop_, [this] { OnOpen(); }, [this] { OnClose(); });
}

void Client::Core::Start() {
  loop_.Post([this] {
    Connect();
    StartTicking();
  });
}

void Client::Core::Stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  loop_.Post([this] {
    connection_->Close();
    link_ = Link::kClosed;
    DrainInbox();  // Each is told that there is no connection.
  });
  loop_.Stop();
}

std::shared_ptr<Client::Core::Call> Client::Core::MakeCall(std::string command,
                                                           std::optional<absl::Duration> budget,
                                                           OnReply on_reply) const {
  auto call = std::make_shared<Call>();
  call->command = std::move(command);
  call->on_reply = std::move(on_reply);
  call->deadline = Clock::now() + absl::ToChronoNanoseconds(budget.value_or(options_.timeout));
  call->counts = !budget.has_value() || *budget >= options_.timeout;
  return call;
}

void Client::Core::Send(const std::shared_ptr<Call>& call) {
  if (breaker_.IsOpen()) {
    stats_.breaker_rejected_count.fetch_add(1, std::memory_order_relaxed);
    Refuse(*call, absl::UnavailableError("redis: away or slow, not asked"));
    return;
  }
  if (stats_.pending_count.fetch_add(1, std::memory_order_relaxed) >= options_.max_pending) {
    stats_.pending_count.fetch_sub(1, std::memory_order_relaxed);
    stats_.overload_rejected_count.fetch_add(1, std::memory_order_relaxed);
    Refuse(*call, absl::ResourceExhaustedError(fmt::format(
                      "redis: got {} calls under way, want fewer", options_.max_pending)));
    return;
  }
  bool was_empty;
  {
    std::unique_lock lock(mutex_);
    if (stopping_) {
      lock.unlock();
      stats_.pending_count.fetch_sub(1, std::memory_order_relaxed);
      Refuse(*call, absl::UnavailableError("redis: the client is closing"));
      return;
    }
    was_empty = inbox_.empty();
    inbox_.push_back(call);
  }
  if (was_empty) loop_.Post([this] { DrainInbox(); });
}

void Client::Core::Refuse(Call& call, const absl::Status& status) {
  if (!call.is_done.exchange(true)) call.on_reply(nullptr, status);
}

void Client::Core::Answer(Call& call, const redisReply* reply) {
  stats_.pending_count.fetch_sub(1, std::memory_order_relaxed);
  if (call.is_done.exchange(true)) return;  // Too late.
  if (reply != nullptr) {
    call.on_reply(reply, absl::OkStatus());
  } else {
    stats_.error_count.fetch_add(1, std::memory_order_relaxed);
    call.on_reply(nullptr, absl::UnavailableError("redis: the connection was lost"));
  }
}

void Client::Core::TimeOut(Call& call) {
  if (call.is_done.exchange(true)) return;
  stats_.timeout_count.fetch_add(1, std::memory_order_relaxed);
  if (call.counts && breaker_.RecordFailure(Clock::now())) {
    stats_.breaker_opened_count.fetch_add(1, std::memory_order_relaxed);
    loop_.Post([this] { StartTicking(); });
  }
  call.on_reply(nullptr, absl::DeadlineExceededError("redis: no answer within the budget"));
}

void Client::Core::DrainInbox() {
  std::vector<std::shared_ptr<Call>> calls;
  {
    const std::lock_guard lock(mutex_);
    calls.swap(inbox_);
  }
  for (const std::shared_ptr<Call>& call : calls) {
    if (call->is_done) {
      stats_.pending_count.fetch_sub(1, std::memory_order_relaxed);
      continue;
    }
    if (!call->is_waited_for) WatchDeadline(call);
    connection_->Send(call->command,
                      [this, call](const redisReply* reply) { Answer(*call, reply); });
  }
  connection_->Flush();
}

void Client::Core::WatchDeadline(const std::shared_ptr<Call>& call) {
  timed_.push_back(call);
  std::push_heap(timed_.begin(), timed_.end(), IsLater);
  if (call->deadline >= next_check_) return;
  next_check_ = call->deadline;
  loop_.RunAt(next_check_, [this] { CheckDeadlines(); });
}

void Client::Core::CheckDeadlines() {
  const Clock::time_point now = Clock::now();
  while (!timed_.empty() && (timed_.front()->is_done || timed_.front()->deadline <= now)) {
    std::pop_heap(timed_.begin(), timed_.end(), IsLater);
    const std::shared_ptr<Call> call = std::move(timed_.back());
    timed_.pop_back();
    TimeOut(*call);
  }
  next_check_ = timed_.empty() ? Clock::time_point::max() : timed_.front()->deadline;
  if (!timed_.empty()) loop_.RunAt(next_check_, [this] { CheckDeadlines(); });
}

void Client::Core::Connect() {
  link_ = Link::kConnecting;
  attempt_time_ = Clock::now();
  connection_->Open(address_);
}

void Client::Core::OnOpen() {
  link_ = Link::kOpen;
  stats_.connect_count.fetch_add(1, std::memory_order_relaxed);
  Probe();  // A connection is no proof: the kernel accepts for a server that is stopped.
}

void Client::Core::OnClose() {
  link_ = Link::kClosed;
  if (!breaker_.IsOpen()) {
    breaker_.Open();
    stats_.breaker_opened_count.fetch_add(1, std::memory_order_relaxed);
  }
  const nanoseconds longest = absl::ToChronoNanoseconds(options_.probe_interval);
  backoff_ =
      std::clamp<nanoseconds>(backoff_ * 2, std::min<nanoseconds>(kFirstBackoff, longest), longest);
  loop_.RunAt(Clock::now() + backoff_, [this] {
    if (link_ == Link::kClosed) Connect();
  });
  StartTicking();
}

void Client::Core::StartTicking() {
  if (ticking_) return;
  ticking_ = true;
  loop_.RunAt(Clock::now() + absl::ToChronoNanoseconds(options_.probe_interval),
              [this] { Tick(); });
}

void Client::Core::Tick() {
  ticking_ = false;
  if (!breaker_.IsOpen()) return;
  const bool is_busy = link_ == Link::kConnecting || probing_;
  if (is_busy && Clock::now() - attempt_time_ > kStuckLimit) {
    connection_->Close();
    Connect();
  } else if (link_ == Link::kOpen && !probing_) {
    Probe();
  }
  StartTicking();
}

void Client::Core::Probe() {
  constexpr std::string_view kPing[] = {"PING"};
  probing_ = true;
  attempt_time_ = Clock::now();
  connection_->Send(EncodeCommand(kPing), [this, begin = attempt_time_](const redisReply* reply) {
    OnProbeReply(begin, reply);
  });
  connection_->Flush();
}

void Client::Core::OnProbeReply(Clock::time_point begin, const redisReply* reply) {
  probing_ = false;
  // A server that answers with an error is loading its data; one that takes its time would only let
  // the next calls run into their deadlines.
  const bool is_well = reply != nullptr && reply->type == REDIS_REPLY_STATUS;
  if (!is_well || Clock::now() - begin > 2 * absl::ToChronoNanoseconds(options_.timeout)) return;
  backoff_ = nanoseconds(0);
  breaker_.Close();
}

}  // namespace valueloop::redis
