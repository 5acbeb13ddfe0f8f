#include "scoring/domain/model.h"

#include <cmath>

#include "common/status.h"
#include "fmt/format.h"
#include "scoring/domain/civil_day.h"
#include "scoring/domain/facts.h"
#include "scoring/domain/fit_regular.h"

namespace valueloop::scoring {
namespace {

constexpr double kMicros = 1e6;
constexpr double kYearWeeks = 52.1775;

constexpr std::array<std::string_view, kComponentCount> kComponentNames = {
    "REFERRAL", "INFORMATION", "KNOWLEDGE", "TRANSACTION", "COST_TO_SERVE", "REMEDY"};
constexpr std::array<EventKind, kComponentCount> kComponentKinds = {
    EventKind::kReferral,           EventKind::kInformation, EventKind::kKnowledge,
    EventKind::kPartnerTransaction, EventKind::kCostToServe, EventKind::kRemedy};

uint64_t KeyOf(std::string_view customer_id) { return EventKey("customer", customer_id); }

}  // namespace

std::string_view ComponentName(Component component) {
  return kComponentNames[static_cast<size_t>(component)];
}
EventKind EventKindOf(Component component) {
  return kComponentKinds[static_cast<size_t>(component)];
}

absl::Status Validate(const ModelPart& part) {
  VL_RETURN_IF_ERROR(Annotate(Validate(part.purchase), FamilyName(part.purchase.family())));
  VL_RETURN_IF_ERROR(Annotate(Validate(part.gamma_gamma), "gamma_gamma"));
  if (!(part.mean_spend >= 0) || !std::isfinite(part.mean_spend)) {
    return InvalidField("mean_spend", fmt::format("{}", part.mean_spend), "finite, at least 0");
  }
  const auto positive = [](double value) { return std::isfinite(value) && value > 0; };
  if (!positive(part.subscription.alpha) || !positive(part.subscription.beta)) {
    return InvalidField("subscription",
                        fmt::format("{}, {}", part.subscription.alpha, part.subscription.beta),
                        "alpha and beta finite, above 0");
  }
  for (size_t i = 0; i < part.components.size(); ++i) {
    if (!part.components[i]) continue;
    const ComponentPrior& prior = *part.components[i];
    if (!positive(prior.rate.g) || !positive(prior.rate.h) || !std::isfinite(prior.mean_amount) ||
        !std::isfinite(prior.mean_referred_amount) || !(prior.acquired_ratio >= 0) ||
        !(prior.acquired_ratio <= 1)) {
      return InvalidField(fmt::format("components.{}", kComponentNames[i]),
                          fmt::format("g {}, h {}", prior.rate.g, prior.rate.h),
                          "g and h above 0, finite means, acquired_ratio 0..1");
    }
  }
  return absl::OkStatus();
}

const ModelPart* PartFor(const Model& model, const CustomerSummary& summary, absl::CivilDay as_of) {
  std::string_view segment;
  if (model.parts.size() > 1 || (model.parts.size() == 1 && !model.parts[0].segment.empty())) {
    for (const auto& [name, value] : AttributesAsOf(summary, as_of)) {
      const auto* text = std::get_if<std::string>(value);
      if (name == model.segment_attribute && text != nullptr) segment = *text;
    }
  }
  const ModelPart* everybody = nullptr;
  for (const ModelPart& part : model.parts) {
    if (part.segment.empty()) everybody = &part;
    if (!part.segment.empty() && part.segment == segment) return &part;
  }
  return everybody;
}

ModelPart PersonalPart(const ModelPart& part, const CustomerSummary& summary,
                       absl::CivilDay as_of) {
  ModelPart personal = part;
  personal.purchase =
      CustomerParams(part.purchase, part.covariates, AttributesAsOf(summary, as_of));
  personal.covariates.clear();
  return personal;
}

MeanCustomer TypicalCustomer(const ModelPart& part) {
  if (part.mean_customer) return *part.mean_customer;
  MeanCustomer mean{.age_weeks = kYearWeeks, .spend = SpendToExpect(part, SpendHistory{})};
  mean.repeat_count = ExpectedPurchasesOfNew(part.purchase, kYearWeeks).value_or(0);
  mean.alive_probability =
      AliveProbabilityAfter(part.purchase, PurchaseHistory{}, kYearWeeks).value_or(1);
  return mean;
}

double SpendToExpect(const ModelPart& part, const SpendHistory& spend) {
  const absl::StatusOr<double> expected = ExpectedSpend(part.gamma_gamma, spend);
  if (expected.ok()) return *expected;
  return spend.count > 0 ? spend.mean : part.mean_spend;
}

void ModelData::Add(std::string_view customer_id, const CustomerSummary& summary) {
  const CustomerFacts facts = FactsOf(summary, until_);
  if (facts.acquired_day) {
    const int64_t bought =
        facts.purchases.amount_micros + facts.total(EventKind::kSubscriptionCharge).amount_micros;
    (*bought_)[KeyOf(customer_id)] = static_cast<double>(bought) / kMicros;
  }
  const std::vector<ContractHistory> contracts = ContractsAsOf(summary, until_);
  contracts_.insert(contracts_.end(), contracts.begin(), contracts.end());
  if (!facts.purchases.history) return;
  Row& row = rows_.emplace_back();
  row.history = *facts.purchases.history;
  row.spend = facts.purchases.spend;
  if (!attributes_.names().empty()) attributes_.Add(AttributesAsOf(summary, until_));
  for (size_t i = 0; i < row.counts.size(); ++i) {
    const DayTotal& total = facts.total(kComponentKinds[i]);
    row.counts[i] = total.count;
    row.amounts[i] = static_cast<double>(total.amount_micros) / kMicros;
  }
  for (const ReferralRecord& referral : summary.referrals) {
    if (referral.day > DayNumber(until_)) continue;
    referred_.push_back({.row = rows_.size() - 1,
                         .key = KeyOf(referral.referred_customer_id),
                         .type = referral.type});
  }
}

ModelData ModelData::Select(std::span<const size_t> rows) const {
  ModelData selected(until_);
  selected.attributes_ = attributes_.Select(rows);
  selected.bought_ = bought_;
  selected.rows_.reserve(rows.size());
  auto referred = referred_.begin();  // By row.
  for (const size_t row : rows) {
    selected.rows_.push_back(rows_[row]);
    while (referred != referred_.end() && referred->row < row) ++referred;
    for (; referred != referred_.end() && referred->row == row; ++referred) {
      selected.referred_.push_back(*referred);
      selected.referred_.back().row = selected.rows_.size() - 1;
    }
  }
  return selected;
}

std::vector<PurchaseHistory> ModelData::Histories() const {
  std::vector<PurchaseHistory> histories;
  histories.reserve(rows_.size());
  for (const Row& row : rows_) histories.push_back(row.history);
  return histories;
}

std::vector<SpendHistory> ModelData::Spends() const {
  std::vector<SpendHistory> spends;
  spends.reserve(rows_.size());
  for (const Row& row : rows_) spends.push_back(row.spend);
  return spends;
}

class PartFitter {
 public:
  PartFitter(const ModelData& data, ModelPart& part) : data_(data), part_(part) {}

