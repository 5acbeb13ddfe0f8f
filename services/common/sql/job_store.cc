#include "common/sql/job_store.h"

#include <fmt/format.h>

#include <utility>

#include "common/sql/sql_text.h"
#include "common/status.h"

namespace valueloop::sql {
namespace {

// Columns in the order ReadJob takes them.
#define VL_JOB_COLUMNS                                                                     \
  "workspace, id, kind, payload, state, done_count, total_count, message, result, error, " \
  "error_code, attempt, owner, lease_time, create_time, update_time"

JobState JobStateOf(std::string_view name) {
  for (const JobState state : {JobState::kQueued, JobState::kRunning, JobState::kSucceeded}) {
    if (JobStateName(state) == name) return state;
  }
  return JobState::kFailed;
}

// A row function that calls `take` with each job.
template <typename F>
auto ReadJob(F take) {
  return [take](const std::string& workspace, const std::string& id, const std::string& kind,
                const std::string& payload, std::string_view state, int64_t done_count,
                int64_t total_count, const std::string& message, const std::string& result,
                const std::string& error, int64_t error_code, int64_t attempt,
                const std::string& owner, int64_t lease_time, int64_t create_time,
                int64_t update_time) {
    take(Job{.workspace = workspace,
             .id = id,
             .kind = kind,
             .payload = payload,
             .state = JobStateOf(state),
             .done_count = done_count,
             .total_count = total_count,
             .message = message,
             .result = result,
             .error = absl::Status(static_cast<absl::StatusCode>(error_code), error),
             .attempt = attempt,
             .owner = owner,
             .lease_time = lease_time,
             .create_time = create_time,
             .update_time = update_time});
  };
}

absl::StatusOr<std::optional<Job>> Find(Session& session, std::string_view workspace,
                                        std::string_view id) {
  std::optional<Job> job;
  auto read = ReadJob([&job](Job row) { job = std::move(row); });
  absl::StatusOr<bool> found = session.QueryOne(
      "SELECT " VL_JOB_COLUMNS " FROM jobs WHERE workspace = :workspace AND id = :id",
      {workspace, id}, read);
  if (!found.ok()) return std::move(found).status();
  return job;
}

absl::Status LeaseLost(const Job& job) {
  return WithReason(
      absl::AbortedError(fmt::format("job {}: got attempt {}, want the current one: "
                                     "another process has claimed it, or it has ended",
                                     Printable(job.id), job.attempt)),
      "LEASE_LOST");
}

// Turns "changed no row" into the reason: every update by a holder names its attempt.
absl::Status Fenced(const Job& job, const absl::StatusOr<int64_t>& changed_count) {
  if (!changed_count.ok()) return changed_count.status();
  return *changed_count == 1 ? absl::OkStatus() : LeaseLost(job);
}

// Whether trying again could end otherwise.
bool CanHeal(absl::StatusCode code) {
  switch (code) {
    case absl::StatusCode::kInvalidArgument:
    case absl::StatusCode::kNotFound:
    case absl::StatusCode::kAlreadyExists:
    case absl::StatusCode::kPermissionDenied:
    case absl::StatusCode::kFailedPrecondition:
    case absl::StatusCode::kOutOfRange:
    case absl::StatusCode::kUnimplemented:
    case absl::StatusCode::kUnauthenticated:
    case absl::StatusCode::kDataLoss:
      return false;
    default:
      return true;
  }
}

Parameters WithKinds(Parameters parameters, std::span<const std::string> kinds) {
  parameters.insert(parameters.end(), kinds.begin(), kinds.end());
  return parameters;
}

std::string InKinds(std::span<const std::string> kinds) {
  return "kind IN (" + Placeholders("kind", static_cast<int>(kinds.size())) + ")";
}

absl::StatusOr<std::optional<Job>> FindReady(Session& session, std::span<const std::string> kinds,
                                             int64_t now) {
  std::optional<Job> job;
  auto read = ReadJob([&job](Job row) { job = std::move(row); });
  VL_RETURN_IF_ERROR(session.Query("SELECT " VL_JOB_COLUMNS
                                   " FROM jobs WHERE state IN ('QUEUED', 'RUNNING') AND lease_time "
                                   "<= :now AND " +
                                       InKinds(kinds) + " ORDER BY create_time, id LIMIT 1",
                                   WithKinds({now}, kinds), read));
  return job;
}

absl::Status SetFailed(Session& session, const Job& job, const absl::Status& error, int64_t now) {
  return Fenced(
      job,
      session.Execute("UPDATE jobs SET state = 'FAILED', error = :error, error_code = :code, "
                      "update_time = :now WHERE workspace = :workspace AND id = :id AND attempt = "
                      ":attempt AND state IN ('QUEUED', 'RUNNING')",
                      {MessageOf(error), static_cast<int>(error.code()), now, job.workspace, job.id,
                       job.attempt}));
}

}  // namespace

std::string_view JobStateName(JobState state) {
  switch (state) {
    case JobState::kQueued:
      return "QUEUED";
    case JobState::kRunning:
      return "RUNNING";
    case JobState::kSucceeded:
      return "SUCCEEDED";
    case JobState::kFailed:
      return "FAILED";
  }
  return "FAILED";
}

JobStore::JobStore(Database& database, JobOptions options)
    : database_(database), options_(options) {}

absl::StatusOr<Job> JobStore::Enqueue(const NewJob& job) {
  return database_.Write([&](Session& session) -> absl::StatusOr<Job> {
    VL_RETURN_IF_ERROR(Enqueue(session, job));
    VL_ASSIGN_OR_RETURN(std::optional<Job> stored, Find(session, job.workspace, job.id));
    if (!stored.has_value()) return absl::InternalError("job: got none, want the one just added");
    return *std::move(stored);
  });
}

absl::Status JobStore::Enqueue(Session& session, const NewJob& job) {
  VL_ASSIGN_OR_RETURN(const std::optional<Job> stored, Find(session, job.workspace, job.id));
  if (stored.has_value()) {
    if (stored->kind == job.kind && stored->payload == job.payload) return absl::OkStatus();
    return absl::AlreadyExistsError(
        fmt::format("job {}: exists with another content, want a new id", Printable(job.id)));
  }
  VL_ASSIGN_OR_RETURN(const int64_t now, session.NowMicros());
  VL_RETURN_IF_ERROR(
      session
          .Execute("INSERT INTO jobs (" VL_JOB_COLUMNS
                   ") VALUES (:workspace, :id, :kind, :payload, 'QUEUED', 0, 0, '', '', '', 0, 0, "
                   "'', 0, :create_time, :update_time)",
                   {job.workspace, job.id, job.kind, job.payload, now, now})
          .status());
  session.AfterCommit([this] { NotifyListener(); });
  return absl::OkStatus();
}

absl::StatusOr<std::optional<Job>> JobStore::Claim(std::span<const std::string> kinds,
                                                   std::string_view owner) {
  if (kinds.empty()) return std::nullopt;
  return database_.Write([&](Session& session) -> absl::StatusOr<std::optional<Job>> {
    VL_ASSIGN_OR_RETURN(const int64_t now, session.NowMicros());
    for (;;) {
      VL_ASSIGN_OR_RETURN(std::optional<Job> job, FindReady(session, kinds, now));
      if (!job.has_value()) return std::nullopt;
      if (job->attempt >= options_.attempt_limit) {
        VL_RETURN_IF_ERROR(
            SetFailed(session, *job,
                      absl::AbortedError(
                          fmt::format("got {} attempts that ended without a result, want at most "
                                      "{}: the program was stopped or stalled each time",
                                      job->attempt, options_.attempt_limit)),
                      now));
        continue;
      }
      job->state = JobState::kRunning;
      job->attempt += 1;
      job->owner = owner;
      job->lease_time = now + absl::ToInt64Microseconds(options_.lease);
      job->update_time = now;
      VL_RETURN_IF_ERROR(
          session
              .Execute("UPDATE jobs SET state = 'RUNNING', attempt = :attempt, owner = "
                       ":owner, lease_time = :lease_time, update_time = :now WHERE "
                       "workspace = :workspace AND id = :id",
                       {job->attempt, owner, job->lease_time, now, job->workspace, job->id})
              .status());
      return job;
    }
  });
}

absl::Status JobStore::Renew(const Job& job) {
  return database_.Write([&](Session& session) -> absl::Status {
    VL_ASSIGN_OR_RETURN(const int64_t now, session.NowMicros());
    return Fenced(
        job,
        session.Execute(
            "UPDATE jobs SET lease_time = :lease_time WHERE workspace = :workspace AND "
            "id = :id AND attempt = :attempt AND state = 'RUNNING'",
            {now + absl::ToInt64Microseconds(options_.lease), job.workspace, job.id, job.attempt}));
  });
}

absl::Status JobStore::Progress(const Job& job, int64_t done_count, int64_t total_count,
                                std::string_view message) {
  return database_.Write([&](Session& session) -> absl::Status {
    VL_ASSIGN_OR_RETURN(const int64_t now, session.NowMicros());
    return Fenced(job,
                  session.Execute(
                      "UPDATE jobs SET done_count = :done, total_count = :total, message = "
                      ":message, update_time = :now WHERE workspace = :workspace AND id = :id "
                      "AND attempt = :attempt AND state = 'RUNNING'",
                      {done_count, total_count, message, now, job.workspace, job.id, job.attempt}));
  });
}

absl::Status JobStore::Complete(const Job& job, std::string_view result) {
  return database_.Write([&](Session& session) -> absl::Status {
    VL_ASSIGN_OR_RETURN(const int64_t now, session.NowMicros());
    return Fenced(
        job,
        session.Execute("UPDATE jobs SET state = 'SUCCEEDED', result = :result, error = '', "
                        "error_code = 0, update_time = :now WHERE workspace = :workspace AND id = "
                        ":id AND attempt = :attempt AND state = 'RUNNING'",
                        {result, now, job.workspace, job.id, job.attempt}));
  });
}

absl::Status JobStore::Fail(const Job& job, const absl::Status& error) {
  return database_.Write([&](Session& session) -> absl::Status {
    VL_ASSIGN_OR_RETURN(const int64_t now, session.NowMicros());
    if (!CanHeal(error.code()) || job.attempt >= options_.attempt_limit) {
      return SetFailed(session, job, error, now);
    }
    const int64_t ready_time = now + absl::ToInt64Microseconds(options_.retry_delay * job.attempt);
    session.AfterCommit([this] { NotifyListener(); });
    return Fenced(
        job,
        session.Execute("UPDATE jobs SET state = 'QUEUED', error = :error, error_code = :code, "
                        "lease_time = :ready_time, update_time = :now WHERE workspace = :workspace "
                        "AND id = :id AND attempt = :attempt AND state = 'RUNNING'",
                        {MessageOf(error), static_cast<int>(error.code()), ready_time, now,
                         job.workspace, job.id, job.attempt}));
  });
}

absl::Status JobStore::Release(const Job& job) {
  return database_.Write([&](Session& session) {
    return Fenced(
        job,
        session.Execute("UPDATE jobs SET state = 'QUEUED', attempt = attempt - 1, lease_time = 0 "
                        "WHERE workspace = :workspace AND id = :id AND attempt = :attempt AND "
                        "state = 'RUNNING'",
                        {job.workspace, job.id, job.attempt}));
  });
}

absl::Status JobStore::FencedWrite(const Job& job, Database::Command command) {
  return database_.Write([&](Session& session) -> absl::Status {
    VL_ASSIGN_OR_RETURN(const std::optional<int64_t> attempt,
                        session.QueryValue<int64_t>("SELECT attempt FROM jobs WHERE workspace = "
                                                    ":workspace AND id = :id AND state = 'RUNNING'",
                                                    {job.workspace, job.id}));
    if (attempt != job.attempt) return LeaseLost(job);
    return command(session);
  });
}

absl::StatusOr<Job> JobStore::Get(std::string_view workspace, std::string_view id) {
  VL_ASSIGN_OR_RETURN(std::optional<Job> job, database_.Read([&](Session& session) {
    return Find(session, workspace, id);
  }));
  if (!job.has_value()) return absl::NotFoundError(fmt::format("job {}: not found", Printable(id)));
  return *std::move(job);
}

absl::StatusOr<std::vector<Job>> JobStore::List(std::string_view workspace,
                                                const ListOptions& options) {
  std::vector<Job> jobs;
  auto read = ReadJob([&jobs](Job row) { jobs.push_back(std::move(row)); });
  VL_RETURN_IF_ERROR(database_.Read([&](Session& session) {
    return session.Query(
        "SELECT " VL_JOB_COLUMNS
        " FROM jobs WHERE workspace = :workspace AND (:any_kind = 1 OR kind = :kind) AND "
        "(create_time < :before OR (create_time = :same AND id < :before_id)) "
        "ORDER BY create_time DESC, id DESC LIMIT :limit",
        {workspace, options.kind.empty(), options.kind, options.before_time, options.before_time,
         options.before_id, options.limit},
        read);
  }));
  return jobs;
}

absl::StatusOr<int64_t> JobStore::ReclaimAll() {
  if (!database_.IsExclusive()) {
    return absl::FailedPreconditionError("jobs: other processes may be running them, want none");
  }
  return database_.Write([](Session& session) {
    return session.Execute(
        "UPDATE jobs SET state = 'QUEUED', lease_time = 0 WHERE state = 'RUNNING'");
  });
}

absl::StatusOr<JobStore::Next> JobStore::NextReady(std::span<const std::string> kinds) {
  return database_.Read([&](Session& session) -> absl::StatusOr<Next> {
    Next next;
    VL_ASSIGN_OR_RETURN(next.now, session.NowMicros());
    if (kinds.empty()) return next;
    VL_RETURN_IF_ERROR(session.Query(
        "SELECT MIN(lease_time) FROM jobs WHERE state IN ('QUEUED', 'RUNNING') AND " +
            InKinds(kinds),
        WithKinds({}, kinds), [&](std::optional<int64_t> time) { next.ready_time = time; }));
    return next;
  });
}

absl::StatusOr<int64_t> JobStore::Purge(absl::Duration age, int limit) {
  return database_.Write([&](Session& session) -> absl::StatusOr<int64_t> {
    VL_ASSIGN_OR_RETURN(const int64_t now, session.NowMicros());
    int64_t deleted_count = 0;
    std::vector<std::pair<std::string, std::string>> keys;
    VL_RETURN_IF_ERROR(session.Query(
        "SELECT workspace, id FROM jobs WHERE state IN ('SUCCEEDED', 'FAILED') AND update_time < "
        ":before LIMIT :limit",
        {now - absl::ToInt64Microseconds(age), limit},
        [&](const std::string& workspace, const std::string& id) {
          keys.emplace_back(workspace, id);
        }));
    for (const auto& [workspace, id] : keys) {
      VL_ASSIGN_OR_RETURN(
          const int64_t changed_count,
          session.Execute("DELETE FROM jobs WHERE workspace = :workspace AND id = :id",
                          {workspace, id}));
      deleted_count += changed_count;
    }
    return deleted_count;
  });
}

void JobStore::SetListener(std::function<void()> listener) {
  const std::lock_guard lock(mutex_);
  listener_ = std::move(listener);
}

void JobStore::NotifyListener() {
  const std::lock_guard lock(mutex_);
  if (listener_ != nullptr) listener_();
}

}  // namespace valueloop::sql
