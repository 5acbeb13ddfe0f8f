#include "strategy/store/sql_plan_store.h"

#include <charconv>
#include <utility>

#include "common/status.h"
#include "fmt/format.h"
#include "strategy/store/plan_rows.h"
#include "strategy/store/request_rows.h"

namespace valueloop::strategy {
namespace {

absl::Status NoVersion(std::string_view workspace, std::string_view plan, int64_t version) {
  if (version == 0) {
    return absl::NotFoundError(
        fmt::format("plan: got workspaces/{}/plans/{}, want one that exists", workspace, plan));
  }
  return absl::NotFoundError(
      fmt::format("plan: got workspaces/{}/plans/{}/versions/{}, want one that exists", workspace,
                  plan, version));
}

absl::Status StaleRevision(int64_t got, int64_t want) {
  return absl::AbortedError(fmt::format(
      "etag: got {}, want {}: the plan was written since it was read; read it again", got, want));
}

// The version, or the newest one for 0; NOT_FOUND if there is none.
absl::StatusOr<PlanVersion> ReadVersion(sql::Session& session, std::string_view workspace,
                                        std::string_view plan, int64_t version) {
  int64_t wanted = version;
  if (version == 0) {
    VL_ASSIGN_OR_RETURN(const std::optional<PlanRow> row, FindPlan(session, workspace, plan));
    if (!row) return NoVersion(workspace, plan, 0);
    wanted = row->newest_version;
  }
  VL_ASSIGN_OR_RETURN(std::optional<PlanVersion> found,
                      FindVersion(session, workspace, plan, wanted));
  if (!found) return NoVersion(workspace, plan, version);
  return *std::move(found);
}

// A version in the answers of request ids: "{plan}/{version}".
std::string AnswerOf(const PlanVersion& version) {
  return fmt::format("{}/{}", version.plan, version.version);
}

absl::StatusOr<std::optional<PlanVersion>> FindAnswered(sql::Session& session,
                                                        std::string_view workspace,
                                                        const RequestKey& request) {
  VL_ASSIGN_OR_RETURN(const std::optional<std::string> answer,
                      FindAnswer(session, workspace, request));
  if (!answer) return std::nullopt;
  const size_t slash = answer->find('/');
  int64_t version = 0;
  if (slash != std::string::npos) {
    std::from_chars(answer->data() + slash + 1, answer->data() + answer->size(), version);
  }
  if (version == 0) return absl::DataLossError("request_ids.response: want a plan's version");
  VL_ASSIGN_OR_RETURN(PlanVersion found,
                      ReadVersion(session, workspace, answer->substr(0, slash), version));
  return found;
}

// The stored version if nobody wrote it since it was read.
absl::StatusOr<PlanVersion> ReadUnchanged(sql::Session& session, const PlanVersion& read) {
  VL_ASSIGN_OR_RETURN(PlanVersion stored,
                      ReadVersion(session, read.workspace, read.plan, read.version));
  if (stored.revision != read.revision) return StaleRevision(read.revision, stored.revision);
  return stored;
}

absl::StatusOr<int64_t> NextRevision(sql::Session& session, const PlanVersion& version) {
  VL_ASSIGN_OR_RETURN(
      const std::optional<int64_t> revision,
      session.QueryValue<int64_t>("UPDATE plans SET revision = revision + 1 "
                                  "WHERE workspace = :workspace AND id = :id RETURNING revision",
                                  {version.workspace, version.plan}));
  if (!revision) return absl::InternalError("plans: a version without its plan");
  return *revision;
}

absl::StatusOr<PlanVersion> ImportFirst(sql::Session& session, const PlanImport& import,
                                        int64_t version, int64_t revision) {
  VL_RETURN_IF_ERROR(WritePlan(session, import.workspace, import.plan,
                               {.newest_version = version, .revision = revision}, import.now));
  const PlanVersion added{.workspace = import.workspace,
                          .plan = import.plan,
                          .version = version,
                          .state = PlanState::kDraft,
                          .revision = revision,
                          .parent_version = version - 1,
                          .facts = import.facts,
                          .create_time = import.now,
                          .update_time = import.now};
  VL_RETURN_IF_ERROR(InsertVersion(session, added, import.source, import.file_name));
  return added;
}

absl::StatusOr<PlanVersion> ImportInto(sql::Session& session, const PlanImport& import,
                                       PlanVersion version) {
  PlanSource source;
  VL_RETURN_IF_ERROR(ReadSource(session, version, source));
  if (source.text == import.source) return version;
  VL_ASSIGN_OR_RETURN(version.revision, NextRevision(session, version));
  version.state = PlanState::kInDecode;
  version.facts = import.facts;
  version.update_time = import.now;
  VL_RETURN_IF_ERROR(UpdateVersion(session, version));
  VL_RETURN_IF_ERROR(UpdateSource(session, version, import.source, import.file_name));
  return version;
}

absl::StatusOr<PlanVersion> ImportIn(sql::Session& session, const PlanImport& import) {
  VL_ASSIGN_OR_RETURN(const std::optional<PlanRow> plan,
                      FindPlan(session, import.workspace, import.plan));
  if (!plan) {
    if (import.revision) {
      return absl::AbortedError(fmt::format("etag: got {}, want none: plan {} does not exist",
                                            *import.revision, import.plan));
    }
    return ImportFirst(session, import, 1, 1);
  }
  VL_ASSIGN_OR_RETURN(PlanVersion newest,
                      ReadVersion(session, import.workspace, import.plan, plan->newest_version));
  if (import.revision && *import.revision != newest.revision) {
    return StaleRevision(*import.revision, newest.revision);
  }
  if (WasPublished(newest.state)) {
    return ImportFirst(session, import, newest.version + 1, plan->revision + 1);
  }
  return ImportInto(session, import, std::move(newest));
}

// The plan's published version; FAILED_PRECONDITION if it is later than `version`.
absl::StatusOr<std::optional<int64_t>> FindPublished(sql::Session& session,
                                                     const PlanVersion& version) {
  using Optional = std::optional<int64_t>;
  VL_ASSIGN_OR_RETURN(const std::optional<Optional> last,
                      session.QueryValue<Optional>("SELECT MAX(version) FROM publications "
                                                   "WHERE workspace = :workspace AND plan = :plan",
                                                   {version.workspace, version.plan}));
  if (!last || !*last) return std::nullopt;
  if (**last > version.version) {
    return WithReason(
        absl::FailedPreconditionError(fmt::format(
            "name: got version {}, want one after version {}, which was published before",
            version.version, **last)),
        "STATE_TRANSITION");
  }
  return **last;
}

absl::Status Supersede(sql::Session& session, const PlanVersion& by, int64_t version, int64_t now) {
  VL_ASSIGN_OR_RETURN(PlanVersion previous, ReadVersion(session, by.workspace, by.plan, version));
  VL_ASSIGN_OR_RETURN(previous.revision, NextRevision(session, previous));
  previous.state = PlanState::kSuperseded;
  previous.update_time = now;
  return UpdateVersion(session, previous);
}

// Returns the publication's sequence number.
absl::StatusOr<int64_t> AppendPublication(sql::Session& session, const PlanVersion& version,
                                          std::string_view payload, int64_t now) {
  VL_ASSIGN_OR_RETURN(
      const std::optional<int64_t> sequence,
      session.QueryValue<int64_t>("UPDATE publication_feed SET sequence = sequence + 1 "
                                  "WHERE workspace = '-' RETURNING sequence"));
  if (!sequence) return absl::InternalError("publication_feed: no row");
  VL_RETURN_IF_ERROR(
      session
          .Execute("INSERT INTO publications "
                   "(workspace, sequence, plan, version, payload, publish_time) VALUES "
                   "(:workspace, :sequence, :plan, :version, :payload, :publish_time)",
                   {version.workspace, *sequence, version.plan, version.version, payload, now})
          .status());
  return *sequence;
}

// Collects rows of publications.
auto PublicationReader(std::vector<StoredPublication>& publications) {
  return [&publications](int64_t sequence, std::string_view workspace, std::string_view plan,
                         int64_t version, std::string_view payload) {
    publications.push_back({.sequence = sequence,
                            .workspace = std::string(workspace),
                            .plan = std::string(plan),
                            .version = version,
                            .payload = std::string(payload)});
  };
}

}  // namespace

absl::StatusOr<std::unique_ptr<SqlPlanStore>> SqlPlanStore::Open(sql::Database& database,
                                                                 std::string_view new_epoch) {
  struct Feed {
    std::string epoch;
    int64_t sequence = 0;
  };
  VL_ASSIGN_OR_RETURN(
      const Feed feed, database.Write([&](sql::Session& session) -> absl::StatusOr<Feed> {
        VL_RETURN_IF_ERROR(session
                               .Execute("INSERT INTO publication_feed (workspace, epoch, sequence) "
                                        "VALUES ('-', :epoch, 0) ON CONFLICT DO NOTHING",
                                        {new_epoch})
                               .status());
        Feed row;
        VL_RETURN_IF_ERROR(
            session.Query("SELECT epoch, sequence FROM publication_feed WHERE workspace = '-'", {},
                          [&row](std::string_view epoch, int64_t sequence) {
                            row = {.epoch = std::string(epoch), .sequence = sequence};
                          }));
        return row;
      }));
  std::unique_ptr<SqlPlanStore> store(new SqlPlanStore(database, feed.epoch));
  store->signal_.Announce(feed.sequence);
  return store;
}

absl::StatusOr<PlanVersion> SqlPlanStore::Import(const PlanImport& import,
                                                 const RequestKey& request) {
  return database_.Write([&](sql::Session& session) -> absl::StatusOr<PlanVersion> {
    VL_ASSIGN_OR_RETURN(std::optional<PlanVersion> answered,
                        FindAnswered(session, import.workspace, request));
    if (answered) return *std::move(answered);
    VL_ASSIGN_OR_RETURN(PlanVersion version, ImportIn(session, import));
    VL_RETURN_IF_ERROR(RememberRequest(session, import.workspace, request, AnswerOf(version)));
    return version;
  });
}

absl::StatusOr<PlanVersion> SqlPlanStore::MarkValidated(const PlanVersion& read,
                                                        const PlanFacts& facts, int64_t now) {
  return database_.Write([&](sql::Session& session) -> absl::StatusOr<PlanVersion> {
    VL_ASSIGN_OR_RETURN(PlanVersion version, ReadUnchanged(session, read));
    if (WasPublished(version.state)) return version;
    if (version.state == PlanState::kValidated && version.facts == facts) return version;
    VL_ASSIGN_OR_RETURN(version.revision, NextRevision(session, version));
    version.state = PlanState::kValidated;
    version.facts = facts;
    version.update_time = now;
    VL_RETURN_IF_ERROR(UpdateVersion(session, version));
    return version;
  });
}

absl::StatusOr<PlanVersion> SqlPlanStore::Publish(const PlanVersion& read, const PlanFacts& facts,
                                                  std::string_view payload, int64_t now,
                                                  const RequestKey& request) {
  return database_.Write([&](sql::Session& session) -> absl::StatusOr<PlanVersion> {
    VL_ASSIGN_OR_RETURN(std::optional<PlanVersion> answered,
                        FindAnswered(session, read.workspace, request));
    if (answered) return *std::move(answered);
    VL_ASSIGN_OR_RETURN(PlanVersion version,
                        ReadVersion(session, read.workspace, read.plan, read.version));
    if (version.state == PlanState::kPublished) {
      VL_RETURN_IF_ERROR(RememberRequest(session, read.workspace, request, AnswerOf(version)));
      return version;
    }
    VL_ASSIGN_OR_RETURN(const std::optional<int64_t> published, FindPublished(session, version));
    VL_ASSIGN_OR_RETURN(version, ReadUnchanged(session, read));
    if (published) VL_RETURN_IF_ERROR(Supersede(session, version, *published, now));
    VL_ASSIGN_OR_RETURN(version.revision, NextRevision(session, version));
    version.state = PlanState::kPublished;
    version.facts = facts;
    version.update_time = now;
    version.publish_time = now;
    VL_RETURN_IF_ERROR(UpdateVersion(session, version));
    VL_ASSIGN_OR_RETURN(const int64_t sequence, AppendPublication(session, version, payload, now));
    VL_RETURN_IF_ERROR(RememberRequest(session, read.workspace, request, AnswerOf(version)));
    session.AfterCommit([this, sequence] { signal_.Announce(sequence); });
    return version;
  });
}

absl::StatusOr<std::optional<PlanVersion>> SqlPlanStore::FindRequest(std::string_view workspace,
                                                                     const RequestKey& request) {
  using Found = absl::StatusOr<std::optional<PlanVersion>>;
  if (request.id.empty()) return std::nullopt;
  return database_.Read(
      [&](sql::Session& session) -> Found { return FindAnswered(session, workspace, request); });
}

absl::StatusOr<PlanVersion> SqlPlanStore::Get(std::string_view workspace, std::string_view plan,
                                              int64_t version) {
  return database_.Read([&](sql::Session& session) -> absl::StatusOr<PlanVersion> {
    return ReadVersion(session, workspace, plan, version);
  });
}

absl::StatusOr<PlanSource> SqlPlanStore::GetSource(std::string_view workspace,
                                                   std::string_view plan, int64_t version) {
  return database_.Read([&](sql::Session& session) -> absl::StatusOr<PlanSource> {
    PlanSource source;
    VL_ASSIGN_OR_RETURN(source.version, ReadVersion(session, workspace, plan, version));
    VL_RETURN_IF_ERROR(ReadSource(session, source.version, source));
    return source;
  });
}

absl::StatusOr<std::vector<PlanVersion>> SqlPlanStore::List(std::string_view workspace,
                                                            std::string_view after, int limit) {
  return database_.Read([&](sql::Session& session) -> absl::StatusOr<std::vector<PlanVersion>> {
    return NewestVersions(session, workspace, after, limit);
  });
}

absl::StatusOr<StoredPublication> SqlPlanStore::GetPublication(std::string_view workspace,
                                                               std::string_view plan,
                                                               int64_t version) {
  return database_.Read([&](sql::Session& session) -> absl::StatusOr<StoredPublication> {
    std::vector<StoredPublication> found;
    if (version == 0) {
      VL_RETURN_IF_ERROR(session.Query(
          "SELECT sequence, workspace, plan, version, payload FROM publications "
          "WHERE workspace = :workspace AND plan = :plan ORDER BY version DESC LIMIT 1",
          {workspace, plan}, PublicationReader(found)));
    } else {
      VL_RETURN_IF_ERROR(
          session.Query("SELECT sequence, workspace, plan, version, payload FROM publications "
                        "WHERE workspace = :workspace AND plan = :plan AND version = :version",
                        {workspace, plan, version}, PublicationReader(found)));
    }
    if (!found.empty()) return std::move(found.front());
    return absl::NotFoundError(fmt::format(
        "name: got plan {} of workspace {}{}, want one that was published", plan, workspace,
        version == 0 ? std::string() : fmt::format(", version {}", version)));
  });
}

absl::StatusOr<std::vector<StoredPublication>> SqlPlanStore::ListPublications(
    std::string_view workspace, int64_t after_sequence, int limit) {
  using Publications = std::vector<StoredPublication>;
  return database_.Read([&](sql::Session& session) -> absl::StatusOr<Publications> {
    Publications found;
    if (workspace.empty()) {
      VL_RETURN_IF_ERROR(
          session.Query("SELECT sequence, workspace, plan, version, payload FROM publications "
                        "WHERE sequence > :after ORDER BY sequence LIMIT :limit",
                        {after_sequence, limit}, PublicationReader(found)));
    } else {
      VL_RETURN_IF_ERROR(session.Query(
          "SELECT sequence, workspace, plan, version, payload FROM publications "
          "WHERE workspace = :workspace AND sequence > :after ORDER BY sequence LIMIT :limit",
          {workspace, after_sequence, limit}, PublicationReader(found)));
    }
    return found;
  });
}

}  // namespace valueloop::strategy
