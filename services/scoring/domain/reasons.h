// Why a score is what it is, in parts that add up exactly (METHODS E11).
//
// Value: the expected value of the segment's mean customer, the Shapley contributions of how this
// customer differs from it in being alive, frequency, spend and tenure, and its differences in
// every other component. Match: 50, and weight x (rating - 50) for every rated criterion.
#ifndef VALUELOOP_SCORING_DOMAIN_REASONS_H_
#define VALUELOOP_SCORING_DOMAIN_REASONS_H_

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "scoring/domain/match.h"
#include "scoring/domain/values.h"

namespace valueloop::scoring {

enum class ReasonCode {
  kSegmentMean,
  kAlive,
  kFrequency,
  kSpend,
  kTenure,
  kSubscriptions,
  kGivenToReferrer,
  kCostToServe,
  kRemedies,
  kReferredCustomers,
  kReferrals,
  kInformation,
  kKnowledge,
  kTransactions,
  kMatchBase,
  kMatchByPerson,
  kMatchByPredicate,
  kMatchByMetric,
};
inline constexpr int kReasonCodeCount = 18;

struct ReasonText {
  ReasonCode code = ReasonCode::kSegmentMean;
  std::string_view name;  // UPPER_SNAKE, such as SEGMENT_MEAN.
  std::string_view text_zh;
  std::string_view text_en;  // {actual}, {typical}, {subject}, {people} stand for the arguments.
  std::string_view change_zh;
  std::string_view change_en;  // Between two scores: {before}, {after} (actual ones), {subject}.
};
// All codes, in their order.
std::span<const ReasonText> ReasonCatalogue();
std::string_view ReasonCodeName(ReasonCode code);

struct Reason {
  ReasonCode code = ReasonCode::kSegmentMean;
  double contribution = 0;  // Currency units, or points of the match score; exact.
  double displayed = 0;     // To 2 decimals; the displayed ones add up to the total to 2 decimals.
  double actual = 0;    // The customer's own quantity, such as its alive probability or a rating.
  double typical = 0;   // The mean customer's.
  std::string subject;  // The criterion, for match reasons.
  std::vector<std::string> people;  // Who rated it.
};

// Sum of contributions = expected.parts.total() up to rounding of doubles. Reasons of 0 are left
// out, except the base. Fails as DiscountedGivenAlive.
absl::StatusOr<std::vector<Reason>> ValueReasons(const CustomerFacts& facts, const ModelPart& part,
                                                 const ScoringPolicy& policy,
                                                 const ExpectedResult& expected);

// Sum of contributions = match.score; empty if nothing is rated.
std::vector<Reason> MatchReasons(const MatchResult& match);

// The text of a reason; `language_code` "zh" (and zh-*) gives Chinese, anything else English.
std::string RenderReason(const Reason& reason, std::string_view language_code);

// Rounds parts to multiples of 0.01 that add up to their total so rounded, by largest remainder.
// Parts must be finite and below 1e13 in absolute value; equal remainders go to the earlier part.
std::vector<double> RoundToSum(std::span<const double> parts);

}  // namespace valueloop::scoring

#endif  // VALUELOOP_SCORING_DOMAIN_REASONS_H_
