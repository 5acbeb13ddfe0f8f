#include "scoring/store/score_cache.h"

#include <utility>

#include "common/status.h"
#include "fmt/format.h"

namespace valueloop::scoring {
namespace {

// A computation ends by its database's own bounds; this one is for a thread that was killed.
constexpr absl::Duration kFlightPatience = absl::Seconds(10);

// What level 1 keeps a customer's answers under: '/' is in no id.
std::string OwnerOf(std::string_view workspace, std::string_view customer_id) {
  return fmt::format("{}/{}", workspace, customer_id);
}

Counter CacheCounter(Metrics& metrics, const char* level, const char* outcome) {
  return metrics.GetCounter("valueloop_score_cache_lookups_total",
                            "Look-ups of scores by cache level and outcome.",
                            {{"level", level}, {"outcome", outcome}});
}

}  // namespace

// One call of Get.
struct ScoreCache::Batch {
  const std::string& workspace;
  std::span<const std::string> customer_ids;
  const std::string& variant;
  Answers answers;
  std::vector<std::shared_ptr<Flight>> flights;  // By place; nullptr: answered by level 1.

  LevelTwoKey KeyOf(size_t place) const {
    return {.workspace = workspace,
            .customer_id = customer_ids[place],
            .variant = variant,
            .ticket = flights[place]->ticket};
  }
};

ScoreCache::ScoreCache(const LevelOneOptions& level_one, redis::Client* client,
                       const LevelTwoOptions& level_two, const Clock& clock, Metrics& metrics)
    : clock_(clock),
      level_one_(level_one),
      level_two_(client, level_two),
      level_one_hits_(CacheCounter(metrics, "1", "hit")),
      level_one_misses_(CacheCounter(metrics, "1", "miss")),
      level_two_hits_(CacheCounter(metrics, "2", "hit")),
      level_two_misses_(CacheCounter(metrics, "2", "miss")),
      level_two_errors_(CacheCounter(metrics, "2", "error")),
      computed_(metrics.GetCounter("valueloop_scores_computed_total",
                                   "Scores computed because no cache level had them.")),
      level_one_bytes_(metrics.GetGauge("valueloop_score_cache_bytes",
                                        "Memory of level 1 of the score cache, in bytes.")) {}

ScoreCache::Answer ScoreCache::FindInMemory(std::string_view workspace,
                                            std::string_view customer_id,
                                            std::string_view variant) {
  Answer answer = level_one_.Find(OwnerOf(workspace, customer_id), variant, clock_.Now());
  if (answer != nullptr) level_one_hits_.Increment();
  return answer;
}

absl::StatusOr<ScoreCache::Answers> ScoreCache::Get(const std::string& workspace,
                                                    std::span<const std::string> customer_ids,
                                                    const std::string& variant,
                                                    const Compute& compute) {
  Batch batch{.workspace = workspace, .customer_ids = customer_ids, .variant = variant};
  batch.answers.assign(customer_ids.size(), Answer());
  batch.flights.resize(customer_ids.size());
  std::vector<size_t> own;
  std::vector<std::string> flight_keys(customer_ids.size());
  for (size_t i = 0; i < customer_ids.size(); ++i) {
    batch.answers[i] = FindInMemory(workspace, customer_ids[i], variant);
    if (*batch.answers[i] != nullptr) continue;
    level_one_misses_.Increment();
    auto flight = std::make_shared<Flight>();
    flight->ticket = level_one_.TakeTicket(OwnerOf(workspace, customer_ids[i]));
    batch.flights[i] = flight;
    // The ticket is part of the key: whoever comes after a change does not join what began before.
    flight_keys[i] = MakeRedisKey(batch.KeyOf(i), 0);
    MutexLock lock(mutex_);
    const auto [place, is_new] = flights_.emplace(flight_keys[i], flight);
    if (!is_new) {
      batch.flights[i] = place->second;
      continue;
    }
    // The one who computed it may have landed between the look above and this one; it kept its
    // answer before it left.
    Answer kept = level_one_.Find(OwnerOf(workspace, customer_ids[i]), variant, clock_.Now());
    if (kept == nullptr) {
      own.push_back(i);
      continue;
    }
    batch.answers[i] = kept;
    flight->answer = std::move(kept);
    flights_.erase(place);
    flight->landed.Notify();
  }

  const absl::Status filled = own.empty() ? absl::OkStatus() : Fill(batch, own, compute);
  for (const size_t i : own) {
    if (!filled.ok()) batch.answers[i] = filled;
    batch.flights[i]->answer = batch.answers[i];
    {
      MutexLock lock(mutex_);
      flights_.erase(flight_keys[i]);
    }
    batch.flights[i]->landed.Notify();
  }
  level_one_bytes_.Set(static_cast<double>(level_one_.bytes()));
  VL_RETURN_IF_ERROR(filled);

  for (size_t i = 0; i < customer_ids.size(); ++i) {
    if (batch.flights[i] == nullptr || (batch.answers[i].ok() && *batch.answers[i] != nullptr)) {
      continue;
    }
    if (!batch.flights[i]->landed.WaitFor(kFlightPatience)) {
      return WithRetryAfter(absl::UnavailableError("score: computed by another call too long"),
                            absl::Milliseconds(100));
    }
    batch.answers[i] = *batch.flights[i]->answer;
  }
  return std::move(batch.answers);
}

absl::Status ScoreCache::Fill(Batch& batch, std::span<const size_t> places,
                              const Compute& compute) {
  const auto keep_in_memory = [&](size_t place) {
    level_one_.Keep(OwnerOf(batch.workspace, batch.customer_ids[place]), batch.variant,
                    *batch.answers[place], batch.flights[place]->ticket, clock_.Now());
  };
  std::vector<size_t> missing(places.begin(), places.end());
  if (level_two_.enabled()) {
    missing.clear();
    std::vector<LevelTwoKey> keys;
    for (const size_t place : places) keys.push_back(batch.KeyOf(place));
    const int64_t errors_before = level_two_.stats().error_count.load();
    const std::vector<std::optional<std::string>> found = level_two_.Find(keys);
    const bool failed = level_two_.stats().error_count.load() != errors_before;
    for (size_t i = 0; i < places.size(); ++i) {
      if (found[i].has_value()) {
        level_two_hits_.Increment();
        batch.answers[places[i]] = std::make_shared<const std::string>(*found[i]);
        keep_in_memory(places[i]);
      } else {
        (failed ? level_two_errors_ : level_two_misses_).Increment();
        missing.push_back(places[i]);
      }
    }
  }
  if (missing.empty()) return absl::OkStatus();

  VL_ASSIGN_OR_RETURN(Answers computed, compute(missing));
  computed_.Increment(static_cast<double>(missing.size()));
  for (size_t i = 0; i < missing.size(); ++i) {
    batch.answers[missing[i]] = std::move(computed[i]);
    if (!batch.answers[missing[i]].ok()) continue;
    keep_in_memory(missing[i]);
    level_two_.Keep(batch.KeyOf(missing[i]), **batch.answers[missing[i]]);
  }
  return absl::OkStatus();
}

bool ScoreCache::Holds(std::string_view workspace, std::string_view customer_id,
                       std::string_view variant) {
  return level_one_.Find(OwnerOf(workspace, customer_id), variant, clock_.Now()) != nullptr;
}

absl::StatusOr<int64_t> ScoreCache::Forget(const std::string& workspace,
                                           std::span<const std::string> customer_ids) {
  std::vector<std::shared_ptr<Flight>> under_way;
  for (const std::string& id : customer_ids) {
    level_one_.Invalidate(OwnerOf(workspace, id));
    const std::string prefix = MakeRedisPrefix(workspace, id);
    MutexLock lock(mutex_);
    for (auto place = flights_.lower_bound(prefix);
         place != flights_.end() && place->first.starts_with(prefix); ++place) {
      under_way.push_back(place->second);
    }
  }
  for (const std::shared_ptr<Flight>& flight : under_way) {
    if (!flight->landed.WaitFor(kFlightPatience)) {
      return absl::UnavailableError("score: computed by another call too long");
    }
  }
  // What a flight has kept in Redis went out on the connection before this.
  return level_two_.Forget(workspace, customer_ids);
}

int64_t ScoreCache::CountInMemory(std::string_view workspace,
                                  std::span<const std::string> customer_ids) {
  int64_t count = 0;
  for (const std::string& id : customer_ids) {
    count += static_cast<int64_t>(level_one_.CountOf(OwnerOf(workspace, id)));
  }
  return count;
}

absl::StatusOr<int64_t> ScoreCache::CountInLevelTwo(std::string_view workspace,
                                                    std::span<const std::string> customer_ids) {
  return level_two_.CountOf(workspace, customer_ids);
}

void ScoreCache::OnChanged(const std::string& workspace,
                           const std::vector<std::string>& customer_ids) {
  for (const std::string& id : customer_ids) level_one_.Invalidate(OwnerOf(workspace, id));
}

void ScoreCache::OnVersionsChanged(const std::string&, const ActiveVersions&) {
  level_one_.Flush();
}

}  // namespace valueloop::scoring
