#include "scoring/domain/reason_changes.h"

#include <algorithm>
#include <cmath>

#include "fmt/format.h"

namespace valueloop::scoring {
namespace {

// Match reasons are told apart by their criterion, all others by their code.
bool IsSame(const ReasonChange& change, const Reason& reason) {
  if (!reason.subject.empty() || !change.subject.empty()) return change.subject == reason.subject;
  return change.code == reason.code;
}

ReasonChange& FindOrAdd(std::vector<ReasonChange>& changes, const Reason& reason) {
  for (ReasonChange& change : changes) {
    if (IsSame(change, reason)) return change;
  }
  changes.push_back({.code = reason.code, .subject = reason.subject});
  return changes.back();
}

void Replace(std::string& text, std::string_view name, std::string_view with) {
  const size_t at = text.find(name);
  if (at != std::string::npos) text.replace(at, name.size(), with);
}

}  // namespace

std::vector<ReasonChange> CompareReasons(std::span<const Reason> before,
                                         std::span<const Reason> after) {
  std::vector<ReasonChange> changes;
  for (const Reason& reason : before) {
    ReasonChange& change = FindOrAdd(changes, reason);
    change.before = reason.contribution;
    change.actual_before = reason.actual;
  }
  for (const Reason& reason : after) {
    ReasonChange& change = FindOrAdd(changes, reason);
    change.code = reason.code;
    change.after = reason.contribution;
    change.actual_after = reason.actual;
  }
  for (ReasonChange& change : changes) change.change = change.after - change.before;
  std::erase_if(changes, [](const ReasonChange& change) { return change.change == 0; });
  std::stable_sort(changes.begin(), changes.end(), [](const auto& left, const auto& right) {
    return std::abs(left.change) > std::abs(right.change);
  });
  std::vector<double> parts;
  for (const ReasonChange& change : changes) parts.push_back(change.change);
  const std::vector<double> rounded = RoundToSum(parts);
  for (size_t i = 0; i < changes.size(); ++i) changes[i].displayed = rounded[i];
  return changes;
}

std::string RenderReasonChange(const ReasonChange& change, std::string_view language_code) {
  const ReasonText& entry = ReasonCatalogue()[static_cast<size_t>(change.code)];
  const bool chinese = language_code.substr(0, 2) == "zh";
  std::string text(chinese ? entry.change_zh : entry.change_en);
  const auto number = [&](const std::optional<double>& value) {
    return value ? fmt::format("{:.4g}", *value) : std::string(chinese ? "无" : "none");
  };
  // Numbers first: a criterion's id may contain a placeholder of its own.
  Replace(text, "{before}", number(change.actual_before));
  Replace(text, "{after}", number(change.actual_after));
  Replace(text, "{subject}", change.subject);
  return text;
}

}  // namespace valueloop::scoring
