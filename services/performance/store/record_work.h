// One Record call inside its write: what is new is kept, gaps are decided, messages are queued.
#ifndef VALUELOOP_PERFORMANCE_STORE_RECORD_WORK_H_
#define VALUELOOP_PERFORMANCE_STORE_RECORD_WORK_H_

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/sql/outbox.h"
#include "common/sql/session.h"
#include "performance/store/performance_store.h"

namespace valueloop::performance {

class RecordWork {
 public:
  RecordWork(sql::Session& session, sql::Outbox& outbox, const RecordCommand& command,
             absl::Time now)
      : session_(session), outbox_(outbox), command_(command), plan_(*command.plan), now_(now) {}

  absl::StatusOr<RecordResult> Run();

 private:
  using SeriesKey = std::pair<std::string, std::string>;  // KPI and unit.

  absl::StatusOr<int64_t> SeriesOf(const SeriesKey& key);
  absl::Status KeepSetting(SeriesSetting setting);
  absl::Status KeepObservation(const RecordedObservation& recorded);
  absl::Status DecideGapOf(const SeriesKey& key);

  sql::Session& session_;
  sql::Outbox& outbox_;
  const RecordCommand& command_;
  const BoundPlan& plan_;
  const absl::Time now_;
  RecordCounts counts_;
  std::map<SeriesKey, int64_t> series_;
  std::set<SeriesKey> touched_;
};

}  // namespace valueloop::performance

#endif  // VALUELOOP_PERFORMANCE_STORE_RECORD_WORK_H_
