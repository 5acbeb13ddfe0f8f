// Which family of purchase models to use: every one that can be fitted is tried on days it was not
// shown, and the choice says why in words.
#ifndef VALUELOOP_SCORING_DOMAIN_CHOICE_H_
#define VALUELOOP_SCORING_DOMAIN_CHOICE_H_

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "scoring/domain/fit.h"
#include "scoring/domain/holdout.h"
#include "scoring/domain/purchase_model.h"

namespace valueloop::scoring {

// A gain of log-likelihood up to this, or up to one standard error of itself, does not pay for a
// parameter more.
inline constexpr double kMinLogLikelihoodGain = 2;

enum class ChoiceBasis { kHoldout, kLikelihood, kAsked };
// HOLDOUT, LIKELIHOOD, ASKED.
std::string_view ChoiceBasisName(ChoiceBasis basis);

// One sentence in both languages.
struct Words {
  std::string zh;
  std::string en;
  friend bool operator==(const Words&, const Words&) = default;
};

struct FamilyTrial {
  Family family = Family::kBgNbd;
  std::string failure;  // Why it could not be fitted or evaluated; empty: it could.
  PurchaseFit fit;      // To the calibration; to all days for the basis kLikelihood.
  std::optional<HoldoutEvaluation> holdout;  // Unset for the basis kLikelihood.

  bool ok() const { return failure.empty(); }
  double akaike() const;
};

struct FamilyChoice {
  Family family = Family::kBgNbd;
  ChoiceBasis basis = ChoiceBasis::kHoldout;
  Words reason;
  // The chosen one first, then by descending log-likelihood, those that failed last.
  std::vector<FamilyTrial> trials;
  std::optional<HoldoutWindow> window;
  std::optional<absl::CivilDay> calibration_first_day;
  int64_t customer_count = 0;
  int64_t late_customer_count = 0;
};

// Every family there is, the simplest first.
std::vector<Family> AllFamilies();

// A fit that ended at a degenerate optimum; it loses to every healthy one.
bool IsDegenerate(const FitReport& report);

// What a choice is made on. Higher scores are better; log-likelihoods, less the parameters where
// these were fitted to the same days.
struct Contender {
  double score = 0;
  size_t parameter_count = 0;
  bool usable = true;  // It could be fitted, and its score is finite.
  bool degenerate = false;
};

struct Decision {
  size_t chosen = 0;
  size_t best = 0;       // By the score alone, among the healthy ones if there are any.
  size_t runner_up = 0;  // The next best of them; `chosen` if there is no other.
  double wanted = 0;     // If chosen != best: the gain that was not reached.
};

// The rule: the best score among those that are not degenerate (among all if every one is), unless
// one with fewer parameters is behind by no more than `gain_wanted(best, simpler)`; then the one
// with the fewest of these. Ties go to the earlier one. At least one contender is usable.
Decision Decide(std::span<const Contender> contenders,
                absl::FunctionRef<double(size_t best, size_t simpler)> gain_wanted);

// Fits every candidate to the calibration window and takes the one with the greatest log-likelihood
// of the holdout; one with fewer parameters instead if the gain over it is at most
// kMinLogLikelihoodGain or one standard error of the (paired) difference. A single candidate is
// basis kAsked. Fails with FailedPrecondition, reason NOT_ENOUGH_DATA, if none can be fitted to
// that window, and with Cancelled. `options.on_progress` sees one rising done_ratio.
absl::StatusOr<FamilyChoice> ChooseOnHoldout(std::span<const Family> candidates,
                                             const HoldoutData& data,
                                             const FitOptions& options = {});

// The same without a holdout: by Akaike's criterion on all histories, where a difference up to
// kMinLogLikelihoodGain does not pay for a parameter more. `why` begins the reason. Families of
// discrete time take no part unless they are the only ones: their likelihood is of another kind.
absl::StatusOr<FamilyChoice> ChooseOnLikelihood(std::span<const Family> candidates,
                                                std::span<const PurchaseHistory> histories,
                                                const Words& why, const FitOptions& options = {});

// No trial: the caller named `family`, and `why` says why there is no holdout for it.
FamilyChoice AskedFor(Family family, const Words& why);

}  // namespace valueloop::scoring

#endif  // VALUELOOP_SCORING_DOMAIN_CHOICE_H_
