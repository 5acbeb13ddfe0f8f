#include "scoring/store/scorer.h"

#include <map>
#include <utility>

#include "common/status.h"
#include "fmt/format.h"
#include "scoring/domain/civil_day.h"

namespace valueloop::scoring {
namespace {

constexpr int64_t kScanPage = 500;

using Record = std::optional<CustomerRecord>;

// What referrals connect the customers of one batch with, read once for all of them.
struct Neighbours {
  std::map<std::string, std::vector<ReferralClaim>, std::less<>> claims;  // On every customer here.
  std::map<std::string, Record, std::less<>> referred;
};

absl::Status ReadClaims(LedgerStore& ledger, const Workspace& workspace,
                        const std::string& customer_id, Neighbours& neighbours) {
  const auto [place, is_new] = neighbours.claims.try_emplace(customer_id);
  if (!is_new) return absl::OkStatus();
  VL_ASSIGN_OR_RETURN(const std::vector<ReferralEdge> edges,
                      ledger.ListReferralsOf(workspace.id, customer_id));
  for (const ReferralEdge& edge : edges) {
    place->second.push_back({.referrer_id = edge.referrer,
                             .occurred_micros = edge.occurred_micros,
                             .day = DayNumber(DayOf(edge.occurred_micros, workspace.time_zone)),
                             .type = edge.type});
  }
  return absl::OkStatus();
}

absl::StatusOr<Neighbours> ReadNeighbours(LedgerStore& ledger, const Workspace& workspace,
                                          std::span<const Record> records) {
  Neighbours neighbours;
  VL_ASSIGN_OR_RETURN(const LedgerTotals totals, ledger.GetTotals(workspace.id));
  if (totals.referral_count == 0) return neighbours;
  std::vector<std::string> referred_ids;
  for (const Record& record : records) {
    if (!record.has_value()) continue;
    VL_RETURN_IF_ERROR(ReadClaims(ledger, workspace, record->customer_id, neighbours));
    for (const ReferralRecord& referral : record->summary.referrals) {
      const std::string& id = referral.referred_customer_id;
      if (neighbours.referred.try_emplace(id).second) referred_ids.push_back(id);
    }
  }
  VL_ASSIGN_OR_RETURN(std::vector<Record> found, ledger.GetSummaries(workspace.id, referred_ids));
  for (size_t i = 0; i < referred_ids.size(); ++i) {
    neighbours.referred[referred_ids[i]] = std::move(found[i]);
    VL_RETURN_IF_ERROR(ReadClaims(ledger, workspace, referred_ids[i], neighbours));
  }
  return neighbours;
}

// The customers that `record`'s referrals name, each once.
std::vector<ReferredCustomer> ReferredBy(const CustomerRecord& record,
                                         const Neighbours& neighbours) {
  std::map<std::string_view, ReferredCustomer> referred;
  for (const ReferralRecord& referral : record.summary.referrals) {
    const std::string& id = referral.referred_customer_id;
    const Record& neighbour = neighbours.referred.at(id);
    referred[id] = {.customer_id = id,
                    .summary = neighbour.has_value() ? &neighbour->summary : nullptr,
                    .claims = neighbours.claims.at(id)};
  }
  std::vector<ReferredCustomer> each;
  for (auto& [id, customer] : referred) each.push_back(std::move(customer));
  return each;
}

absl::Status NotFound() {
  return WithReason(
      absl::NotFoundError("customer: got one without any event, want one in the ledger"),
      "CUSTOMER_NOT_FOUND");
}

CustomerCase CaseOf(CustomerRecord record, const Neighbours& neighbours) {
  CustomerCase customer{.customer_id = record.customer_id,
                        .ledger_revision = record.ledger_revision};
  const auto claims = neighbours.claims.find(record.customer_id);
  if (claims != neighbours.claims.end()) customer.claims = claims->second;
  for (const ReferredCustomer& referred : ReferredBy(record, neighbours)) {
    CaseNeighbour& neighbour = customer.referred.emplace_back();
    neighbour.customer_id = referred.customer_id;
    if (referred.summary != nullptr) neighbour.summary = *referred.summary;
    neighbour.claims.assign(referred.claims.begin(), referred.claims.end());
  }
  customer.summary = std::move(record.summary);
  return customer;
}

}  // namespace

ScoreContext ContextOf(const VersionSet& versions, absl::CivilDay as_of, bool with_reasons) {
  return {.as_of = as_of,
          .model = versions.model.get(),
          .policy = versions.policy.get(),
          .reference = versions.reference.get(),
          .reference_version = versions.numbers.reference,
          .with_reasons = with_reasons,
          .with_intervals = with_reasons};
}

absl::StatusOr<std::vector<absl::StatusOr<Score>>> Scorer::ScoreRecords(
    const Workspace& workspace, std::span<const Record> records, const VersionSet& versions,
    absl::CivilDay as_of, bool with_reasons, Forecaster& forecaster) {
  VL_ASSIGN_OR_RETURN(const Neighbours neighbours, ReadNeighbours(ledger_, workspace, records));
  ScoreContext context = ContextOf(versions, as_of, with_reasons);
  context.forecaster = &forecaster;
  std::vector<absl::StatusOr<Score>> scores;
  scores.reserve(records.size());
  for (const Record& record : records) {
    if (!record.has_value()) {
      scores.push_back(NotFound());
      continue;
    }
    const auto claims = neighbours.claims.find(record->customer_id);
    const std::vector<ReferredCustomer> referred = ReferredBy(*record, neighbours);
    ScoreInputs inputs{.customer_id = record->customer_id,
                       .summary = &record->summary,
                       .referred = referred,
                       .ledger_revision = record->ledger_revision};
    if (claims != neighbours.claims.end()) inputs.claims = claims->second;
    scores.push_back(ComputeScore(context, inputs));
  }
  return scores;
}

absl::StatusOr<std::vector<absl::StatusOr<Score>>> Scorer::ScoreMany(
    const Workspace& workspace, std::span<const std::string> customer_ids,
    const VersionSet& versions, absl::CivilDay as_of, bool with_reasons) {
  VL_ASSIGN_OR_RETURN(const std::vector<Record> records,
                      ledger_.GetSummaries(workspace.id, customer_ids));
  Forecaster forecaster = ForecasterFor(versions.policy->policy());
  return ScoreRecords(workspace, records, versions, as_of, with_reasons, forecaster);
}

absl::StatusOr<Score> Scorer::ScoreAtRevision(const Workspace& workspace,
                                              const std::string& customer_id,
                                              const VersionSet& versions, absl::CivilDay as_of,
                                              int64_t ledger_revision) {
  VL_ASSIGN_OR_RETURN(
      CustomerRecord record,
      ledger_.GetSummaryAt(workspace.id, customer_id, ledger_revision, workspace.time_zone));
  const Record records[] = {std::move(record)};
  Forecaster forecaster = ForecasterFor(versions.policy->policy());
  VL_ASSIGN_OR_RETURN(
      const std::vector<absl::StatusOr<Score>> scores,
      ScoreRecords(workspace, records, versions, as_of, /*with_reasons=*/true, forecaster));
  return scores.front();
}

absl::Status Scorer::ScoreAll(
    const Workspace& workspace, const VersionSet& versions, absl::CivilDay as_of,
    absl::FunctionRef<absl::Status(const CustomerRecord&, const Score&)> on_score) {
  Forecaster forecaster = ForecasterFor(versions.policy->policy());  // Of all pages.
  std::string after;
  while (true) {
    std::vector<Record> page;
    VL_RETURN_IF_ERROR(
        ledger_.ScanSummaries(workspace.id, after, kScanPage, [&](CustomerRecord&& record) {
          page.emplace_back(std::move(record));
          return absl::OkStatus();
        }));
    if (page.empty()) return absl::OkStatus();
    after = page.back()->customer_id;
    VL_ASSIGN_OR_RETURN(
        const std::vector<absl::StatusOr<Score>> scores,
        ScoreRecords(workspace, page, versions, as_of, /*with_reasons=*/false, forecaster));
    for (size_t i = 0; i < page.size(); ++i) {
      if (!scores[i].ok()) return Annotate(scores[i].status(), page[i]->customer_id);
      VL_RETURN_IF_ERROR(on_score(*page[i], *scores[i]));
    }
  }
}

absl::StatusOr<CustomerCase> Scorer::LoadCase(const Workspace& workspace,
                                              const std::string& customer_id,
                                              std::span<const std::string> also_referred,
                                              bool allow_new) {
  const std::string ids[] = {customer_id};
  VL_ASSIGN_OR_RETURN(std::vector<Record> records, ledger_.GetSummaries(workspace.id, ids));
  if (!records.front().has_value()) {
    if (!allow_new) return NotFound();
    records.front() = CustomerRecord{.customer_id = customer_id};
  }
  VL_ASSIGN_OR_RETURN(Neighbours neighbours, ReadNeighbours(ledger_, workspace, records));
  CustomerCase customer = CaseOf(*std::move(records.front()), neighbours);
  std::vector<std::string> others;
  for (const std::string& id : also_referred) {
    if (!neighbours.referred.contains(id)) others.push_back(id);
  }
  VL_ASSIGN_OR_RETURN(std::vector<Record> found, ledger_.GetSummaries(workspace.id, others));
  for (size_t i = 0; i < others.size(); ++i) {
    VL_RETURN_IF_ERROR(ReadClaims(ledger_, workspace, others[i], neighbours));
    CaseNeighbour& neighbour = customer.referred.emplace_back();
    neighbour.customer_id = others[i];
    if (found[i].has_value()) neighbour.summary = std::move(found[i]->summary);
    neighbour.claims = neighbours.claims.at(others[i]);
  }
  return customer;
}

absl::StatusOr<CasePage> Scorer::LoadPage(const Workspace& workspace, std::string_view after,
                                          int64_t limit,
                                          absl::FunctionRef<bool(const CustomerRecord&)> wants) {
  CasePage page;
  std::vector<Record> records;
  VL_RETURN_IF_ERROR(
      ledger_.ScanSummaries(workspace.id, after, limit, [&](CustomerRecord&& record) {
        ++page.read_count;
        page.last_customer_id = record.customer_id;
        if (wants(record)) records.emplace_back(std::move(record));
        return absl::OkStatus();
      }));
  if (records.empty()) return page;
  VL_ASSIGN_OR_RETURN(const Neighbours neighbours, ReadNeighbours(ledger_, workspace, records));
  page.cases.reserve(records.size());
  for (Record& record : records) page.cases.push_back(CaseOf(*std::move(record), neighbours));
  return page;
}

}  // namespace valueloop::scoring
