// The parts of a Client that outlive it for as long as a blocking call needs them. Internal.
#ifndef VALUELOOP_COMMON_REDIS_CLIENT_CORE_H_
#define VALUELOOP_COMMON_REDIS_CLIENT_CORE_H_

#include <atomic>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "common/redis/address.h"
#include "common/redis/breaker.h"
#include "common/redis/client.h"
#include "common/redis/connection.h"
#include "common/redis/event_loop.h"

struct redisReply;

namespace valueloop::redis {

class Client::Core : public std::enable_shared_from_this<Core> {
 public:
  using Clock = EventLoop::Clock;
  // Gets the reply, or nullptr and why there is none.
  using OnReply = std::function<void(const redisReply*, const absl::Status&)>;

  Core(const ClientOptions& options, Address address);

  void Start();
  void Stop();

  struct Call {
    std::string command;
    OnReply on_reply;
    Clock::time_point deadline;
    bool is_waited_for = false;        // Its caller watches the deadline, not the loop.
    bool counts = true;                // Its timeout says something about the server.
    std::atomic<bool> is_done{false};  // Whoever sets it answers.
  };
  // Sends the call; its on_reply is called exactly once.
  void Send(const std::shared_ptr<Call>& call);
  // Answers a call that is not answered yet with DEADLINE_EXCEEDED.
  void TimeOut(Call& call);
  std::shared_ptr<Call> MakeCall(std::string command, std::optional<absl::Duration> budget,
                                 OnReply on_reply) const;

  bool IsOpen() const { return breaker_.IsOpen(); }
  ClientStats& stats() { return stats_; }

 private:
  void Refuse(Call& call, const absl::Status& status);
  void Answer(Call& call, const redisReply* reply);

  // On the loop's thread.
  void DrainInbox();
  void WatchDeadline(const std::shared_ptr<Call>& call);
  void CheckDeadlines();
  void Connect();
  void OnOpen();
  void OnClose();
  void StartTicking();
  void Tick();
  void Probe();
  void OnProbeReply(Clock::time_point begin, const redisReply* reply);

  const ClientOptions options_;
  const Address address_;
  ClientStats stats_;
  Breaker breaker_;
  std::mutex mutex_;
  std::vector<std::shared_ptr<Call>> inbox_;  // Under mutex_, as the next.
  bool stopping_ = false;

  // On the loop's thread, as the rest.
  std::vector<std::shared_ptr<Call>> timed_;  // A heap, the earliest deadline first.
  Clock::time_point next_check_ = Clock::time_point::max();
  enum class Link { kClosed, kConnecting, kOpen };
  Link link_ = Link::kClosed;
  bool ticking_ = false;
  bool probing_ = false;
  Clock::time_point attempt_time_{};  // When the attempt to connect or the probe under way began.
  std::chrono::nanoseconds backoff_{0};
  std::unique_ptr<Connection> connection_;
  EventLoop loop_;  // Last: its thread uses the rest.
};

}  // namespace valueloop::redis

#endif  // VALUELOOP_COMMON_REDIS_CLIENT_CORE_H_
