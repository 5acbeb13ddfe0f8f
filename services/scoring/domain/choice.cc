#include "scoring/domain/choice.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>

#include "common/status.h"
#include "fmt/format.h"

namespace valueloop::scoring {
namespace {

// Of the work of one trial, what is fitting.
constexpr double kFitShare = 0.6;

bool IsDiscrete(Family family) { return FamilyName(family) == "BG_BB"; }

double ScoreOf(const FamilyTrial& trial) {
  return trial.holdout ? trial.holdout->log_likelihood : -trial.akaike() / 2;
}

// How far `score` must be ahead of `simpler` to be taken in its place.
double GainWanted(const HoldoutData* data, const FamilyTrial& best, const FamilyTrial& simpler) {
  if (data == nullptr) return kMinLogLikelihoodGain;
  double n = 0;
  double sum = 0;
  double squares = 0;
  for (size_t i = 0; i < data->rows.size(); ++i) {
    const double customers = data->rows[i].customers;
    const double gain = best.holdout->log_probability[i] - simpler.holdout->log_probability[i];
    n += customers;
    sum += customers * gain;
    squares += customers * gain * gain;
  }
  const double standard_error = std::sqrt(std::max(0.0, squares - sum * sum / n));
  return std::max(kMinLogLikelihoodGain, standard_error);
}

std::string FlagNames(const FitReport& report) {
  std::string names;
  for (const FitFlag flag : report.flags) {
    names += (names.empty() ? "" : ", ") + std::string(FitFlagName(flag));
  }
  return names;
}

Decision DecideTrials(const std::vector<FamilyTrial>& trials, const HoldoutData* data) {
  std::vector<Contender> contenders;
  for (const FamilyTrial& trial : trials) {
    Contender& contender = contenders.emplace_back();
    contender.usable = trial.ok() && std::isfinite(ScoreOf(trial));
    if (!contender.usable) continue;
    contender.score = ScoreOf(trial);
    contender.parameter_count = ParameterNames(trial.family).size();
    contender.degenerate = IsDegenerate(trial.fit.report);
  }
  return Decide(contenders, [&](size_t best, size_t simpler) {
    return GainWanted(data, trials[best], trials[simpler]);
  });
}

// What came of the families that lost for another reason than their score.
Words RestOf(const std::vector<FamilyTrial>& trials, const Decision& decision) {
  Words rest;
  const bool all_degenerate = IsDegenerate(trials[decision.chosen].fit.report);
  for (size_t i = 0; i < trials.size(); ++i) {
    const FamilyTrial& trial = trials[i];
    const std::string_view name = FamilyName(trial.family);
    if (!trial.ok()) {
      rest.zh += fmt::format("；{} 无法拟合（{}）", name, trial.failure);
      rest.en += fmt::format("; {} could not be fitted ({})", name, trial.failure);
    } else if (!all_degenerate && IsDegenerate(trial.fit.report)) {
      rest.zh += fmt::format("；{} 退化（{}），不参选", name, FlagNames(trial.fit.report));
      rest.en += fmt::format("; {} is degenerate ({}) and was passed over", name,
                             FlagNames(trial.fit.report));
    }
  }
  if (all_degenerate) {
    rest.zh += fmt::format("；所有可用的拟合都退化，本族为 {}",
                           FlagNames(trials[decision.chosen].fit.report));
    rest.en += fmt::format("; every fit is degenerate, this one {}",
                           FlagNames(trials[decision.chosen].fit.report));
  }
  return rest;
}

// The comparison itself; `zh` and `en` name the measure.
Words ComparisonOf(const std::vector<FamilyTrial>& trials, const Decision& decision,
                   std::string_view zh, std::string_view en) {
  const FamilyTrial& chosen = trials[decision.chosen];
  const std::string_view name = FamilyName(chosen.family);
  if (decision.chosen != decision.best) {
    const FamilyTrial& best = trials[decision.best];
    const double gain = ScoreOf(best) - ScoreOf(chosen);
    return {
        .zh = fmt::format("{} 更简单：{} 的{}只高 {:.2f}，要高出 {:.2f} 才值得多用参数", name,
                          FamilyName(best.family), zh, gain, decision.wanted),
        .en = fmt::format("{} is simpler: the {} of {} is only {:.2f} higher, and {:.2f} is wanted "
                          "for more parameters",
                          name, en, FamilyName(best.family), gain, decision.wanted)};
  }
  if (decision.runner_up == decision.chosen) {
    return {.zh = fmt::format("{} 是唯一可用的模型族，{}为 {:.2f}", name, zh, ScoreOf(chosen)),
            .en = fmt::format("{} is the only family that could be used, with a {} of {:.2f}", name,
                              en, ScoreOf(chosen))};
  }
  const FamilyTrial& next = trials[decision.runner_up];
  return {.zh = fmt::format("{} 的{}最高：{:.2f}，其次 {} 为 {:.2f}", name, zh, ScoreOf(chosen),
                            FamilyName(next.family), ScoreOf(next)),
          .en = fmt::format("{} has the highest {}: {:.2f}, then {} with {:.2f}", name, en,
                            ScoreOf(chosen), FamilyName(next.family), ScoreOf(next))};
}

Words ForetoldWords(const HoldoutEvaluation& holdout) {
  return {.zh = fmt::format("；预测购买 {:.1f} 次，实际 {} 次", holdout.expected_count,
                            holdout.actual_count),
          .en = fmt::format("; it foretold {:.1f} purchases and {} came", holdout.expected_count,
                            holdout.actual_count)};
}

// The chosen one first, then by score, failures last in their order.
std::vector<FamilyTrial> Ordered(std::vector<FamilyTrial> trials, size_t chosen) {
  std::swap(trials[0], trials[chosen]);
  std::stable_sort(trials.begin() + 1, trials.end(),
                   [](const FamilyTrial& left, const FamilyTrial& right) {
                     if (left.ok() != right.ok()) return left.ok();
                     return left.ok() && ScoreOf(left) > ScoreOf(right);
                   });
  return trials;
}

// Runs `attempt` per candidate; every failure but a stop is kept as words.
using Attempt = std::function<absl::Status(FamilyTrial& trial, const FitOptions& options)>;
absl::StatusOr<std::vector<FamilyTrial>> TryAll(std::span<const Family> candidates,
                                                const FitOptions& options, const Attempt& attempt) {
  if (candidates.empty()) return absl::InternalError("family: got none to choose from");
  std::vector<FamilyTrial> trials;
  absl::Status first_failure;
  bool any = false;
  for (size_t i = 0; i < candidates.size(); ++i) {
    FitOptions part;
    part.on_progress = [&](const FitProgress& progress) {
      if (!options.on_progress) return true;
      FitProgress scaled = progress;
      scaled.done_ratio =
          (static_cast<double>(i) + progress.done_ratio) / static_cast<double>(candidates.size());
      return options.on_progress(scaled);
    };
    FamilyTrial& trial = trials.emplace_back();
    trial.family = candidates[i];
    const absl::Status status = attempt(trial, part);
    if (absl::IsCancelled(status)) return status;
    if (!status.ok()) {
      trial = FamilyTrial{.family = candidates[i], .failure = MessageOf(status)};
      if (first_failure.ok()) first_failure = status;
    }
    any = any || trial.ok();
  }
  if (!any) return first_failure;
  return trials;
}

}  // namespace

std::string_view ChoiceBasisName(ChoiceBasis basis) {
  constexpr std::array<std::string_view, 3> kNames = {"HOLDOUT", "LIKELIHOOD", "ASKED"};
  return kNames[static_cast<size_t>(basis)];
}

double FamilyTrial::akaike() const {
  return 2 * static_cast<double>(ParameterNames(family).size()) - 2 * fit.report.log_likelihood;
}

std::vector<Family> AllFamilies() {
  std::vector<Family> families;
  for (int i = 0; i < kFamilyCount; ++i) families.push_back(static_cast<Family>(i));
  std::stable_sort(families.begin(), families.end(), [](Family left, Family right) {
    return ParameterNames(left).size() < ParameterNames(right).size();
  });
  return families;
}

bool IsDegenerate(const FitReport& report) { return !report.flags.empty(); }

Decision Decide(std::span<const Contender> contenders,
                absl::FunctionRef<double(size_t best, size_t simpler)> gain_wanted) {
  std::vector<size_t> pool;
  const auto fill = [&](bool degenerate_too) {
    for (size_t i = 0; i < contenders.size(); ++i) {
      if (contenders[i].usable && (degenerate_too || !contenders[i].degenerate)) pool.push_back(i);
    }
  };
  fill(false);
  if (pool.empty()) fill(true);
  std::stable_sort(pool.begin(), pool.end(), [&](size_t left, size_t right) {
    return contenders[left].score > contenders[right].score;
  });
  const size_t best = pool.front();
  Decision decision{.chosen = best, .best = best};
  for (const size_t i : pool) {
    // The pool is by score: among equal numbers of parameters the first one is the best.
    if (contenders[i].parameter_count >= contenders[decision.chosen].parameter_count) continue;
    const double wanted = gain_wanted(best, i);
    if (contenders[best].score - contenders[i].score > wanted) continue;
    decision.chosen = i;
    decision.wanted = wanted;
  }
  decision.runner_up = decision.chosen;
  for (const size_t i : pool) {
    if (i == decision.chosen) continue;
    decision.runner_up = i;
    break;
  }
  return decision;
}

absl::StatusOr<FamilyChoice> ChooseOnHoldout(std::span<const Family> candidates,
                                             const HoldoutData& data, const FitOptions& options) {
  const std::vector<PurchaseHistory> histories = data.Histories();
  const Attempt attempt = [&](FamilyTrial& trial, const FitOptions& part) -> absl::Status {
    FitOptions fitting;
    fitting.on_progress = [&](const FitProgress& progress) {
      FitProgress scaled = progress;
      scaled.done_ratio = kFitShare * progress.done_ratio;
      return part.on_progress(scaled);
    };
    VL_ASSIGN_OR_RETURN(trial.fit, FitPurchaseModel(trial.family, histories, fitting));
    const std::array<PurchaseParams, 1> params = {trial.fit.params};
    VL_ASSIGN_OR_RETURN(
        trial.holdout, EvaluateHoldout(data, params, [&](double share) {
          return part.on_progress({.done_ratio = kFitShare + (1 - kFitShare) * share});
        }));
    return absl::OkStatus();
  };
  VL_ASSIGN_OR_RETURN(std::vector<FamilyTrial> trials, TryAll(candidates, options, attempt));
  const Decision decision = DecideTrials(trials, &data);
  FamilyChoice choice{.family = trials[decision.chosen].family,
                      .basis = ChoiceBasis::kHoldout,
                      .window = data.window,
                      .calibration_first_day = data.first_day,
                      .customer_count = data.customer_count,
                      .late_customer_count = data.late_customer_count};
  const Words foretold = ForetoldWords(*trials[decision.chosen].holdout);
  if (candidates.size() == 1) {
    choice.basis = ChoiceBasis::kAsked;
    choice.reason = {.zh = fmt::format("指定了 {}；以最后 {} 天检验", FamilyName(choice.family),
                                       data.window.days()),
                     .en = fmt::format("{} was asked for; tested on the last {} days",
                                       FamilyName(choice.family), data.window.days())};
  } else {
    choice.reason = ComparisonOf(
        trials, decision, fmt::format("最后 {} 天留出数据的对数似然", data.window.days()),
        fmt::format("log-likelihood of the {} days held out", data.window.days()));
    const Words rest = RestOf(trials, decision);
    choice.reason.zh += rest.zh;
    choice.reason.en += rest.en;
  }
  choice.reason.zh += foretold.zh;
  choice.reason.en += foretold.en;
  choice.trials = Ordered(std::move(trials), decision.chosen);
  return choice;
}

absl::StatusOr<FamilyChoice> ChooseOnLikelihood(std::span<const Family> candidates,
                                                std::span<const PurchaseHistory> histories,
                                                const Words& why, const FitOptions& options) {
  std::vector<Family> comparable;
  for (const Family family : candidates) {
    if (!IsDiscrete(family)) comparable.push_back(family);
  }
  if (comparable.empty()) comparable.assign(candidates.begin(), candidates.end());
  const Attempt attempt = [&](FamilyTrial& trial, const FitOptions& part) -> absl::Status {
    VL_ASSIGN_OR_RETURN(trial.fit, FitPurchaseModel(trial.family, histories, part));
    return absl::OkStatus();
  };
  VL_ASSIGN_OR_RETURN(std::vector<FamilyTrial> trials, TryAll(comparable, options, attempt));
  const Decision decision = DecideTrials(trials, nullptr);
  FamilyChoice choice{.family = trials[decision.chosen].family,
                      .basis = ChoiceBasis::kLikelihood,
                      .customer_count = static_cast<int64_t>(histories.size())};
  const Words comparison = ComparisonOf(trials, decision, "全部数据的对数似然（扣除参数个数）",
                                        "log-likelihood of all days less the parameters");
  const Words rest = RestOf(trials, decision);
  choice.reason = {.zh = fmt::format("{}；{}{}", why.zh, comparison.zh, rest.zh),
                   .en = fmt::format("{}; {}{}", why.en, comparison.en, rest.en)};
  choice.trials = Ordered(std::move(trials), decision.chosen);
  return choice;
}

FamilyChoice AskedFor(Family family, const Words& why) {
  return {.family = family,
          .basis = ChoiceBasis::kAsked,
          .reason = {.zh = fmt::format("{}；指定了 {}", why.zh, FamilyName(family)),
                     .en = fmt::format("{}; {} was asked for", why.en, FamilyName(family))}};
}

}  // namespace valueloop::scoring
