#include "common/rpc/call_context.h"

#include <random>
#include <utility>

#include "fmt/format.h"

namespace valueloop::rpc {
namespace {

constexpr size_t kTraceIdStart = 3;
constexpr size_t kTraceIdLength = 32;
constexpr size_t kTraceparentLength = 55;  // 00-{32 digits}-{16 digits}-{2 digits}

uint64_t Random64() {
  thread_local std::mt19937_64 generator{std::random_device{}()};
  return generator();
}

bool IsLowerHex(std::string_view text) {
  return text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

// The trace id of a valid version-00 traceparent (W3C Trace Context, section 3.2), or empty.
std::string TraceIdOf(std::string_view traceparent) {
  if (traceparent.size() != kTraceparentLength || traceparent.substr(0, 3) != "00-" ||
      traceparent[35] != '-' || traceparent[52] != '-') {
    return {};
  }
  const std::string_view trace_id = traceparent.substr(kTraceIdStart, kTraceIdLength);
  const std::string_view parent_id = traceparent.substr(36, 16);
  const auto is_zero = [](std::string_view id) {
    return id.find_first_not_of('0') == std::string_view::npos;
  };
  if (!IsLowerHex(trace_id) || !IsLowerHex(parent_id) || !IsLowerHex(traceparent.substr(53)) ||
      is_zero(trace_id) || is_zero(parent_id)) {
    return {};
  }
  return std::string(trace_id);
}

}  // namespace

CallContext::CallContext(absl::Time deadline, Metadata metadata)
    : deadline_(deadline), metadata_(std::move(metadata)) {
  if (const auto given = FindMetadata("traceparent"); given.has_value()) {
    trace_id_ = TraceIdOf(*given);
  }
  if (trace_id_.empty()) trace_id_ = fmt::format("{:016x}{:016x}", Random64(), Random64() | 1);
  traceparent_ = fmt::format("00-{}-{:016x}-01", trace_id_, Random64() | 1);
}

std::optional<std::string_view> CallContext::FindMetadata(std::string_view key) const {
  const auto found = metadata_.find(std::string(key));
  if (found == metadata_.end()) return std::nullopt;
  return found->second;
}

void CallContext::Cancel() {
  const MutexLock lock(mutex_);
  if (cancelled_.exchange(true, std::memory_order_acq_rel)) return;
  stopping_.store(true, std::memory_order_release);
  for (const std::function<void()>& wake : stop_callbacks_) wake();
}

void CallContext::NotifyDraining() {
  const MutexLock lock(mutex_);
  if (stopping_.exchange(true, std::memory_order_acq_rel)) return;
  for (const std::function<void()>& wake : stop_callbacks_) wake();
}

CallContext::StopCallback::StopCallback(CallContext& context, std::function<void()> wake)
    : context_(context) {
  const MutexLock lock(context_.mutex_);
  if (context_.stopping()) wake();
  place_ = context_.stop_callbacks_.insert(context_.stop_callbacks_.end(), std::move(wake));
}

CallContext::StopCallback::~StopCallback() {
  const MutexLock lock(context_.mutex_);
  context_.stop_callbacks_.erase(place_);
}

}  // namespace valueloop::rpc
