#include "scoring/store/version_registry.h"

#include <algorithm>

#include "common/status.h"

namespace valueloop::scoring {
namespace {

// What is kept of each kind; beyond it everything is dropped and read again. Versions are few.
constexpr size_t kKeptLimit = 64;

template <typename Map, typename T>
std::shared_ptr<const T> Keep(Map& kept, std::string_view workspace, int64_t version,
                              std::shared_ptr<const T> made) {
  if (kept.size() >= kKeptLimit) kept.clear();
  return kept.emplace(std::pair(std::string(workspace), version), std::move(made)).first->second;
}

}  // namespace

absl::StatusOr<std::shared_ptr<const Model>> VersionRegistry::FindModel(std::string_view workspace,
                                                                        int64_t version) {
  if (version == 0) return std::shared_ptr<const Model>();
  {
    MutexLock lock(mutex_);
    const auto kept = models_.find({std::string(workspace), version});
    if (kept != models_.end()) return kept->second;
  }
  VL_ASSIGN_OR_RETURN(const StoredModel stored, store_.GetModel(workspace, version));
  VL_ASSIGN_OR_RETURN(Model model, decode_model_(stored));
  model.version = version;
  MutexLock lock(mutex_);
  return Keep(models_, workspace, version, std::make_shared<const Model>(std::move(model)));
}

absl::StatusOr<std::shared_ptr<const CompiledPolicy>> VersionRegistry::FindPolicy(
    std::string_view workspace, int64_t version) {
  if (version == 0) {
    return std::shared_ptr<const CompiledPolicy>(std::shared_ptr<void>(),
                                                 &CompiledPolicy::BuiltIn());
  }
  {
    MutexLock lock(mutex_);
    const auto kept = policies_.find({std::string(workspace), version});
    if (kept != policies_.end()) return kept->second;
  }
  VL_ASSIGN_OR_RETURN(const StoredPolicy stored, store_.GetPolicy(workspace, version));
  VL_ASSIGN_OR_RETURN(ScoringPolicy policy, decode_policy_(stored));
  policy.version = version;
  VL_ASSIGN_OR_RETURN(CompiledPolicy compiled, CompiledPolicy::Compile(std::move(policy)));
  MutexLock lock(mutex_);
  return Keep(policies_, workspace, version,
              std::make_shared<const CompiledPolicy>(std::move(compiled)));
}

absl::StatusOr<std::shared_ptr<const ReferenceDistribution>> VersionRegistry::FindReference(
    std::string_view workspace, int64_t version) {
  if (version == 0) return std::shared_ptr<const ReferenceDistribution>();
  {
    MutexLock lock(mutex_);
    const auto kept = references_.find({std::string(workspace), version});
    if (kept != references_.end()) return kept->second;
  }
  VL_ASSIGN_OR_RETURN(const StoredReference stored, store_.GetReference(workspace, version));
  VL_ASSIGN_OR_RETURN(ReferenceDistribution reference,
                      ReferenceDistribution::Decode(stored.payload));
  MutexLock lock(mutex_);
  return Keep(references_, workspace, version,
              std::make_shared<const ReferenceDistribution>(std::move(reference)));
}

absl::StatusOr<std::shared_ptr<const VersionSet>> VersionRegistry::Assemble(
    std::string_view workspace, const ActiveVersions& numbers) {
  auto set = std::make_shared<VersionSet>();
  set->numbers = numbers;
  VL_ASSIGN_OR_RETURN(set->model, FindModel(workspace, numbers.model));
  VL_ASSIGN_OR_RETURN(set->policy, FindPolicy(workspace, numbers.policy));
  VL_ASSIGN_OR_RETURN(set->reference, FindReference(workspace, numbers.reference));
  return std::shared_ptr<const VersionSet>(std::move(set));
}

absl::StatusOr<std::shared_ptr<const VersionSet>> VersionRegistry::Get(
    std::string_view workspace, const WantedVersions& wanted) {
  std::shared_ptr<const VersionSet> active;
  {
    MutexLock lock(mutex_);
    const auto known = active_.find(workspace);
    if (known != active_.end()) active = known->second;
  }
  if (active == nullptr) {
    VL_ASSIGN_OR_RETURN(const ActiveVersions numbers, store_.GetActive(workspace));
    VL_ASSIGN_OR_RETURN(active, Assemble(workspace, numbers));
    MutexLock lock(mutex_);
    const auto newest = newest_sequence_.find(workspace);
    if (newest == newest_sequence_.end() || newest->second <= numbers.sequence) {
      active_[std::string(workspace)] = active;
    }
  }
  ActiveVersions numbers = active->numbers;
  numbers.model = wanted.model.value_or(numbers.model);
  numbers.policy = wanted.policy.value_or(numbers.policy);
  numbers.reference = wanted.reference.value_or(numbers.reference);
  if (numbers == active->numbers) return active;
  return Assemble(workspace, numbers);
}

void VersionRegistry::OnVersionsChanged(const std::string& workspace,
                                        const ActiveVersions& active) {
  MutexLock lock(mutex_);
  int64_t& newest = newest_sequence_[workspace];
  newest = std::max(newest, active.sequence);
  active_.erase(workspace);
}

}  // namespace valueloop::scoring