  void FillMeans() {
    double spend_sum = 0;
    double spend_count = 0;
    MeanCustomer mean{.alive_probability = 0};
    for (const ModelData::Row& row : data_.rows_) {
      spend_sum += row.spend.mean * row.spend.count;
      spend_count += row.spend.count;
    }
    part_.mean_spend = spend_count > 0 ? spend_sum / spend_count : 0;
    for (const ModelData::Row& row : data_.rows_) {
      mean.repeat_count += row.history.repeat_count;
      mean.age_weeks += row.history.age_weeks;
      mean.alive_probability += AliveProbability(part_.purchase, row.history).value_or(0);
      mean.spend += SpendToExpect(part_, row.spend);
    }
    const auto n = static_cast<double>(data_.rows_.size());
    part_.mean_customer = MeanCustomer{.repeat_count = mean.repeat_count / n,
                                       .age_weeks = mean.age_weeks / n,
                                       .alive_probability = mean.alive_probability / n,
                                       .spend = mean.spend / n};
    part_.customer_count = data_.customer_count();
  }

  // Leaves a component unset where its rate cannot be fitted.
  absl::Status FillComponents(const FitOptions& options) {
    std::vector<CountRow> rows(data_.rows_.size());
    for (size_t i = 0; i < rows.size(); ++i) {
      rows[i].exposure_weeks = Exposure(part_.purchase, data_.rows_[i].history).value_or(0);
    }
    for (size_t component = 0; component < kComponentCount; ++component) {
      double count = 0;
      double amount = 0;
      for (size_t i = 0; i < rows.size(); ++i) {
        rows[i].count = data_.rows_[i].counts[component];
        count += rows[i].count;
        amount += data_.rows_[i].amounts[component];
      }
      const absl::StatusOr<NegativeBinomialFit> fit = FitNegativeBinomial(rows, options);
      if (absl::IsCancelled(fit.status())) return fit.status();
      if (!fit.ok()) continue;
      part_.components[component] =
          ComponentPrior{.rate = fit->params, .mean_amount = amount / count};
    }
    std::optional<ComponentPrior>& referral =
        part_.components[static_cast<size_t>(Component::kReferral)];
    if (referral) FillReferral(*referral);
    return absl::OkStatus();
  }

