#ifndef VALUELOOP_COMMON_REDIS_EVENT_LOOP_H_
#define VALUELOOP_COMMON_REDIS_EVENT_LOOP_H_

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

namespace valueloop::redis {

// One thread that waits for sockets, timers and posted functions (epoll). Everything it calls runs
// on that thread and must not block.
class EventLoop {
 public:
  using Clock = std::chrono::steady_clock;
  using Handler = std::function<void(bool readable, bool writable)>;

  EventLoop();
  ~EventLoop();  // Stop().
  EventLoop(const EventLoop&) = delete;
  EventLoop& operator=(const EventLoop&) = delete;

  // From any thread: runs `function` on the loop. Dropped once the loop has stopped.
  void Post(std::function<void()> function);
  // From any thread but the loop's: runs what was posted before, then ends the thread.
  void Stop();

  // On the loop's thread only, as all below.
  void RunAt(Clock::time_point time, std::function<void()> function);
  // Calls `handler` when `descriptor` is ready for what was asked for; nothing, at first.
  void Watch(int descriptor, Handler handler);
  void WantRead(int descriptor, bool wanted);
  void WantWrite(int descriptor, bool wanted);
  void Unwatch(int descriptor);  // Before the descriptor is closed.

 private:
  struct Watched {
    std::shared_ptr<Handler> handler;  // Shared: it may unwatch itself while it runs.
    uint32_t wanted = 0;
    uint32_t applied = 0;
  };

  void Loop();
  void RunPosted();
  void RunTimers();
  void ApplyWanted();
  int WaitMillis() const;
  void SetWanted(int descriptor, uint32_t event, bool wanted);

  const int epoll_;
  const int wake_;
  std::mutex mutex_;
  std::vector<std::function<void()>> posted_;  // Under mutex_, as the next.
  bool stopping_ = false;
  std::map<int, Watched> watched_;
  std::multimap<Clock::time_point, std::function<void()>> timers_;
  std::thread thread_;  // Last.
};

}  // namespace valueloop::redis

#endif  // VALUELOOP_COMMON_REDIS_EVENT_LOOP_H_
