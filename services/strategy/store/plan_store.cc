#include "strategy/store/plan_store.h"

#include <utility>

#include "common/status.h"
#include "fmt/format.h"

namespace valueloop::strategy {
namespace {

constexpr std::pair<PlanState, std::string_view> kStateNames[] = {
    {PlanState::kDraft, "DRAFT"},           {PlanState::kInDecode, "IN_DECODE"},
    {PlanState::kValidated, "VALIDATED"},   {PlanState::kPublished, "PUBLISHED"},
    {PlanState::kSuperseded, "SUPERSEDED"}, {PlanState::kArchived, "ARCHIVED"}};

}  // namespace

std::string_view PlanStateName(PlanState state) {
  for (const auto& [value, name] : kStateNames) {
    if (value == state) return name;
  }
  return {};
}

bool WasPublished(PlanState state) {
  return state == PlanState::kPublished || state == PlanState::kSuperseded ||
         state == PlanState::kArchived;
}

absl::StatusOr<PlanState> ParsePlanState(std::string_view name) {
  for (const auto& [state, state_name] : kStateNames) {
    if (state_name == name) return state;
  }
  return absl::DataLossError(fmt::format("plan_versions.state: got {}", Printable(name)));
}

}  // namespace valueloop::strategy
