#ifndef VALUELOOP_TESTS_TESTING_REDIS_SERVER_H_
#define VALUELOOP_TESTS_TESTING_REDIS_SERVER_H_

#include <memory>
#include <string>

#include "testing/child_process.h"
#include "testing/temp_dir.h"

namespace valueloop::testing {

// A real Redis of the test's own, on a unix socket in a temporary folder; it keeps nothing on disk.
class RedisServer {
 public:
  RedisServer() = default;  // Start() it.

  // Starts it, again at the same address if it ran before; true once it answers. What it held is
  // gone.
  bool Start();
  // What to connect to, before and after Start alike.
  std::string address() const { return "unix:" + SocketPath(); }
  std::string SocketPath() const { return dir_.File("redis.sock"); }

  void Kill();      // SIGKILL.
  void Shutdown();  // SIGTERM.
  void Pause();     // SIGSTOP: connections stand, no answer comes.
  void Resume();    // SIGCONT.

  // Sends one command in Redis' inline form, such as "SET a b", and returns the raw answer's first
  // bytes; empty if there is none within a second.
  std::string Command(const std::string& line) const;

 private:
  TempDir dir_;
  std::unique_ptr<ChildProcess> process_;
};

}  // namespace valueloop::testing

#endif  // VALUELOOP_TESTS_TESTING_REDIS_SERVER_H_
