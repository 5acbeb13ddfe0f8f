#include "common/redis/event_loop.h"

#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

namespace valueloop::redis {
namespace {

constexpr int kEventLimit = 16;
constexpr int kLongestWaitMillis = 60'000;

}  // namespace

EventLoop::EventLoop()
    : epoll_(epoll_create1(EPOLL_CLOEXEC)), wake_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.fd = wake_;
  epoll_ctl(epoll_, EPOLL_CTL_ADD, wake_, &event);
  thread_ = std::thread([this] { Loop(); });
}

EventLoop::~EventLoop() {
  Stop();
  close(wake_);
  close(epoll_);
}

void EventLoop::Post(std::function<void()> function) {
  {
    const std::lock_guard lock(mutex_);
    if (stopping_) return;
    posted_.push_back(std::move(function));
    if (posted_.size() > 1) return;  // Somebody has woken it already.
  }
  eventfd_write(wake_, 1);
}

void EventLoop::Stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  eventfd_write(wake_, 1);
  if (thread_.joinable()) thread_.join();
}

void EventLoop::RunAt(Clock::time_point time, std::function<void()> function) {
  timers_.emplace(time, std::move(function));
}

void EventLoop::Watch(int descriptor, Handler handler) {
  watched_[descriptor] = {.handler = std::make_shared<Handler>(std::move(handler))};
}

void EventLoop::WantRead(int descriptor, bool wanted) { SetWanted(descriptor, EPOLLIN, wanted); }
void EventLoop::WantWrite(int descriptor, bool wanted) { SetWanted(descriptor, EPOLLOUT, wanted); }

void EventLoop::SetWanted(int descriptor, uint32_t event, bool wanted) {
  const auto entry = watched_.find(descriptor);
  if (entry == watched_.end()) return;
  entry->second.wanted = wanted ? entry->second.wanted | event : entry->second.wanted & ~event;
}

void EventLoop::Unwatch(int descriptor) {
  const auto entry = watched_.find(descriptor);
  if (entry == watched_.end()) return;
  if (entry->second.applied != 0) epoll_ctl(epoll_, EPOLL_CTL_DEL, descriptor, nullptr);
  watched_.erase(entry);
}

// Wishes are passed on once per round: a command that is written at once needs no system call for
// them.
void EventLoop::ApplyWanted() {
  for (auto& [descriptor, watched] : watched_) {
    if (watched.wanted == watched.applied) continue;
    epoll_event event{};
    event.events = watched.wanted;
    event.data.fd = descriptor;
    const int operation = watched.applied == 0  ? EPOLL_CTL_ADD
                          : watched.wanted == 0 ? EPOLL_CTL_DEL
                                                : EPOLL_CTL_MOD;
    epoll_ctl(epoll_, operation, descriptor, &event);
    watched.applied = watched.wanted;
  }
}

int EventLoop::WaitMillis() const {
  if (timers_.empty()) return kLongestWaitMillis;
  const auto wait =
      std::chrono::ceil<std::chrono::milliseconds>(timers_.begin()->first - Clock::now()).count();
  return static_cast<int>(std::clamp<int64_t>(wait, 0, kLongestWaitMillis));
}

void EventLoop::RunTimers() {
  while (!timers_.empty() && timers_.begin()->first <= Clock::now()) {
    auto timer = timers_.extract(timers_.begin());
    timer.mapped()();
  }
}

void EventLoop::RunPosted() {
  std::vector<std::function<void()>> functions;
  {
    const std::lock_guard lock(mutex_);
    functions.swap(posted_);
  }
  for (const auto& function : functions) function();
}

void EventLoop::Loop() {
  for (;;) {
    ApplyWanted();
    epoll_event events[kEventLimit];
    const int count = epoll_wait(epoll_, events, kEventLimit, WaitMillis());
    bool is_stopping;
    {
      const std::lock_guard lock(mutex_);
      is_stopping = stopping_;
    }
    for (int i = 0; i < count; ++i) {
      const int descriptor = events[i].data.fd;
      if (descriptor == wake_) {
        eventfd_t ignored;
        eventfd_read(wake_, &ignored);
        continue;
      }
      const auto entry = watched_.find(descriptor);
      if (entry == watched_.end()) continue;
      const std::shared_ptr<Handler> handler = entry->second.handler;
      const bool failed = (events[i].events & (EPOLLERR | EPOLLHUP)) != 0;
      (*handler)(failed || (events[i].events & EPOLLIN) != 0,
                 failed || (events[i].events & EPOLLOUT) != 0);
    }
    RunPosted();
    if (is_stopping) return;
    RunTimers();
  }
}

}  // namespace valueloop::redis
