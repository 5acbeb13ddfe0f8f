// A fitted model: one part per segment, each with what its customers' scores are computed from.
#ifndef VALUELOOP_SCORING_DOMAIN_MODEL_H_
#define VALUELOOP_SCORING_DOMAIN_MODEL_H_

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/civil_time.h"
#include "scoring/domain/covariates.h"
#include "scoring/domain/fit.h"
#include "scoring/domain/gamma_gamma.h"
#include "scoring/domain/negative_binomial.h"
#include "scoring/domain/purchase_model.h"
#include "scoring/domain/sbg.h"
#include "scoring/domain/summary.h"

namespace valueloop::scoring {

// What happens beside purchases at a rate of its own (METHODS E8).
enum class Component {
  kReferral,
  kInformation,
  kKnowledge,
  kTransaction,
  kCostToServe,
  kRemedy,
};
inline constexpr int kComponentCount = 6;
// REFERRAL, INFORMATION, KNOWLEDGE, TRANSACTION, COST_TO_SERVE, REMEDY.
std::string_view ComponentName(Component component);
EventKind EventKindOf(Component component);

struct ComponentPrior {
  NegativeBinomialParams rate;
  // Mean per event: currency units; for INFORMATION the quality (0..1); for REFERRAL the incentive.
  double mean_amount = 0;
  // Of REFERRAL only: per referral, what referred customers of type one bought (currency units),
  // and the share of referrals whose customer was acquired.
  double mean_referred_amount = 0;
  double acquired_ratio = 0;
  friend bool operator==(const ComponentPrior&, const ComponentPrior&) = default;
};

// The segment's mean customer: where the reasons of a score start (METHODS E11).
struct MeanCustomer {
  double repeat_count = 0;
  double age_weeks = 0;
  double alive_probability = 1;
  double spend = 0;  // Expected spend per purchase.
  friend bool operator==(const MeanCustomer&, const MeanCustomer&) = default;
};

struct ModelPart {
  std::string segment;  // Value of the model's segment attribute; empty: everybody else.
  PurchaseParams purchase;
  // Covariance of the log-parameters, row by row; empty for given parameters or a flat fit.
  std::vector<double> purchase_log_covariance;
  // How attributes shift a customer's own parameters from `purchase`; empty: they do not.
  std::vector<Covariate> covariates;
  GammaGammaParams gamma_gamma;
  std::vector<double> spend_log_covariance;  // The same of p, q, v.
  // Mean spend per purchase of the segment: stands in where the Gamma-Gamma mean is not finite.
  double mean_spend = 0;
  SbgParams subscription;
  std::array<std::optional<ComponentPrior>, kComponentCount> components;  // Unset: too few events.
  // Unset (a part made from given parameters): a customer expected after one year, TypicalCustomer.
  std::optional<MeanCustomer> mean_customer;
  int64_t customer_count = 0;
  friend bool operator==(const ModelPart&, const ModelPart&) = default;
};

struct Model {
  int64_t version = 0;
  std::string segment_attribute = "segment";
  std::vector<ModelPart> parts;
  friend bool operator==(const Model&, const Model&) = default;
};

// InvalidArgument names the parameter out of range.
absl::Status Validate(const ModelPart& part);

// The part of the customer's segment at `as_of`, else the one for everybody; nullptr if neither.
const ModelPart* PartFor(const Model& model, const CustomerSummary& summary, absl::CivilDay as_of);

// `part` as it is for this customer: with the parameters that its attributes at `as_of` give it,
// and without covariates. Every score is computed from this one.
ModelPart PersonalPart(const ModelPart& part, const CustomerSummary& summary, absl::CivilDay as_of);

// The mean customer, or what a new customer is expected to be after one year.
MeanCustomer TypicalCustomer(const ModelPart& part);

// The spend per purchase to expect: Gamma-Gamma; where that is not finite the customer's own mean,
// or the segment's.
double SpendToExpect(const ModelPart& part, const SpendHistory& spend);

// Collects what a fit needs from one customer after the other, about 150 bytes each.
class ModelData {
 public:
  // `attributes`: what the fit is going to ask for, by name.
  explicit ModelData(absl::CivilDay until, std::vector<std::string> attributes = {})
      : until_(until), attributes_(std::move(attributes)) {}

  // Each customer once. Customers without a purchase day only count as referred ones and as
  // subscribers.
  void Add(std::string_view customer_id, const CustomerSummary& summary);

  int64_t customer_count() const { return static_cast<int64_t>(rows_.size()); }
  absl::CivilDay until() const { return until_; }
  std::vector<PurchaseHistory> Histories() const;
  std::vector<SpendHistory> Spends() const;
  const std::vector<ContractHistory>& contracts() const { return contracts_; }
  // One row per customer, in the order of Histories().
  const AttributeTable& attributes() const { return attributes_; }

  // The data of some customers (by their row, ascending); without contracts.
  ModelData Select(std::span<const size_t> rows) const;

 private:
  friend class PartFitter;
  struct Row {
    PurchaseHistory history;
    SpendHistory spend;
    std::array<int32_t, kComponentCount> counts{};
    std::array<double, kComponentCount> amounts{};
  };
  struct Referred {
    size_t row = 0;  // Of the referrer.
    uint64_t key = 0;
    ReferralType type = ReferralType::kOne;
  };

  using Bought = std::unordered_map<uint64_t, double>;

  absl::CivilDay until_;
  AttributeTable attributes_;
  std::vector<Row> rows_;
  std::vector<Referred> referred_;
  std::vector<ContractHistory> contracts_;
  // What acquired customers bought, by a 64-bit key of their id.
  std::shared_ptr<Bought> bought_ = std::make_shared<Bought>();
};

struct ModelPartFit {
  ModelPart part;
  FitReport purchase;
  FitReport gamma_gamma;
  // Of the renewal of subscriptions; unset: there were not enough of them, the prior stays.
  std::optional<FitReport> subscription;
  // Of a small segment: as how many customers everybody's parameters count; 0: not pooled.
  double pooled_customer_count = 0;
};

// Fits `family`, Gamma-Gamma, the renewal of subscriptions and every component with enough events.
// Fails as FitPurchaseModel and
// FitGammaGamma; `options.on_progress` sees one rising done_ratio over both.
absl::StatusOr<ModelPartFit> FitModelPart(std::string segment, Family family, const ModelData& data,
                                          const FitOptions& options = {});

}  // namespace valueloop::scoring

#endif  // VALUELOOP_SCORING_DOMAIN_MODEL_H_
