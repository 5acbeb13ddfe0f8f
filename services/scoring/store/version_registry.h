// The models, policies and reference distributions that scores are computed with, decoded once and
// kept: they never change, so a pointer to one stays good.
#ifndef VALUELOOP_SCORING_STORE_VERSION_REGISTRY_H_
#define VALUELOOP_SCORING_STORE_VERSION_REGISTRY_H_

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "absl/status/statusor.h"
#include "common/mutex.h"
#include "scoring/domain/classify.h"
#include "scoring/domain/model.h"
#include "scoring/domain/policy.h"
#include "scoring/store/version_store.h"

namespace valueloop::scoring {

// Turn what the store keeps into what the domain computes with. DATA_LOSS if they cannot.
using ModelDecoder = std::function<absl::StatusOr<Model>(const StoredModel&)>;
using PolicyDecoder = std::function<absl::StatusOr<ScoringPolicy>(const StoredPolicy&)>;

// Versions a caller names; unset: the active one.
struct WantedVersions {
  std::optional<int64_t> model;
  std::optional<int64_t> policy;
  std::optional<int64_t> reference;
};

// One consistent set, ready to compute with. The pointers are never changed behind.
struct VersionSet {
  ActiveVersions numbers;                                  // `sequence` is that of the active set.
  std::shared_ptr<const Model> model;                      // nullptr for version 0.
  std::shared_ptr<const CompiledPolicy> policy;            // Never nullptr.
  std::shared_ptr<const ReferenceDistribution> reference;  // nullptr for version 0.
};

// Thread-safe. Register as a listener of its store, so that the active set is read again only after
// it changed.
class VersionRegistry : public VersionListener {
 public:
  // `store` outlives the registry.
  VersionRegistry(VersionStore& store, ModelDecoder decode_model, PolicyDecoder decode_policy)
      : store_(store),
        decode_model_(std::move(decode_model)),
        decode_policy_(std::move(decode_policy)) {}

  // NOT_FOUND if a version named does not exist.
  absl::StatusOr<std::shared_ptr<const VersionSet>> Get(std::string_view workspace,
                                                        const WantedVersions& wanted = {});

  void OnVersionsChanged(const std::string& workspace, const ActiveVersions& active) override;

 private:
  template <typename T>
  using Kept = std::map<std::pair<std::string, int64_t>, std::shared_ptr<const T>>;

  absl::StatusOr<std::shared_ptr<const VersionSet>> Assemble(std::string_view workspace,
                                                             const ActiveVersions& numbers);
  absl::StatusOr<std::shared_ptr<const Model>> FindModel(std::string_view workspace,
                                                         int64_t version);
  absl::StatusOr<std::shared_ptr<const CompiledPolicy>> FindPolicy(std::string_view workspace,
                                                                   int64_t version);
  absl::StatusOr<std::shared_ptr<const ReferenceDistribution>> FindReference(
      std::string_view workspace, int64_t version);

  VersionStore& store_;
  const ModelDecoder decode_model_;
  const PolicyDecoder decode_policy_;
  Mutex mutex_;
  std::map<std::string, std::shared_ptr<const VersionSet>, std::less<>> active_
      VL_GUARDED_BY(mutex_);
  // Counts the changes heard of, so that a set read before one is not kept after it.
  std::map<std::string, int64_t, std::less<>> newest_sequence_ VL_GUARDED_BY(mutex_);
  Kept<Model> models_ VL_GUARDED_BY(mutex_);
  Kept<CompiledPolicy> policies_ VL_GUARDED_BY(mutex_);
  Kept<ReferenceDistribution> references_ VL_GUARDED_BY(mutex_);
};

}  // namespace valueloop::scoring

#endif  // VALUELOOP_SCORING_STORE_VERSION_REGISTRY_H_
