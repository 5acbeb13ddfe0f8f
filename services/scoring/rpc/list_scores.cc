#include "scoring/rpc/list_scores.h"

#include <algorithm>
#include <charconv>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/ids.h"
#include "common/status.h"
#include "fmt/format.h"
#include "scoring/rpc/score_filter.h"
#include "scoring/rpc/snapshot_proto.h"

namespace valueloop::scoring {
namespace {

constexpr int64_t kAllRows = std::numeric_limits<int64_t>::max();

// Where a row stands in the order.
struct Place {
  std::optional<double> value;  // Of the field that orders.
  std::string customer_id;
};

Place PlaceOf(const ScoreOrder& order, const SnapshotRow& row) {
  Place place{.customer_id = row.customer_id};
  if (order.field.has_value()) place.value = NumberOf(row, *order.field);
  return place;
}

bool IsBefore(const ScoreOrder& order, const Place& left, const Place& right) {
  if (left.value.has_value() != right.value.has_value()) return left.value.has_value();
  if (left.value.has_value() && *left.value != *right.value) {
    return order.descending ? *left.value > *right.value : *left.value < *right.value;
  }
  return left.customer_id < right.customer_id;
}

// What a page token holds; unset before the first page.
struct Continuation {
  int64_t snapshot = 0;
  int64_t total_count = 0;
  Place last;
};

template <typename T>
bool ParseWhole(std::string_view text, T& out) {
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  return error == std::errc() && stop == text.data() + text.size();
}

absl::StatusOr<std::optional<Continuation>> ParseToken(const std::string& key,
                                                       const std::string& token) {
  VL_ASSIGN_OR_RETURN(const std::vector<std::string> parts, ParsePageToken(key, token));
  if (parts.empty()) return std::optional<Continuation>();
  Continuation from;
  double value = 0;
  const bool is_valid = parts.size() == 4 && ParseWhole(parts[0], from.snapshot) &&
                        ParseWhole(parts[1], from.total_count) &&
                        (parts[2].empty() || ParseWhole(parts[2], value));
  if (!is_valid) return InvalidField("page_token", token, "one from the previous page");
  if (!parts[2].empty()) from.last.value = value;
  from.last.customer_id = parts[3];
  return std::optional<Continuation>(std::move(from));
}

std::string MakeToken(const std::string& key, const Continuation& next) {
  return MakePageToken(
      key, {fmt::format("{}", next.snapshot), fmt::format("{}", next.total_count),
            next.last.value ? fmt::format("{}", *next.last.value) : "", next.last.customer_id});
}

// The first `capacity` rows of the order, of all it is given.
class FirstRows {
  auto by_place() const {
    return [this](const auto& left, const auto& right) {
      return IsBefore(order_, left.first, right.first);
    };
  }

 public:
  FirstRows(const ScoreOrder& order, size_t capacity) : order_(order), capacity_(capacity) {}

  bool full() const { return rows_.size() == capacity_; }

  void Add(const Place& place, const SnapshotRow& row) {
    if (full()) {
      if (!IsBefore(order_, place, rows_.front().first)) return;
      std::pop_heap(rows_.begin(), rows_.end(), by_place());
      rows_.pop_back();
    }
    rows_.emplace_back(place, row);
    std::push_heap(rows_.begin(), rows_.end(), by_place());
  }

  std::vector<std::pair<Place, SnapshotRow>> TakeSorted() {
    std::sort_heap(rows_.begin(), rows_.end(), by_place());
    return std::move(rows_);
  }

 private:
  const ScoreOrder& order_;
  const size_t capacity_;
  std::vector<std::pair<Place, SnapshotRow>> rows_;  // A heap; the last of the order in front.
};

}  // namespace

absl::Status ListScores(SnapshotStore& snapshots, WorkspaceStore& workspaces,
                        const v1::ListScoresRequest& request, v1::ListScoresResponse& response) {
  VL_ASSIGN_OR_RETURN(const std::vector<std::string> parts,
                      ParseResourceName("parent", "workspaces/*", request.parent()));
  VL_ASSIGN_OR_RETURN(const Workspace workspace, workspaces.Get(parts[0]));
  VL_ASSIGN_OR_RETURN(const int page_size, ParsePageSize(request.page_size()));
  VL_ASSIGN_OR_RETURN(const ScoreFilter filter, ScoreFilter::Parse(request.filter()));
  VL_ASSIGN_OR_RETURN(const ScoreOrder order, ScoreOrder::Parse(request.order_by()));
  const std::string key =
      fmt::format("{}\n{}\n{}", request.parent(), request.order_by(), request.filter());
  VL_ASSIGN_OR_RETURN(const std::optional<Continuation> from,
                      ParseToken(key, request.page_token()));
  VL_ASSIGN_OR_RETURN(const Snapshot snapshot, from ? snapshots.Get(workspace.id, from->snapshot)
                                                    : snapshots.RequireNewest(workspace.id));

  // The total is counted for the first page and then carried in the token.
  const bool counts = !from.has_value() && !request.filter().empty();
  int64_t total_count = from ? from->total_count : counts ? 0 : snapshot.customer_count;
  // Rows come by customer id: in that order a full page needs no further ones.
  const bool by_id = !order.field.has_value();
  const std::string after = by_id && from ? from->last.customer_id : "";
  FirstRows page(order, static_cast<size_t>(page_size) + 1);
  const absl::Status enough = absl::CancelledError("page: got enough rows");
  const absl::Status scanned = snapshots.Scan(
      workspace.id, snapshot.id, after, kAllRows, [&](const SnapshotRow& row) -> absl::Status {
        if (!filter.Matches(row)) return absl::OkStatus();
        if (counts) ++total_count;
        const Place place = PlaceOf(order, row);
        if (!from.has_value() || IsBefore(order, from->last, place)) page.Add(place, row);
        return by_id && page.full() && !counts ? enough : absl::OkStatus();
      });
  if (!scanned.ok() && scanned != enough) return scanned;

  std::vector<std::pair<Place, SnapshotRow>> rows = page.TakeSorted();
  const bool has_more = rows.size() > static_cast<size_t>(page_size);
  if (has_more) rows.pop_back();
  for (const auto& [place, row] : rows) {
    SnapshotRowToProto(workspace.id, row, *response.add_scores());
  }
  if (has_more) {
    response.set_next_page_token(MakeToken(
        key, {.snapshot = snapshot.id, .total_count = total_count, .last = rows.back().first}));
  }
  SnapshotToProto(workspace.id, snapshot, *response.mutable_snapshot());
  response.set_total_count(total_count);
  return absl::OkStatus();
}

void RegisterListScores(rpc::Service& score_service, SnapshotStore& snapshots,
                        WorkspaceStore& workspaces) {
  score_service.Unary<v1::ListScoresRequest, v1::ListScoresResponse>(
      "ListScores",
      [&snapshots, &workspaces](rpc::CallContext&, const auto& request, auto& response) {
        return ListScores(snapshots, workspaces, request, response);
      });
}

}  // namespace valueloop::scoring
