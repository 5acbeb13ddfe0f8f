// Rows that say which customer ids are one person. Internal to this folder.
#ifndef VALUELOOP_SCORING_STORE_PERSON_ROWS_H_
#define VALUELOOP_SCORING_STORE_PERSON_ROWS_H_

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/sql/session.h"
#include "scoring/store/ledger_store.h"

namespace valueloop::scoring {

// From an id to the person's; ids that are not in it are persons themselves.
using Persons = std::map<std::string, std::string, std::less<>>;

// Whether any two customers of the workspace are merged; asked first, since mostly none are.
absl::StatusOr<bool> HasMerges(sql::Session& session, std::string_view workspace);

// The merged ones among `ids`.
absl::StatusOr<Persons> ReadPersons(sql::Session& session, std::string_view workspace,
                                    std::span<const std::string> ids);
// The same, and external ids among `ids`, in one query.
absl::StatusOr<Persons> ResolveIds(sql::Session& session, std::string_view workspace,
                                   std::span<const std::string> ids);
const std::string& PersonIn(const Persons& persons, const std::string& id);
absl::StatusOr<std::string> PersonOf(sql::Session& session, std::string_view workspace,
                                     const std::string& id);

// All ids of a person, its own among them, by bytes.
absl::StatusOr<std::vector<std::string>> IdsOfPerson(sql::Session& session,
                                                     std::string_view workspace,
                                                     const std::string& person);

// Puts the persons in the place of the ids that the referrals name.
absl::Status NamePersons(sql::Session& session, std::string_view workspace,
                         CustomerSummary& summary);

// What an id of a merged person has by itself; unset if it has no events.
absl::StatusOr<std::optional<CustomerRecord>> ReadMember(sql::Session& session,
                                                         std::string_view workspace,
                                                         std::string_view customer_id);
absl::Status WriteMember(sql::Session& session, std::string_view workspace,
                         const CustomerRecord& record);

absl::Status WriteCustomer(sql::Session& session, std::string_view workspace,
                           const CustomerRecord& record, int64_t change_sequence);
absl::Status DeleteCustomer(sql::Session& session, std::string_view workspace,
                            const std::string& customer_id);

// The record that the events of `ids` make, up to `ledger_revision`. Events that two ids recorded
// alike count once. Its ledger_revision is their number, its merge_revision 0.
absl::StatusOr<CustomerRecord> RebuildRecord(sql::Session& session, const EventDecoder& decode,
                                             std::string_view workspace,
                                             std::span<const std::string> ids,
                                             int64_t ledger_revision, absl::TimeZone zone);

// Remembers that the request was about the customer.
absl::Status NoteRequest(sql::Session& session, std::string_view workspace,
                         std::string_view customer_id, std::string_view request_id,
                         int64_t now_micros);

// How many events of `ids` came after `ledger_revision`.
absl::StatusOr<int64_t> CountEventsAfter(sql::Session& session, std::string_view workspace,
                                         std::span<const std::string> ids, int64_t ledger_revision);

// Adds the persons who referred any of `ids`, and those whom `ids` referred, to `related`.
absl::Status CollectReferrals(sql::Session& session, std::string_view workspace,
                              std::span<const std::string> ids, std::set<std::string>& related);

}  // namespace valueloop::scoring

#endif  // VALUELOOP_SCORING_STORE_PERSON_ROWS_H_
