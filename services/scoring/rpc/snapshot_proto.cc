#include "scoring/rpc/snapshot_proto.h"

#include "fmt/format.h"
#include "google/protobuf/util/time_util.h"
#include "scoring/rpc/score_proto.h"

namespace valueloop::scoring {

void SnapshotToProto(std::string_view workspace, const Snapshot& snapshot, v1::Snapshot& out) {
  out.set_name(fmt::format("workspaces/{}/snapshots/{}", workspace, snapshot.id));
  out.set_as_of(absl::FormatCivilTime(snapshot.as_of));
  out.set_model_version(snapshot.model_version);
  out.set_policy_version(snapshot.policy_version);
  out.set_reference_version(snapshot.reference_version);
  out.set_customer_count(snapshot.customer_count);
  *out.mutable_complete_time() =
      google::protobuf::util::TimeUtil::MicrosecondsToTimestamp(snapshot.complete_micros);
}

void SnapshotRowToProto(std::string_view workspace, const SnapshotRow& row,
                        v1::SnapshotScore& out) {
  out.set_name(fmt::format("workspaces/{}/customers/{}/score", workspace, row.customer_id));
  out.set_state(ToProto(row.state));
  out.set_customer_class(ToProto(row.customer_class));
  out.set_realised_value(row.realised_value);
  if (row.expected_value) out.set_expected_value(*row.expected_value);
  if (row.value_score) out.set_value_score(*row.value_score);
  if (row.match_score) out.set_match_score(*row.match_score);
  out.set_match_coverage(row.match_coverage);
  if (row.alive_probability) out.set_alive_probability(*row.alive_probability);
  if (row.value_at_stake) out.set_value_at_stake(*row.value_at_stake);
  if (row.expected_purchases) out.set_expected_purchase_count(*row.expected_purchases);
}

}  // namespace valueloop::scoring
