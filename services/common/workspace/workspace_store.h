// Workspaces: namespaces with a currency, a time zone and a fiscal year, none of which ever
// changes. Each service keeps its own list in its own database.
#ifndef VALUELOOP_COMMON_WORKSPACE_WORKSPACE_STORE_H_
#define VALUELOOP_COMMON_WORKSPACE_WORKSPACE_STORE_H_

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/clock.h"
#include "common/mutex.h"
#include "common/sql/database.h"

namespace valueloop {

struct Workspace {
  std::string id;
  std::string currency = "CNY";                  // ISO 4217, three capitals.
  std::string time_zone_name = "Asia/Shanghai";  // IANA.
  absl::TimeZone time_zone;                      // The same, loaded.
  int fiscal_start_month = 1;                    // 1 to 12.
  int64_t create_micros = 0;
};

// Thread-safe. What was read once is kept in memory: a workspace never changes and never goes.
class WorkspaceStore {
 public:
  // The migrations to pass to sql::Database::Open.
  static sql::MigrationSet Migrations();

  // Makes sure that `default` exists. `database` and `clock` must outlive the store.
  static absl::StatusOr<std::unique_ptr<WorkspaceStore>> Open(sql::Database& database,
                                                              const Clock& clock);

  // NOT_FOUND if there is no such workspace; INVALID_ARGUMENT if `id` is not a workspace id.
  absl::StatusOr<Workspace> Get(std::string_view id);

  // As Get, for what was read or created before; never blocks on the database.
  std::optional<Workspace> FindInMemory(std::string_view id);

  // Keeps a workspace. The same content again returns the one that is there; other content is
  // ALREADY_EXISTS. INVALID_ARGUMENT names the field: id, currency, time_zone, fiscal_start_month.
  absl::StatusOr<Workspace> Create(const Workspace& workspace);

  // Up to `limit` workspaces after `after` in the order of ids; empty `after`: from the first.
  absl::StatusOr<std::vector<Workspace>> List(std::string_view after, int limit);

  // The calendar day of now in the workspace's time zone.
  absl::CivilDay Today(const Workspace& workspace) const;

 private:
  WorkspaceStore(sql::Database& database, const Clock& clock)
      : database_(database), clock_(clock) {}

  sql::Database& database_;
  const Clock& clock_;
  Mutex mutex_;
  std::map<std::string, Workspace, std::less<>> known_ VL_GUARDED_BY(mutex_);
};

}  // namespace valueloop

#endif  // VALUELOOP_COMMON_WORKSPACE_WORKSPACE_STORE_H_
