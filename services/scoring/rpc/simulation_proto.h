// What-ifs, changes and moves between the contract and the domain.
#ifndef VALUELOOP_SCORING_RPC_SIMULATION_PROTO_H_
#define VALUELOOP_SCORING_RPC_SIMULATION_PROTO_H_

#include <cstddef>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/civil_time.h"
#include "common/workspace/workspace_store.h"
#include "google/protobuf/repeated_ptr_field.h"
#include "scoring/domain/change_points.h"
#include "scoring/domain/migration.h"
#include "scoring/domain/simulate.h"
#include "scoring/store/version_registry.h"
#include "valueloop/scoring/v1/simulation.pb.h"

namespace valueloop::scoring {

std::string DayText(absl::CivilDay day);

// "zh", "en" or nothing; INVALID_ARGUMENT else.
absl::Status CheckLanguage(const std::string& language_code);

WantedVersions WantedFromProto(const v1::VersionChoice& versions);

// The day of the latest event of `what_if` that names a time; unset if none does.
std::optional<absl::CivilDay> LatestDay(const v1::WhatIf& what_if, const Workspace& workspace);

// Fills in what may be left out (in `proto` too, which then says what is applied) and checks every
// event against the customer, the currency and the last moment of `as_of`. INVALID_ARGUMENT names
// the field, such as `what_if.events[2]: occurred_time: ...`.
absl::StatusOr<WhatIf> WhatIfFromProto(const std::string& customer_id, const Workspace& workspace,
                                       absl::CivilDay as_of, v1::WhatIf& proto);
void WhatIfToProto(const WhatIf& what_if, v1::WhatIf& proto);

// `language_code` empty: without a text.
void ReasonChangeToProto(const ReasonChange& change, std::string_view language_code,
                         v1::ReasonChange& proto);
using ReasonChangesProto = google::protobuf::RepeatedPtrField<v1::ReasonChange>;
void ReasonChangesToProto(std::span<const ReasonChange> changes, std::string_view language_code,
                          ReasonChangesProto& proto,
                          size_t limit = std::numeric_limits<size_t>::max());

v1::ChangeCause ToProto(ChangeCause cause);
void ScorePointToProto(const Score& score, v1::ScorePoint& proto);
void VersionsToProto(const ActiveVersions& versions, v1::ScoreVersions& proto);
// `from` unset: new customers.
void CellToProto(std::optional<CustomerClass> from, CustomerClass to, const MoveTotals& totals,
                 v1::MigrationCell& proto);

}  // namespace valueloop::scoring

#endif  // VALUELOOP_SCORING_RPC_SIMULATION_PROTO_H_
