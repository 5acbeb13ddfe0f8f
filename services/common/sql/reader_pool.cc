#include "common/sql/reader_pool.h"

#include <fmt/format.h>

#include <typeinfo>
#include <utility>

#include "common/sql/connection.h"
#include "common/status.h"

namespace valueloop::sql {
namespace {

absl::Status Call(absl::FunctionRef<absl::Status(Session&)> query, Session& session) {
  try {
    return query(session);
  } catch (const std::exception& error) {
    return absl::InternalError(fmt::format("read: got exception {}", typeid(error).name()));
  } catch (...) {
    return absl::InternalError("read: got an exception");
  }
}

}  // namespace

ReaderPool::ReaderPool(std::string path, const DatabaseOptions& options, DatabaseStats& stats)
    : path_(std::move(path)), options_(options), stats_(stats) {}

absl::Status ReaderPool::Run(absl::FunctionRef<absl::Status(Session&)> query) {
  VL_ASSIGN_OR_RETURN(std::unique_ptr<Session> session, Acquire());
  stats_.read_count.fetch_add(1, std::memory_order_relaxed);
  absl::Status status = session->BeginRead();
  if (status.ok()) status = Call(query, *session);
  // Nothing was written, so that ending the transaction cannot change the answer.
  if (!session->InTransaction() || !session->Commit().ok()) session->Rollback();
  session->after_commit_.clear();
  Release(session->InTransaction() ? nullptr : std::move(session));
  return status;
}

absl::StatusOr<std::unique_ptr<Session>> ReaderPool::Acquire() {
  {
    std::unique_lock lock(mutex_);
    const bool is_free = released_.wait_for(
        lock, absl::ToChronoNanoseconds(options_.reader_wait),
        [this] { return !idle_.empty() || open_count_ < options_.reader_count; });
    if (!is_free) {
      return WithRetryAfter(WithReason(absl::ResourceExhaustedError(fmt::format(
                                           "readers: got {} in use, want one free", open_count_)),
                                       "READERS_BUSY"),
                            absl::Milliseconds(50));
    }
    if (!idle_.empty()) {
      std::unique_ptr<Session> session = std::move(idle_.back());
      idle_.pop_back();
      return session;
    }
    ++open_count_;
  }
  absl::StatusOr<std::unique_ptr<Connection>> connection =
      Connection::Open(path_, true, options_.busy_timeout);
  if (!connection.ok()) {
    Release(nullptr);
    return std::move(connection).status();
  }
  return std::make_unique<Session>(*std::move(connection));
}

void ReaderPool::Release(std::unique_ptr<Session> session) {
  {
    const std::lock_guard lock(mutex_);
    if (session == nullptr) {
      --open_count_;
    } else {
      idle_.push_back(std::move(session));
    }
  }
  released_.notify_one();
}

}  // namespace valueloop::sql