 private:
  void FillReferral(ComponentPrior& referral) const {
    double acquired = 0;
    double amount = 0;
    for (const ModelData::Referred& referred : data_.referred_) {
      const auto found = data_.bought_->find(referred.key);
      if (found == data_.bought_->end()) continue;
      acquired += 1;
      if (referred.type == ReferralType::kOne) amount += found->second;
    }
    const auto n = static_cast<double>(data_.referred_.size());
    referral.mean_referred_amount = amount / n;
    referral.acquired_ratio = acquired / n;
  }

  const ModelData& data_;
  ModelPart& part_;
};

namespace {

// Leaves the prior where the subscriptions cannot tell.
absl::Status FitSubscription(const ModelData& data, const FitOptions& options, ModelPartFit& fit) {
  absl::StatusOr<SbgFit> subscription = FitSbg(CompressContracts(data.contracts()), options);
  if (absl::IsCancelled(subscription.status())) return subscription.status();
  if (!subscription.ok()) return absl::OkStatus();
  fit.part.subscription = subscription->params;
  fit.subscription = std::move(subscription->report);
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<ModelPartFit> FitModelPart(std::string segment, Family family, const ModelData& data,
                                          const FitOptions& options) {
  ModelPartFit fit;
  fit.part.segment = std::move(segment);
  double done = 0;
  double share = 0.6;
  FitOptions inner = options;
  inner.on_progress = [&](const FitProgress& progress) {
    if (!options.on_progress) return true;
    FitProgress scaled = progress;
    scaled.done_ratio = done + share * progress.done_ratio;
    return options.on_progress(scaled);
  };
  VL_ASSIGN_OR_RETURN(PurchaseFit purchase, FitPurchaseModel(family, data.Histories(), inner));
  fit.part.purchase = purchase.params;
  fit.part.purchase_log_covariance = purchase.report.log_covariance;
  fit.part.covariates = std::move(purchase.covariates);
  fit.purchase = std::move(purchase.report);
  done = 0.6;
  share = 0.2;
  VL_ASSIGN_OR_RETURN(GammaGammaFit gamma_gamma, FitGammaGamma(data.Spends(), inner));
  fit.part.gamma_gamma = gamma_gamma.params;
  fit.part.spend_log_covariance = gamma_gamma.report.log_covariance;
  fit.gamma_gamma = std::move(gamma_gamma.report);
  PartFitter fitter(data, fit.part);
  fitter.FillMeans();
  done = 0.8;
  share = 0;
  VL_RETURN_IF_ERROR(fitter.FillComponents(inner));
  VL_RETURN_IF_ERROR(FitSubscription(data, inner, fit));
  if (options.on_progress) options.on_progress({.done_ratio = 1});
  return fit;
}

}  // namespace valueloop::scoring
