#include "common/sql/outbox.h"

#include <fmt/format.h>

#include <algorithm>
#include <typeinfo>
#include <utility>

#include "common/status.h"

namespace valueloop::sql {
namespace {

constexpr int kBatchSize = 50;
constexpr absl::Duration kErrorDelay = absl::Milliseconds(500);
constexpr absl::Duration kLongestWait = absl::Minutes(1);

bool IsRefusedForGood(absl::StatusCode code) {
  return code == absl::StatusCode::kInvalidArgument || code == absl::StatusCode::kOutOfRange ||
         code == absl::StatusCode::kAlreadyExists;
}

bool IsReceiverDown(absl::StatusCode code) {
  return code == absl::StatusCode::kUnavailable || code == absl::StatusCode::kDeadlineExceeded;
}

absl::Status Call(const Outbox::Deliver& deliver, const OutboxMessage& message) {
  try {
    return deliver(message);
  } catch (const std::exception& error) {
    return absl::InternalError(fmt::format("delivery: got exception {}", typeid(error).name()));
  } catch (...) {
    return absl::InternalError("delivery: got an exception");
  }
}

absl::Duration Backoff(const OutboxOptions& options, int64_t attempt) {
  absl::Duration delay = options.min_backoff;
  for (int64_t i = 1; i < attempt && delay < options.max_backoff; ++i) delay *= 2;
  return std::min(delay, options.max_backoff);
}

}  // namespace

absl::StatusOr<int64_t> NextSequence(Session& session, std::string_view workspace,
                                     std::string_view name) {
  VL_ASSIGN_OR_RETURN(
      const std::optional<int64_t> next,
      session.QueryValue<int64_t>(
          "INSERT INTO counters (workspace, name, value) VALUES (:workspace, :name, 1) "
          "ON CONFLICT (workspace, name) DO UPDATE SET value = counters.value + 1 "
          "RETURNING value",
          {workspace, name}));
  if (!next.has_value()) return absl::InternalError("counter: got no value, want one");
  return *next;
}

Outbox::Outbox(Database& database, OutboxOptions options)
    : database_(database), options_(options) {}

Outbox::~Outbox() { Stop(); }

absl::StatusOr<int64_t> Outbox::Enqueue(Session& session, std::string_view workspace,
                                        std::string_view topic, std::string_view payload) {
  VL_ASSIGN_OR_RETURN(const int64_t sequence,
                      NextSequence(session, workspace, fmt::format("outbox:{}", topic)));
  // The distance to the first one and not a count: that would go through the whole backlog each
  // time.
  using First = std::optional<std::optional<int64_t>>;
  VL_ASSIGN_OR_RETURN(
      const First first,
      session.QueryValue<std::optional<int64_t>>(
          "SELECT MIN(sequence) FROM outbox WHERE state = 'WAITING' AND topic = :topic "
          "AND workspace = :workspace",
          {topic, workspace}));
  const int64_t waiting_count = sequence - first.value_or(std::nullopt).value_or(sequence);
  if (waiting_count >= options_.message_limit) {
    return WithRetryAfter(
        WithReason(absl::ResourceExhaustedError(
                       fmt::format("outbox {}: got {} waiting, want fewer", topic, waiting_count)),
                   "OUTBOX_FULL"),
        options_.max_backoff);
  }
  VL_ASSIGN_OR_RETURN(const int64_t now, session.NowMicros());
  VL_RETURN_IF_ERROR(
      session
          .Execute("INSERT INTO outbox (workspace, topic, sequence, payload, state, attempt, "
                   "next_time, error, create_time) VALUES (:workspace, :topic, :sequence, "
                   ":payload, 'WAITING', 0, 0, '', :create_time)",
                   {workspace, topic, sequence, payload, now})
          .status());
  session.AfterCommit([this] { Wake(); });
  return sequence;
}

void Outbox::Start(std::map<std::string, Deliver> topics) {
  for (auto& [topic, deliver] : topics) {
    threads_.emplace_back(
        [this, topic = topic, deliver = std::move(deliver)] { Work(topic, deliver); });
  }
}

void Outbox::Stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  for (std::thread& thread : threads_) thread.join();
  threads_.clear();
}

bool Outbox::IsStopping() {
  const std::lock_guard lock(mutex_);
  return stopping_;
}

void Outbox::Wake() {
  {
    const std::lock_guard lock(mutex_);
    ++wake_count_;
  }
  changed_.notify_all();
}

void Outbox::Work(const std::string& topic, const Deliver& deliver) {
  for (;;) {
    uint64_t seen;
    {
      const std::lock_guard lock(mutex_);
      if (stopping_) return;
      seen = wake_count_;
    }
    const absl::StatusOr<absl::Duration> wait = DeliverDue(topic, deliver);
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, absl::ToChronoNanoseconds(wait.value_or(kErrorDelay)),
                      [&] { return stopping_ || wake_count_ != seen; });
  }
}

absl::StatusOr<absl::Duration> Outbox::DeliverDue(const std::string& topic,
                                                  const Deliver& deliver) {
  for (;;) {
    int64_t now = 0;
    VL_ASSIGN_OR_RETURN(const std::vector<Head> heads, Heads(topic, now));
    absl::Duration wait = kLongestWait;
    bool was_due = false;
    for (const Head& head : heads) {
      if (IsStopping()) return kLongestWait;
      if (head.next_time <= now) {
        was_due = true;
        VL_RETURN_IF_ERROR(DeliverWorkspace(topic, head.workspace, deliver));
      } else {
        wait = std::min(wait, absl::Microseconds(head.next_time - now));
      }
    }
    if (!was_due) return wait;
  }
}

