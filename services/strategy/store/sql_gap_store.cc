#include "strategy/store/sql_gap_store.h"

#include <string>
#include <utility>

#include "common/status.h"
#include "fmt/format.h"
#include "strategy/store/request_rows.h"

namespace valueloop::strategy {
namespace {

constexpr std::string_view kOpen = "OPEN";
constexpr std::string_view kClosed = "CLOSED";

std::string_view StateName(GapState state) { return state == GapState::kOpen ? kOpen : kClosed; }

// Reads one row of the columns the queries below select, without the evidence.
class GapReader {
 public:
  GapReader(std::string_view workspace, std::vector<GapRecord>& gaps)
      : workspace_(workspace), gaps_(gaps) {}

  absl::Status operator()(std::string_view plan, std::string_view id, int64_t version,
                          int64_t sequence, std::string_view kpi, std::string_view org_unit,
                          std::string_view origin, std::string_view state, std::string_view reason,
                          double expected, double actual, double amount, int64_t opening_number,
                          int64_t open_time, std::optional<int64_t> close_time,
                          std::string_view close_reason) {
    const std::optional<GapOrigin> parsed_origin = ParseName<GapOrigin>(origin);
    if (!parsed_origin || (state != kOpen && state != kClosed)) {
      return absl::DataLossError(
          fmt::format("gaps: got origin {} and state {}", Printable(origin), Printable(state)));
    }
    gaps_.push_back({.workspace = std::string(workspace_),
                     .plan = std::string(plan),
                     .id = std::string(id),
                     .version = version,
                     .kpi = std::string(kpi),
                     .org_unit = std::string(org_unit),
                     .origin = *parsed_origin,
                     .state = state == kOpen ? GapState::kOpen : GapState::kClosed,
                     .reason = std::string(reason),
                     .expected = expected,
                     .actual = actual,
                     .amount = amount,
                     .opening_number = opening_number,
                     .open_time = open_time,
                     .close_time = close_time,
                     .close_reason = std::string(close_reason),
                     .sequence = sequence});
    return absl::OkStatus();
  }

