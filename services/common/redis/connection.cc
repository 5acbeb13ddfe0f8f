#include "common/redis/connection.h"

#include <hiredis/async.h>
#include <hiredis/hiredis.h>

#include <utility>

namespace valueloop::redis {

// What hiredis and the loop know of one connection. It lives until hiredis frees the context, which
// may be after its Connection has turned to a new one.
struct Connection::Link {
  EventLoop* loop;
  Connection* owner;           // nullptr once closed by its owner.
  redisAsyncContext* context;  // nullptr once freed by hiredis.
  int descriptor;
  bool wants_write = false;
  std::shared_ptr<Link> self;  // Until hiredis calls Cleanup.

  static Link& Of(void* data) { return *static_cast<Link*>(data); }
  static void AddRead(void* data) { Of(data).loop->WantRead(Of(data).descriptor, true); }
  static void DeleteRead(void* data) { Of(data).loop->WantRead(Of(data).descriptor, false); }
  static void AddWrite(void* data) {
    Of(data).wants_write = true;
    Of(data).loop->WantWrite(Of(data).descriptor, true);
  }
  static void DeleteWrite(void* data) {
    Of(data).wants_write = false;
    Of(data).loop->WantWrite(Of(data).descriptor, false);
  }
  // The last thing hiredis does before it frees the context, whatever the cause: every pending
  // callback has been called with nullptr, the socket is still open.
  static void Cleanup(void* data) {
    const std::shared_ptr<Link> link = std::move(Of(data).self);
    link->loop->Unwatch(link->descriptor);
    link->context = nullptr;
    if (link->owner == nullptr) return;
    link->owner->link_.reset();
    link->owner->on_close_();
  }
  static void Connected(const redisAsyncContext* context, int status) {
    const Link& link = Of(context->ev.data);
    if (status == REDIS_OK && link.owner != nullptr) link.owner->on_open_();
  }
  static void Replied(redisAsyncContext*, void* reply, void* data) {
    const std::unique_ptr<OnReply> on_reply(static_cast<OnReply*>(data));
    (*on_reply)(static_cast<const redisReply*>(reply));
  }
};

Connection::Connection(EventLoop& loop, std::function<void()> on_open,
                       std::function<void()> on_close)
    : loop_(loop), on_open_(std::move(on_open)), on_close_(std::move(on_close)) {}

Connection::~Connection() { Close(); }

void Connection::Open(const Address& address) {
  Close();
  redisAsyncContext* context = address.socket_path.empty()
                                   ? redisAsyncConnect(address.host.c_str(), address.port)
                                   : redisAsyncConnectUnix(address.socket_path.c_str());
  if (context == nullptr || context->err != 0) {
    if (context != nullptr) redisAsyncFree(context);
    // Later, so that the caller is done with its own bookkeeping first.
    loop_.RunAt(EventLoop::Clock::now(), [this] {
      if (link_ == nullptr) on_close_();
    });
    return;
  }
  auto link = std::make_shared<Link>(
      Link{.loop = &loop_, .owner = this, .context = context, .descriptor = context->c.fd});
  link->self = link;
  link_ = link;
  context->ev.data = link.get();
  context->ev.addRead = Link::AddRead;
  context->ev.delRead = Link::DeleteRead;
  context->ev.addWrite = Link::AddWrite;
  context->ev.delWrite = Link::DeleteWrite;
  context->ev.cleanup = Link::Cleanup;
  loop_.Watch(link->descriptor, [link](bool readable, bool writable) {
    if (writable && link->context != nullptr) redisAsyncHandleWrite(link->context);
    if (readable && link->context != nullptr) redisAsyncHandleRead(link->context);
  });
  redisAsyncSetConnectCallback(context, Link::Connected);  // Asks to write, too.
}

void Connection::Close() {
  if (link_ == nullptr) return;
  const std::shared_ptr<Link> link = std::move(link_);
  link->owner = nullptr;
  if (link->context != nullptr) redisAsyncFree(link->context);
}

void Connection::Send(const std::string& command, OnReply on_reply) {
  if (link_ == nullptr || link_->context == nullptr) {
    on_reply(nullptr);
    return;
  }
  auto data = std::make_unique<OnReply>(std::move(on_reply));
  const int result = redisAsyncFormattedCommand(link_->context, Link::Replied, data.get(),
                                                command.data(), command.size());
  if (result == REDIS_OK) {
    [[maybe_unused]] const OnReply* owned_by_hiredis = data.release();
  } else {
    (*data)(nullptr);
  }
}

void Connection::Flush() {
  const std::shared_ptr<Link> link = link_;
  if (link == nullptr || link->context == nullptr || !link->wants_write) return;
  redisAsyncHandleWrite(link->context);
}

}  // namespace valueloop::redis
