#include "performance/store/binding_rows.h"

#include "common/status.h"
#include "fmt/format.h"

namespace valueloop::performance {
namespace {

struct EarlierBinding {
  int64_t series = 0;
  KpiBinding shape;  // Only what SplitsSeries compares.
};
using EarlierBindings = std::map<std::pair<std::string, std::string>, EarlierBinding>;

// Of every KPI and unit the row of the last version before `version` that had it.
absl::StatusOr<EarlierBindings> ReadEarlier(sql::Session& session, const PlanKey& key,
                                            int64_t version) {
  EarlierBindings earlier;
  const auto on_row = [&earlier](const std::string& kpi, const std::string& unit, int64_t series,
                                 std::string_view measure, std::string_view polarity,
                                 std::string_view aggregation,
                                 std::string_view formula) -> absl::Status {
    EarlierBinding row{.series = series};
    VL_ASSIGN_OR_RETURN(row.shape.polarity, ParsePolarity(polarity));
    VL_ASSIGN_OR_RETURN(row.shape.aggregation, ParseAggregation(aggregation));
    row.shape.measure = measure;
    row.shape.formula = formula;
    earlier.insert_or_assign({kpi, unit}, std::move(row));
    return absl::OkStatus();
  };
  VL_RETURN_IF_ERROR(session.Query(
      "SELECT kpi, unit, series, measure, polarity, aggregation, formula FROM bindings "
      "WHERE workspace = :workspace AND plan = :plan AND version < :version ORDER BY version",
      {key.workspace, key.plan, version}, on_row));
  return earlier;
}

}  // namespace

absl::StatusOr<int64_t> ReadNewestVersion(sql::Session& session, const PlanKey& key) {
  using Newest = std::optional<std::optional<int64_t>>;
  VL_ASSIGN_OR_RETURN(
      const Newest newest,
      session.QueryValue<std::optional<int64_t>>(
          "SELECT MAX(version) FROM plan_versions WHERE workspace = :workspace AND plan = :plan",
          {key.workspace, key.plan}));
  return newest.value_or(std::nullopt).value_or(0);
}

absl::StatusOr<std::optional<PlanVersion>> ReadPlanVersion(sql::Session& session,
                                                           const PlanKey& key, int64_t version) {
  PlanVersion row{.key = key, .version = version};
  VL_ASSIGN_OR_RETURN(
      const bool found,
      session.QueryOne("SELECT payload, bind_time FROM plan_versions WHERE workspace = :workspace "
                       "AND plan = :plan AND version = :version",
                       {key.workspace, key.plan, version},
                       [&row](const std::string& payload, int64_t bind_time) {
                         row.payload = payload;
                         row.bind_time = absl::FromUnixMicros(bind_time);
                       }));
  if (!found) return std::nullopt;
  return row;
}

absl::Status InsertPlanVersion(sql::Session& session, const BoundPlan& plan,
                               std::string_view payload, absl::Time bind_time) {
  return session
      .Execute(
          "INSERT INTO plan_versions (workspace, plan, version, payload, bind_time) "
          "VALUES (:workspace, :plan, :version, :payload, :bind_time)",
          {plan.key().workspace, plan.key().plan, plan.version(), payload,
           absl::ToUnixMicros(bind_time)})
      .status();
}

absl::Status InsertBindings(sql::Session& session, const BoundPlan& plan) {
  VL_ASSIGN_OR_RETURN(const EarlierBindings earlier,
                      ReadEarlier(session, plan.key(), plan.version()));
  for (const KpiBinding& binding : plan.bindings()) {
    const auto before = earlier.find({binding.kpi, binding.unit});
    const bool goes_on = before != earlier.end() && !SplitsSeries(before->second.shape, binding);
    VL_RETURN_IF_ERROR(
        session
            .Execute("INSERT INTO bindings (workspace, plan, version, kpi, unit, series, measure, "
                     "polarity, aggregation, formula) VALUES (:workspace, :plan, :version, :kpi, "
                     ":unit, :series, :measure, :polarity, :aggregation, :formula)",
                     {plan.key().workspace, plan.key().plan, plan.version(), binding.kpi,
                      binding.unit, goes_on ? before->second.series : plan.version(),
                      binding.measure, PolarityName(binding.polarity),
                      AggregationName(binding.aggregation), binding.formula})
            .status());
  }
  return absl::OkStatus();
}

absl::StatusOr<int64_t> ReadSeriesOf(sql::Session& session, const BoundPlan& plan,
                                     std::string_view kpi, std::string_view unit) {
  VL_ASSIGN_OR_RETURN(
      const std::optional<int64_t> series,
      session.QueryValue<int64_t>(
          "SELECT series FROM bindings WHERE workspace = :workspace AND plan = :plan "
          "AND version = :version AND kpi = :kpi AND unit = :unit",
          {plan.key().workspace, plan.key().plan, plan.version(), kpi, unit}));
  if (series) return *series;
  return absl::NotFoundError(
      fmt::format("kpi: got {}, want one that {} measures", Printable(kpi), plan.VersionName()));
}

absl::StatusOr<FollowCursor> ReadCursor(sql::Session& session, std::string_view workspace,
                                        std::string_view service) {
  FollowCursor cursor{.workspace = std::string(workspace), .service = std::string(service)};
  VL_RETURN_IF_ERROR(
      session
          .QueryOne("SELECT cursor, position FROM follow_cursors WHERE workspace = :workspace "
                    "AND service = :service",
                    {workspace, service},
                    [&cursor](const std::string& text, const std::string& position) {
                      cursor.cursor = text;
                      cursor.position = position;
                    })
          .status());
  return cursor;
}

absl::Status WriteCursor(sql::Session& session, const FollowCursor& cursor) {
  return session
      .Execute(
          "INSERT INTO follow_cursors (workspace, service, cursor, position) VALUES "
          "(:workspace, :service, :cursor, :position) ON CONFLICT (workspace, service) "
          "DO UPDATE SET cursor = excluded.cursor, position = excluded.position",
          {cursor.workspace, cursor.service, cursor.cursor, cursor.position})
      .status();
}

absl::Status DeleteCursor(sql::Session& session, std::string_view workspace,
                          std::string_view service) {
  return session
      .Execute("DELETE FROM follow_cursors WHERE workspace = :workspace AND service = :service",
               {workspace, service})
      .status();
}

}  // namespace valueloop::performance
