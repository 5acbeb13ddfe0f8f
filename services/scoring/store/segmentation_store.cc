#include "scoring/store/segmentation_store.h"

#include <optional>
#include <utility>

#include "absl/time/time.h"
#include "common/status.h"
#include "fmt/format.h"

namespace valueloop::scoring {
namespace {

// The moment of the creation tells apart what was made anew under the id of a deleted one.
std::string EtagOf(int64_t create_micros, int64_t revision) {
  return fmt::format("{}-{}", create_micros, revision);
}

struct Row {
  StoredSegmentation stored;
  int64_t revision = 0;
};

absl::StatusOr<std::optional<Row>> Find(sql::Session& session, std::string_view workspace,
                                        std::string_view id) {
  Row row{.stored = {.id = std::string(id)}};
  VL_ASSIGN_OR_RETURN(
      const bool found,
      session.QueryOne(
          "SELECT revision, payload, create_micros, update_micros FROM segmentations"
          " WHERE workspace = :workspace AND segmentation = :segmentation",
          {workspace, id},
          [&](int64_t revision, const std::string& payload, int64_t created, int64_t updated) {
            row.revision = revision;
            row.stored.payload = payload;
            row.stored.create_micros = created;
            row.stored.update_micros = updated;
            row.stored.etag = EtagOf(created, revision);
          }));
  if (!found) return std::optional<Row>();
  return std::optional<Row>(std::move(row));
}

absl::StatusOr<Row> Require(sql::Session& session, std::string_view workspace,
                            std::string_view id) {
  VL_ASSIGN_OR_RETURN(std::optional<Row> found, Find(session, workspace, id));
  if (!found) {
    return WithReason(absl::NotFoundError(
                          fmt::format("segmentation: got {}, want one that exists", Printable(id))),
                      "SEGMENTATION_NOT_FOUND");
  }
  return *std::move(found);
}

absl::Status CheckEtag(const StoredSegmentation& stored, std::string_view etag) {
  if (stored.etag == etag) return absl::OkStatus();
  return WithReason(
      absl::AbortedError(fmt::format("etag: got {}, want {}: it was changed, read it again",
                                     Printable(etag), stored.etag)),
      "ETAG_MISMATCH");
}

}  // namespace

absl::StatusOr<StoredSegmentation> SegmentationStore::Create(std::string_view workspace,
                                                             std::string_view id,
                                                             std::string_view payload) {
  const int64_t now = absl::ToUnixMicros(clock_.Now());
  return database_.Write([&](sql::Session& session) -> absl::StatusOr<StoredSegmentation> {
    VL_ASSIGN_OR_RETURN(std::optional<Row> found, Find(session, workspace, id));
    if (found) {
      if (found->stored.payload == payload) return std::move(found->stored);
      return absl::AlreadyExistsError(fmt::format(
          "segmentation_id: got {}, want one that is free, or update it", Printable(id)));
    }
    VL_ASSIGN_OR_RETURN(
        const std::optional<int64_t> count,
        session.QueryValue<int64_t>(
            "SELECT COUNT(*) FROM segmentations WHERE workspace = :workspace", {workspace}));
    if (count.value_or(0) >= kMaxSegmentations) {
      return WithReason(
          absl::FailedPreconditionError(fmt::format(
              "segmentations: got {}, want at most {}: delete some", *count, kMaxSegmentations)),
          "TOO_MANY_SEGMENTATIONS");
    }
    VL_RETURN_IF_ERROR(session
                           .Execute("INSERT INTO segmentations (workspace, segmentation, revision,"
                                    " payload, create_micros, update_micros) VALUES (:workspace,"
                                    " :segmentation, 1, :payload, :created, :updated)",
                                    {workspace, id, payload, now, now})
                           .status());
    return StoredSegmentation{.id = std::string(id),
                              .payload = std::string(payload),
                              .etag = EtagOf(now, 1),
                              .create_micros = now,
                              .update_micros = now};
  });
}

absl::StatusOr<StoredSegmentation> SegmentationStore::Get(std::string_view workspace,
                                                          std::string_view id) {
  return database_.Read([&](sql::Session& session) -> absl::StatusOr<StoredSegmentation> {
    VL_ASSIGN_OR_RETURN(Row row, Require(session, workspace, id));
    return std::move(row.stored);
  });
}

absl::StatusOr<std::vector<StoredSegmentation>> SegmentationStore::List(std::string_view workspace,
                                                                        std::string_view after,
                                                                        int limit) {
  std::vector<StoredSegmentation> all;
  VL_RETURN_IF_ERROR(database_.Read([&](sql::Session& session) {
    return session.Query(
        "SELECT segmentation, revision, payload, create_micros, update_micros FROM segmentations"
        " WHERE workspace = :workspace AND segmentation > :after"
        " ORDER BY segmentation LIMIT :limit",
        {workspace, after, limit},
        [&](const std::string& id, int64_t revision, const std::string& payload, int64_t created,
            int64_t updated) {
          all.push_back({.id = id,
                         .payload = payload,
                         .etag = EtagOf(created, revision),
                         .create_micros = created,
                         .update_micros = updated});
        });
  }));
  return all;
}

absl::StatusOr<StoredSegmentation> SegmentationStore::Update(std::string_view workspace,
                                                             std::string_view id,
                                                             std::string_view payload,
                                                             std::string_view etag) {
  const int64_t now = absl::ToUnixMicros(clock_.Now());
  return database_.Write([&](sql::Session& session) -> absl::StatusOr<StoredSegmentation> {
    VL_ASSIGN_OR_RETURN(Row row, Require(session, workspace, id));
    if (row.stored.payload == payload) return std::move(row.stored);
    VL_RETURN_IF_ERROR(CheckEtag(row.stored, etag));
    VL_RETURN_IF_ERROR(
        session
            .Execute("UPDATE segmentations SET revision = :revision, payload = :payload,"
                     " update_micros = :updated"
                     " WHERE workspace = :workspace AND segmentation = :segmentation",
                     {row.revision + 1, payload, now, workspace, id})
            .status());
    row.stored.payload = payload;
    row.stored.update_micros = now;
    row.stored.etag = EtagOf(row.stored.create_micros, row.revision + 1);
    return std::move(row.stored);
  });
}

absl::Status SegmentationStore::Delete(std::string_view workspace, std::string_view id,
                                       std::string_view etag) {
  return database_.Write([&](sql::Session& session) -> absl::Status {
    VL_ASSIGN_OR_RETURN(const Row row, Require(session, workspace, id));
    if (!etag.empty()) VL_RETURN_IF_ERROR(CheckEtag(row.stored, etag));
    return session
        .Execute(
            "DELETE FROM segmentations"
            " WHERE workspace = :workspace AND segmentation = :segmentation",
            {workspace, id})
        .status();
  });
}

}  // namespace valueloop::scoring
