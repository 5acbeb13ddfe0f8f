#include "testing/redis_server.h"

#include <signal.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstdio>
#include <cstring>
#include <filesystem>
#include <system_error>

#include "testing/eventually.h"

namespace valueloop::testing {

bool RedisServer::Start() {
  Kill();
  absl::StatusOr<std::unique_ptr<ChildProcess>> started =
      ChildProcess::Start({"redis-server", "--port", "0", "--unixsocket", SocketPath(), "--dir",
                           dir_.path(), "--save", "", "--appendonly", "no", "--daemonize", "no"});
  if (!started.ok()) return false;
  process_ = *std::move(started);
  const bool answers =
      Eventually([this] { return Command("PING").starts_with("+PONG") || !process_->IsRunning(); });
  if (!answers || !process_->IsRunning()) {
    std::fprintf(stderr, "redis-server does not answer:\n%s%s\n", process_->Output().c_str(),
                 process_->Errors().c_str());
    return false;
  }
  return true;
}

void RedisServer::Kill() {
  process_.reset();
  std::error_code ignored;
  std::filesystem::remove(SocketPath(), ignored);
}

void RedisServer::Shutdown() {
  if (process_ != nullptr) process_->Stop();
  process_.reset();
}

void RedisServer::Pause() { process_->Signal(SIGSTOP); }
void RedisServer::Resume() { process_->Signal(SIGCONT); }

std::string RedisServer::Command(const std::string& line) const {
  const int descriptor = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (descriptor < 0) return "";
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::strncpy(address.sun_path, SocketPath().c_str(), sizeof(address.sun_path) - 1);
  const timeval second{.tv_sec = 1, .tv_usec = 0};
  setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &second, sizeof(second));
  const std::string command = line + "\r\n";
  char buffer[4096];
  ssize_t size = -1;
  if (connect(descriptor, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0 &&
      send(descriptor, command.data(), command.size(), MSG_NOSIGNAL) > 0) {
    size = recv(descriptor, buffer, sizeof(buffer), 0);
  }
  close(descriptor);
  return size > 0 ? std::string(buffer, static_cast<size_t>(size)) : "";
}

}  // namespace valueloop::testing