absl::StatusOr<std::vector<Outbox::Head>> Outbox::Heads(const std::string& topic, int64_t& now) {
  std::vector<Head> heads;
  VL_RETURN_IF_ERROR(database_.Read([&](Session& session) -> absl::Status {
    VL_ASSIGN_OR_RETURN(now, session.NowMicros());
    return session.Query(
        "SELECT o.workspace, o.next_time FROM outbox o JOIN (SELECT workspace AS first_workspace, "
        "MIN(sequence) AS first_sequence FROM outbox WHERE state = 'WAITING' AND topic = :topic "
        "GROUP BY workspace) f ON o.workspace = f.first_workspace AND o.sequence = "
        "f.first_sequence WHERE o.topic = :same_topic",
        {topic, topic}, [&](const std::string& workspace, int64_t next_time) {
          heads.push_back({workspace, next_time});
        });
  }));
  return heads;
}

absl::Status Outbox::DeliverWorkspace(const std::string& topic, const std::string& workspace,
                                      const Deliver& deliver) {
  std::vector<OutboxMessage> messages;
  VL_RETURN_IF_ERROR(database_.Read([&](Session& session) {
    return session.Query(
        "SELECT sequence, payload, attempt, create_time FROM outbox WHERE state = 'WAITING' AND "
        "topic "
        "= :topic AND workspace = :workspace ORDER BY sequence LIMIT :limit",
        {topic, workspace, kBatchSize},
        [&](int64_t sequence, const std::string& payload, int64_t attempt, int64_t create_time) {
          messages.push_back({workspace, topic, sequence, payload, attempt, create_time});
        });
  }));
  Outcome outcome;
  for (OutboxMessage& message : messages) {
    if (IsStopping()) break;
    outcome.error = Call(deliver, message);
    if (!outcome.error.ok()) {
      outcome.failed = true;
      outcome.message = std::move(message);
      stats_.failed_count.fetch_add(1, std::memory_order_relaxed);
      break;
    }
    outcome.delivered_sequence = message.sequence;
    stats_.delivered_count.fetch_add(1, std::memory_order_relaxed);
  }
  return Keep(topic, workspace, outcome);
}

absl::Status Outbox::Keep(const std::string& topic, const std::string& workspace,
                          const Outcome& outcome) {
  const int64_t attempt = outcome.message.attempt + 1;
  const absl::StatusCode code = outcome.error.code();
  const bool is_dead =
      outcome.failed &&
      (IsRefusedForGood(code) || (!IsReceiverDown(code) && attempt >= options_.attempt_limit));
  VL_RETURN_IF_ERROR(database_.Write([&](Session& session) -> absl::Status {
    if (outcome.delivered_sequence > 0) {
      VL_RETURN_IF_ERROR(
          session
              .Execute("DELETE FROM outbox WHERE workspace = :workspace AND topic = :topic "
                       "AND sequence <= :sequence AND state = 'WAITING'",
                       {workspace, topic, outcome.delivered_sequence})
              .status());
    }
    if (!outcome.failed) return absl::OkStatus();
    VL_ASSIGN_OR_RETURN(const int64_t now, session.NowMicros());
    return session
        .Execute(
            "UPDATE outbox SET attempt = :attempt, next_time = :next_time, error = :error, state = "
            ":state WHERE workspace = :workspace AND topic = :topic AND sequence = :sequence",
            {attempt, now + absl::ToInt64Microseconds(Backoff(options_, attempt)),
             MessageOf(outcome.error), is_dead ? "DEAD" : "WAITING", workspace, topic,
             outcome.message.sequence})
        .status();
  }));
  if (is_dead) stats_.dead_count.fetch_add(1, std::memory_order_relaxed);
  return absl::OkStatus();
}

absl::StatusOr<int64_t> Outbox::WaitingCount() {
  VL_ASSIGN_OR_RETURN(const std::optional<int64_t> count, database_.Read([](Session& session) {
    return session.QueryValue<int64_t>("SELECT COUNT(*) FROM outbox WHERE state = 'WAITING'");
  }));
  return count.value_or(0);
}

absl::StatusOr<int64_t> Outbox::PurgeDead(absl::Duration age, int limit) {
  return database_.Write([&](Session& session) -> absl::StatusOr<int64_t> {
    VL_ASSIGN_OR_RETURN(const int64_t now, session.NowMicros());
    struct Key {
      std::string workspace;
      std::string topic;
      int64_t sequence;
    };
    std::vector<Key> keys;
    VL_RETURN_IF_ERROR(session.Query(
        "SELECT workspace, topic, sequence FROM outbox WHERE state = 'DEAD' AND create_time < "
        ":before "
        "LIMIT :limit",
        {now - absl::ToInt64Microseconds(age), limit},
        [&](const std::string& workspace, const std::string& topic, int64_t sequence) {
          keys.push_back({workspace, topic, sequence});
        }));
    for (const Key& key : keys) {
      VL_RETURN_IF_ERROR(
          session
              .Execute("DELETE FROM outbox WHERE workspace = :workspace AND topic = :topic "
                       "AND sequence = :sequence",
                       {key.workspace, key.topic, key.sequence})
              .status());
    }
    return static_cast<int64_t>(keys.size());
  });
}

}  // namespace valueloop::sql
