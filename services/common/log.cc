#include "common/log.h"

#include <cmath>
#include <memory>
#include <utility>

#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "common/mutex.h"
#include "common/status.h"
#include "common/utf8.h"
#include "fmt/format.h"
#include "spdlog/logger.h"
#include "spdlog/sinks/stdout_sinks.h"

namespace valueloop::log {
namespace {

struct State {
  Mutex mutex;
  std::string service VL_GUARDED_BY(mutex) = "valueloop";
  Level level VL_GUARDED_BY(mutex) = Level::kInfo;
  std::function<void(std::string_view)> test_sink VL_GUARDED_BY(mutex);
};

// Never destroyed, so that threads which outlive main may still log.
State& GlobalState() {
  static auto& state = *new State();
  return state;
}

spdlog::logger& StderrLogger() {
  static auto& logger = *[] {
    auto* made = new spdlog::logger("valueloop", std::make_shared<spdlog::sinks::stderr_sink_mt>());
    made->set_pattern("%v");
    made->set_level(spdlog::level::trace);
    return made;
  }();
  return logger;
}

std::string_view NameOf(Level level) {
  switch (level) {
    case Level::kDebug:
      return "debug";
    case Level::kInfo:
      return "info";
    case Level::kWarning:
      return "warning";
    case Level::kError:
      return "error";
  }
  return "error";
}

void AppendJsonString(std::string_view text, std::string& out) {
  out += '"';
  while (!text.empty()) {
    const size_t length = Utf8SequenceLength(text);
    const char c = text[0];
    if (length == 0) {
      out += "\xEF\xBF\xBD";  // U+FFFD
    } else if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (c == '\n') {
      out += "\\n";
    } else if (static_cast<uint8_t>(c) < 0x20 || c == 0x7F) {
      out += fmt::format("\\u{:04x}", static_cast<uint8_t>(c));
    } else {
      out += text.substr(0, length);
    }
    text.remove_prefix(length == 0 ? 1 : length);
  }
  out += '"';
}

void AppendValue(const Field& field, std::string& out) {
  if (const auto* text = std::get_if<std::string_view>(&field.value)) {
    AppendJsonString(*text, out);
  } else if (const auto* number = std::get_if<int64_t>(&field.value)) {
    out += std::to_string(*number);
  } else if (const auto* real = std::get_if<double>(&field.value)) {
    out += std::isfinite(*real) ? fmt::format("{}", *real) : "null";
  } else {
    out += std::get<bool>(field.value) ? "true" : "false";
  }
}

}  // namespace

void Configure(std::string_view service, Level level) {
  State& state = GlobalState();
  const MutexLock lock(state.mutex);
  state.service = std::string(service);
  state.level = level;
}

absl::Status ParseLevel(std::string_view text, Level& level) {
  for (const Level candidate : {Level::kDebug, Level::kInfo, Level::kWarning, Level::kError}) {
    if (text == NameOf(candidate)) {
      level = candidate;
      return absl::OkStatus();
    }
  }
  return InvalidField("log_level", text, "debug, info, warning or error");
}

void Write(Level level, std::string_view event, Fields fields) {
  std::string line = "{\"ts\":\"";
  line += absl::FormatTime("%Y-%m-%dT%H:%M:%E6SZ", absl::Now(), absl::UTCTimeZone());
  line += fmt::format("\",\"level\":\"{}\",\"service\":", NameOf(level));
  State& state = GlobalState();
  const MutexLock lock(state.mutex);
  if (level < state.level) return;
  AppendJsonString(state.service, line);
  line += ",\"event\":";
  AppendJsonString(event, line);
  for (const Field& field : fields) {
    line += ',';
    AppendJsonString(field.key, line);
    line += ':';
    AppendValue(field, line);
  }
  line += '}';
  if (state.test_sink) {
    state.test_sink(line);
  } else {
    StderrLogger().log(spdlog::level::info, "{}", line);
  }
}

std::string HashedId(std::string_view id) {
  uint64_t hash = 0xcbf29ce484222325;  // FNV-1a, 64 bits.
  for (const char c : id) hash = (hash ^ static_cast<uint8_t>(c)) * 0x100000001b3;
  // MurmurHash3's finalizer, so that short ids differ in every digit.
  hash = (hash ^ (hash >> 33)) * 0xff51afd7ed558ccd;
  hash = (hash ^ (hash >> 33)) * 0xc4ceb9fe1a85ec53;
  return fmt::format("{:016x}", hash ^ (hash >> 33));
}

ScopedSink::ScopedSink(std::function<void(std::string_view)> sink) {
  State& state = GlobalState();
  const MutexLock lock(state.mutex);
  state.test_sink = std::move(sink);
}

ScopedSink::~ScopedSink() {
  State& state = GlobalState();
  const MutexLock lock(state.mutex);
  state.test_sink = nullptr;
}

}  // namespace valueloop::log