 private:
  std::string_view workspace_;
  std::vector<GapRecord>& gaps_;
};

absl::Status ReadEvidence(sql::Session& session, GapRecord& gap) {
  using Real = std::optional<double>;
  return session.Query(
      "SELECT as_of, reason, forecast, floor, target, actual_to_date, score, record_time "
      "FROM gap_evidence WHERE workspace = :workspace AND plan = :plan AND gap = :gap "
      "ORDER BY as_of",
      {gap.workspace, gap.plan, gap.id},
      [&gap](std::string_view as_of, std::string_view reason, Real forecast, Real floor,
             Real target, Real actual, Real score, int64_t record_time) {
        gap.evidence.push_back({.as_of = std::string(as_of),
                                .reason = std::string(reason),
                                .forecast = forecast,
                                .floor = floor,
                                .target = target,
                                .actual_to_date = actual,
                                .score = score,
                                .record_time = record_time});
      });
}

absl::Status WriteEvidence(sql::Session& session, const GapKey& key, const GapEvidence& evidence) {
  return session
      .Execute(
          "INSERT INTO gap_evidence (workspace, plan, gap, as_of, reason, forecast, floor, target, "
          "actual_to_date, score, record_time) VALUES (:workspace, :plan, :gap, :as_of, :reason, "
          ":forecast, :floor, :target, :actual_to_date, :score, :record_time) "
          "ON CONFLICT (workspace, plan, gap, as_of) DO UPDATE SET reason = excluded.reason, "
          "forecast = excluded.forecast, floor = excluded.floor, target = excluded.target, "
          "actual_to_date = excluded.actual_to_date, score = excluded.score, "
          "record_time = excluded.record_time",
          {key.workspace, key.plan, key.id, evidence.as_of, evidence.reason, evidence.forecast,
           evidence.floor, evidence.target, evidence.actual_to_date, evidence.score,
           evidence.record_time})
      .status();
}

absl::StatusOr<GapRecord> ReadGap(sql::Session& session, const GapKey& key) {
  std::vector<GapRecord> gaps;
  VL_RETURN_IF_ERROR(session.Query(
      "SELECT plan, id, version, sequence, kpi, org_unit, origin, state, reason, expected, actual, "
      "amount, opening_number, open_time, close_time, close_reason FROM gaps "
      "WHERE workspace = :workspace AND plan = :plan AND id = :id",
      {key.workspace, key.plan, key.id}, GapReader(key.workspace, gaps)));
  if (gaps.empty()) {
    return absl::NotFoundError(
        fmt::format("name: got workspaces/{}/plans/{}/gaps/{}, want a gap that exists",
                    key.workspace, key.plan, Printable(key.id)));
  }
  VL_RETURN_IF_ERROR(ReadEvidence(session, gaps.front()));
  return std::move(gaps.front());
}

// The gap that an equal, earlier request wrote.
absl::StatusOr<std::optional<GapRecord>> FindAnswered(sql::Session& session,
                                                      std::string_view workspace,
                                                      const RequestKey& request) {
  VL_ASSIGN_OR_RETURN(const std::optional<std::string> answer,
                      FindAnswer(session, workspace, request));
  if (!answer) return std::nullopt;
  const size_t slash = answer->find('/');
  if (slash == std::string::npos) {
    return absl::DataLossError("request_ids.response: want a plan's gap");
  }
  VL_ASSIGN_OR_RETURN(GapRecord gap, ReadGap(session, {.workspace = std::string(workspace),
                                                       .plan = answer->substr(0, slash),
                                                       .id = answer->substr(slash + 1)}));
  return gap;
}

absl::Status Remember(sql::Session& session, const GapRecord& gap, const RequestKey& request) {
  return RememberRequest(session, gap.workspace, request, fmt::format("{}/{}", gap.plan, gap.id));
}

// How often this KPI and unit was opened; ALREADY_EXISTS if it is open now.
absl::StatusOr<int64_t> CountOpenings(sql::Session& session, const GapRecord& gap) {
  int64_t count = 0;
  std::string open_id;
  VL_RETURN_IF_ERROR(session.Query(
      "SELECT id, state FROM gaps "
      "WHERE workspace = :workspace AND plan = :plan AND kpi = :kpi AND org_unit = :org_unit",
      {gap.workspace, gap.plan, gap.kpi, gap.org_unit},
      [&](std::string_view id, std::string_view state) {
        ++count;
        if (state == kOpen) open_id = id;
      }));
  if (open_id.empty()) return count;
  return WithReason(absl::AlreadyExistsError(fmt::format(
                        "gap: got another one for kpi {}{}, want at most one open: "
                        "workspaces/{}/plans/{}/gaps/{}",
                        gap.kpi, gap.org_unit.empty() ? "" : " and unit " + gap.org_unit,
                        gap.workspace, gap.plan, open_id)),
                    "GAP_OPEN");
}

absl::Status InsertGap(sql::Session& session, const GapRecord& gap) {
  return session
      .Execute(
          "INSERT INTO gaps (workspace, plan, id, version, sequence, kpi, org_unit, origin, state, "
          "reason, expected, actual, amount, opening_number, open_time, close_reason) VALUES "
          "(:workspace, :plan, :id, :version, :sequence, :kpi, :org_unit, :origin, :state, "
          ":reason, :expected, :actual, :amount, :opening_number, :open_time, '')",
          {gap.workspace, gap.plan, gap.id, gap.version, gap.sequence, gap.kpi, gap.org_unit,
           NameOf(gap.origin), StateName(gap.state), gap.reason, gap.expected, gap.actual,
           gap.amount, gap.opening_number, gap.open_time})
      .status();
}

absl::StatusOr<GapRecord> OpenIn(sql::Session& session, const GapRecord& gap) {
  VL_ASSIGN_OR_RETURN(
      const std::optional<int64_t> sequence,
      session.QueryValue<int64_t>("UPDATE plans SET gap_count = gap_count + 1 "
                                  "WHERE workspace = :workspace AND id = :id RETURNING gap_count",
                                  {gap.workspace, gap.plan}));
  if (!sequence) {
    return absl::NotFoundError(
        fmt::format("parent: got plan {} of workspace {}, want one that "
                    "exists",
                    gap.plan, gap.workspace));
  }
  VL_ASSIGN_OR_RETURN(const int64_t opening_count, CountOpenings(session, gap));
  GapRecord opened = gap;
  opened.sequence = *sequence;
  opened.state = GapState::kOpen;
  opened.opening_number = opening_count + 1;
  opened.id = gap.org_unit.empty()
                  ? fmt::format("{}.{}", gap.kpi, opened.opening_number)
                  : fmt::format("{}.{}.{}", gap.kpi, gap.org_unit, opened.opening_number);
  opened.close_time.reset();
  opened.close_reason.clear();
  VL_RETURN_IF_ERROR(InsertGap(session, opened));
  const GapKey key{.workspace = opened.workspace, .plan = opened.plan, .id = opened.id};
  for (const GapEvidence& evidence : opened.evidence) {
    VL_RETURN_IF_ERROR(WriteEvidence(session, key, evidence));
  }
  return ReadGap(session, key);
}

}  // namespace

absl::StatusOr<GapRecord> SqlGapStore::Open(const GapRecord& gap, const RequestKey& request) {
  return database_.Write([&](sql::Session& session) -> absl::StatusOr<GapRecord> {
    VL_ASSIGN_OR_RETURN(std::optional<GapRecord> answered,
                        FindAnswered(session, gap.workspace, request));
    if (answered) return *std::move(answered);
    VL_ASSIGN_OR_RETURN(GapRecord opened, OpenIn(session, gap));
    VL_RETURN_IF_ERROR(Remember(session, opened, request));
    return opened;
  });
}

absl::StatusOr<GapRecord> SqlGapStore::AddEvidence(const GapKey& key, const GapEvidence& evidence,
                                                   const RequestKey& request) {
  return database_.Write([&](sql::Session& session) -> absl::StatusOr<GapRecord> {
    VL_ASSIGN_OR_RETURN(std::optional<GapRecord> answered,
                        FindAnswered(session, key.workspace, request));
    if (answered) return *std::move(answered);
    VL_ASSIGN_OR_RETURN(const GapRecord gap, ReadGap(session, key));
    if (gap.state == GapState::kClosed) {
      return WithReason(absl::FailedPreconditionError(fmt::format(
                            "name: got gap {}, which is closed, want an open one", gap.id)),
                        "GAP_CLOSED");
    }
    VL_RETURN_IF_ERROR(WriteEvidence(session, key, evidence));
    VL_RETURN_IF_ERROR(Remember(session, gap, request));
    return ReadGap(session, key);
  });
}

absl::StatusOr<GapRecord> SqlGapStore::Close(const GapKey& key, std::string_view reason,
                                             int64_t now, const RequestKey& request) {
  return database_.Write([&](sql::Session& session) -> absl::StatusOr<GapRecord> {
    VL_ASSIGN_OR_RETURN(std::optional<GapRecord> answered,
                        FindAnswered(session, key.workspace, request));
    if (answered) return *std::move(answered);
    VL_ASSIGN_OR_RETURN(const GapRecord gap, ReadGap(session, key));
    if (gap.state == GapState::kOpen) {
      VL_RETURN_IF_ERROR(session
                             .Execute("UPDATE gaps SET state = 'CLOSED', close_time = :time, "
                                      "close_reason = :reason "
                                      "WHERE workspace = :workspace AND plan = :plan AND id = :id",
                                      {now, reason, key.workspace, key.plan, key.id})
                             .status());
    }
    VL_RETURN_IF_ERROR(Remember(session, gap, request));
    return ReadGap(session, key);
  });
}

absl::StatusOr<GapRecord> SqlGapStore::Get(const GapKey& key) {
  return database_.Read(
      [&](sql::Session& session) -> absl::StatusOr<GapRecord> { return ReadGap(session, key); });
}

absl::StatusOr<std::vector<GapRecord>> SqlGapStore::List(std::string_view workspace,
                                                         std::string_view plan,
                                                         std::optional<GapState> state,
                                                         const GapPosition& after, int limit) {
  using Gaps = std::vector<GapRecord>;
  return database_.Read([&](sql::Session& session) -> absl::StatusOr<Gaps> {
    Gaps gaps;
    VL_RETURN_IF_ERROR(session.Query(
        "SELECT plan, id, version, sequence, kpi, org_unit, origin, state, reason, expected, "
        "actual, amount, opening_number, open_time, close_time, close_reason FROM gaps "
        "WHERE workspace = :workspace AND (:any_plan = 1 OR plan = :plan) "
        "AND (:any_state = 1 OR state = :state) AND (open_time < :before OR (open_time = :at "
        "AND (plan > :after_plan OR (plan = :same_plan AND sequence < :sequence)))) "
        "ORDER BY open_time DESC, plan, sequence DESC LIMIT :limit",
        {workspace, plan.empty(), plan, !state.has_value(),
         StateName(state.value_or(GapState::kOpen)), after.open_time, after.open_time, after.plan,
         after.plan, after.sequence, limit},
        GapReader(workspace, gaps)));
    for (GapRecord& gap : gaps) VL_RETURN_IF_ERROR(ReadEvidence(session, gap));
    return gaps;
  });
}

absl::StatusOr<int64_t> SqlGapStore::CountOpen() {
  return database_.Read([](sql::Session& session) -> absl::StatusOr<int64_t> {
    VL_ASSIGN_OR_RETURN(
        const std::optional<int64_t> count,
        session.QueryValue<int64_t>("SELECT COUNT(*) FROM gaps WHERE state = 'OPEN'"));
    return count.value_or(0);
  });
}

}  // namespace valueloop::strategy
