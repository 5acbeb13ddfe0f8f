// The log: one JSON object per line on stderr. Every line has ts, level, service and event; the
// rest is what the event names. A customer id is never logged as it is, see HashedId.
//
//   log::Info("plan_published", {{"workspace", name}, {"version", 3}});
#ifndef VALUELOOP_COMMON_LOG_H_
#define VALUELOOP_COMMON_LOG_H_

#include <concepts>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <string>
#include <string_view>
#include <variant>

#include "absl/status/status.h"

namespace valueloop::log {

enum class Level { kDebug, kInfo, kWarning, kError };

// A key and its value: text, a whole number, a double (NaN and infinities print as null) or a bool.
struct Field {
  Field(std::string_view k, std::string_view v) : key(k), value(v) {}
  Field(std::string_view k, const std::string& v) : key(k), value(std::string_view(v)) {}
  Field(std::string_view k, const char* v) : key(k), value(std::string_view(v)) {}
  Field(std::string_view k, bool v) : key(k), value(v) {}
  Field(std::string_view k, double v) : key(k), value(v) {}
  Field(std::string_view k, std::integral auto v) : key(k), value(static_cast<int64_t>(v)) {}

  std::string_view key;  // Lower snake case; not ts, level, service or event.
  std::variant<std::string_view, int64_t, double, bool> value;
};
using Fields = std::initializer_list<Field>;

// Names the service in every line and drops lines below `level`. Before it is called lines carry
// the service "valueloop" and start at kInfo. Call it before other threads log.
void Configure(std::string_view service, Level level);

// "debug", "info", "warning" or "error"; INVALID_ARGUMENT for anything else.
absl::Status ParseLevel(std::string_view text, Level& level);

// Thread-safe. Values are escaped: invalid UTF-8 becomes U+FFFD, so a line is always one JSON
// object.
void Write(Level level, std::string_view event, Fields fields = {});
inline void Debug(std::string_view event, Fields fields = {}) {
  Write(Level::kDebug, event, fields);
}
inline void Info(std::string_view event, Fields fields = {}) { Write(Level::kInfo, event, fields); }
inline void Warning(std::string_view event, Fields fields = {}) {
  Write(Level::kWarning, event, fields);
}
inline void Error(std::string_view event, Fields fields = {}) {
  Write(Level::kError, event, fields);
}

// 16 hexadecimal digits that stand for `id`: the same id gives the same digits in every process, so
// that lines can be matched. It hides ids from the eye; it does not protect guessable ones.
std::string HashedId(std::string_view id);

// Sends lines (without the newline) to `sink` instead of stderr while it lives. For tests.
class ScopedSink {
 public:
  explicit ScopedSink(std::function<void(std::string_view)> sink);
  ~ScopedSink();
  ScopedSink(const ScopedSink&) = delete;
  ScopedSink& operator=(const ScopedSink&) = delete;
};

}  // namespace valueloop::log

#endif  // VALUELOOP_COMMON_LOG_H_
