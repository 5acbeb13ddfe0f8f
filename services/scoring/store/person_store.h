// Which customer ids are one person, and what other systems call them.
//
// Thread-safe; calls block on the database, whose errors every function may return beside those
// named.
#ifndef VALUELOOP_SCORING_STORE_PERSON_STORE_H_
#define VALUELOOP_SCORING_STORE_PERSON_STORE_H_

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/clock.h"
#include "common/sql/database.h"
#include "common/workspace/workspace_store.h"
#include "scoring/store/ledger_store.h"

namespace valueloop::scoring {

struct ExternalId {
  std::string system;
  std::string id;
  std::string customer_id;  // As it was given; it may be merged.
  int64_t create_micros = 0;
  friend bool operator==(const ExternalId&, const ExternalId&) = default;
};

// What becomes of a customer's ids in one system: exactly these.
struct SystemIds {
  std::string system;
  std::vector<std::string> ids;
};

struct Merge {
  std::string survivor;  // As asked for.
  std::string merged;
  std::string person;
  int64_t create_micros = 0;
  friend bool operator==(const Merge&, const Merge&) = default;
};

struct MergeResult {
  Merge merge;
  int64_t equal_event_count = 0;    // Both had them; they count once.
  int64_t same_id_event_count = 0;  // Only (source, event_id) is the same; they count each.
  int64_t ledger_revision = 0;
};

struct SplitResult {
  std::string customer_id;  // The person the merged id is now.
  std::string survivor_id;  // The one it was split from.
};

class PersonStore {
 public:
  // `database` has LedgerMigrations(); it and `clock` outlive the store.
  PersonStore(sql::Database& database, EventDecoder decode, const Clock& clock);

  // `listener` outlives the store. Before the first change only.
  void AddListener(LedgerListener* listener) { listeners_.push_back(listener); }

  // Replaces the customer's ids in the systems named. ALREADY_EXISTS, reason EXTERNAL_ID_TAKEN: one
  // of them is another customer's, or how one is called; nothing is changed then.
  absl::Status SetExternalIds(std::string_view workspace, const std::string& customer_id,
                              std::span<const SystemIds> systems);
  // Of all the person's ids, by system, then id.
  absl::StatusOr<std::vector<ExternalId>> ListExternalIds(std::string_view workspace,
                                                          const std::string& customer_id);

  // Whether each id has events, or external ids, of its own or through a merge.
  absl::StatusOr<std::vector<bool>> AreKnown(std::string_view workspace,
                                             std::span<const std::string> customer_ids);

  // All ids of the person, by bytes; the id alone if nothing is known of it.
  absl::StatusOr<std::vector<std::string>> ListIds(std::string_view workspace,
                                                   const std::string& customer_id);

  // See CustomerService.MergeCustomers. `request` may be unset.
  absl::StatusOr<MergeResult> MergeCustomers(const Workspace& workspace,
                                             const std::string& survivor, const std::string& merged,
                                             const std::optional<RequestKey>& request);
  // See CustomerService.SplitCustomer.
  absl::StatusOr<SplitResult> Split(const Workspace& workspace, const std::string& merged);
  // Of the person of `customer_id` (empty: all), after the merged id `after`, by merged id.
  absl::StatusOr<std::vector<Merge>> ListMerges(std::string_view workspace,
                                                const std::string& customer_id,
                                                std::string_view after, int64_t limit);

  // Forgets whom requests were about that are themselves forgotten.
  absl::Status PurgeRequestCustomers();

 private:
  void Announce(sql::Session& session, std::string_view workspace,
                std::vector<std::string> customer_ids);
  absl::StatusOr<MergeResult> MergeIn(sql::Session& session, const Workspace& workspace,
                                      const std::string& survivor, const std::string& merged);
  // Writes the person's row from its ids, one or more, and the rows of its ids.
  absl::Status WritePerson(sql::Session& session, const Workspace& workspace,
                           const std::string& person, std::span<const std::string> ids,
                           int64_t ledger_revision, int64_t change_sequence);

  sql::Database& database_;
  const EventDecoder decode_;
  const Clock& clock_;
  std::vector<LedgerListener*> listeners_;
};

}  // namespace valueloop::scoring

#endif  // VALUELOOP_SCORING_STORE_PERSON_STORE_H_
