#ifndef VALUELOOP_COMMON_REDIS_CONNECTION_H_
#define VALUELOOP_COMMON_REDIS_CONNECTION_H_

#include <functional>
#include <memory>
#include <string>

#include "common/redis/address.h"
#include "common/redis/event_loop.h"

struct redisReply;

namespace valueloop::redis {

// One asynchronous connection (hiredis). Without timeouts of its own: hiredis' would drop the
// connection and with it every call under way. On the loop's thread only.
class Connection {
 public:
  // Gets the reply, valid for the call only; nullptr: the connection was lost before it came.
  using OnReply = std::function<void(const redisReply*)>;

  // `on_open` is called when the connection stands, `on_close` once when it is lost or could not be
  // made; by then every command has its answer. Neither is called by Close.
  Connection(EventLoop& loop, std::function<void()> on_open, std::function<void()> on_close);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  // Begins to connect, giving up what was there. Looking up a host's name may take as long as the
  // resolver does.
  void Open(const Address& address);
  // Every command under way gets nullptr, now or when the callback that calls this has returned.
  void Close();

  // Queues a command (EncodeCommand). `on_reply` gets nullptr if there is no connection.
  void Send(const std::string& command, OnReply on_reply);
  // Writes what is queued.
  void Flush();

 private:
  struct Link;
  friend struct Link;

  EventLoop& loop_;
  const std::function<void()> on_open_;
  const std::function<void()> on_close_;
  std::shared_ptr<Link> link_;  // nullptr: closed.
};

}  // namespace valueloop::redis

#endif  // VALUELOOP_COMMON_REDIS_CONNECTION_H_
