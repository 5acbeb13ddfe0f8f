#include "strategy/rpc/plan_messages.h"

#include <charconv>
#include <string>

#include "common/status.h"
#include "fmt/format.h"
#include "strategy/rpc/plan_names.h"

namespace valueloop::strategy {
namespace {

v1::Plan::State ToProto(PlanState state) {
  switch (state) {
    case PlanState::kDraft:
      return v1::Plan::STATE_DRAFT;
    case PlanState::kInDecode:
      return v1::Plan::STATE_IN_DECODE;
    case PlanState::kValidated:
      return v1::Plan::STATE_VALIDATED;
    case PlanState::kPublished:
      return v1::Plan::STATE_PUBLISHED;
    case PlanState::kSuperseded:
      return v1::Plan::STATE_SUPERSEDED;
    case PlanState::kArchived:
      return v1::Plan::STATE_ARCHIVED;
  }
  return v1::Plan::STATE_UNSPECIFIED;
}

v1::Finding::Severity ToProto(Severity severity) {
  return severity == Severity::kError ? v1::Finding::SEVERITY_ERROR : v1::Finding::SEVERITY_WARNING;
}

void SetFinding(const Finding& finding, v1::Finding& message) {
  const CodeInfo& info = InfoOf(finding.code);
  message.set_code(std::string(info.name));
  message.set_severity(ToProto(info.severity));
  for (const std::string& subject : finding.subjects) message.add_subjects(subject);
  message.set_file_name(finding.file);
  message.set_line(finding.place.line);
  message.set_column(finding.place.column);
  message.set_expected(finding.expected);
  message.set_actual(finding.actual);
  message.set_message_zh(Message(finding, Language::kChinese));
  message.set_message_en(Message(finding, Language::kEnglish));
  message.set_fix_zh(std::string(info.Hint(Language::kChinese)));
  message.set_fix_en(std::string(info.Hint(Language::kEnglish)));
}

}  // namespace

void SetPlan(const PlanVersion& version, v1::Plan& message) {
  message.set_name(FormatPlanName(
      {.workspace = version.workspace, .plan = version.plan, .version = version.version}));
  message.set_plan_id(version.plan);
  message.set_version(version.version);
  message.set_state(ToProto(version.state));
  message.set_name_zh(version.facts.name_zh);
  message.set_name_en(version.facts.name_en);
  message.set_fiscal_year(version.facts.fiscal_year);
  message.set_fingerprint(version.facts.fingerprint);
  message.set_etag(fmt::format("{}", version.revision));
  message.set_error_count(version.facts.error_count);
  message.set_warning_count(version.facts.warning_count);
  SetTime(version.create_time, *message.mutable_create_time());
  SetTime(version.update_time, *message.mutable_update_time());
  if (version.publish_time) SetTime(*version.publish_time, *message.mutable_publish_time());
  message.set_parent_version(version.parent_version);
  v1::PlanCounts& counts = *message.mutable_counts();
  counts.set_direction_count(version.facts.direction_count);
  counts.set_csf_count(version.facts.csf_count);
  counts.set_kpi_count(version.facts.kpi_count);
  counts.set_key_task_count(version.facts.key_task_count);
  counts.set_org_unit_count(version.facts.org_unit_count);
  counts.set_person_count(version.facts.person_count);
  counts.set_gap_count(version.facts.gap_count);
}

absl::StatusOr<std::optional<int64_t>> ParseEtag(std::string_view etag) {
  if (etag.empty()) return std::nullopt;
  int64_t revision = 0;
  const auto [end, error] = std::from_chars(etag.data(), etag.data() + etag.size(), revision);
  if (error != std::errc() || end != etag.data() + etag.size() || revision < 1) {
    return InvalidField("etag", etag, "the etag of a plan that was read");
  }
  return revision;
}

PlanFacts FactsOf(const Compilation& compilation) {
  PlanFacts facts{.fingerprint = compilation.fingerprint,
                  .error_count = compilation.error_count,
                  .warning_count = compilation.warning_count};
  if (!compilation.plan) return facts;
  const Plan& plan = *compilation.plan;
  facts.name_zh = plan.meta.name_zh;
  facts.name_en = plan.meta.name_en;
  facts.fiscal_year = plan.meta.fiscal_year;
  facts.direction_count = static_cast<int>(plan.directions.size());
  facts.csf_count = static_cast<int>(plan.csfs.size());
  facts.kpi_count = static_cast<int>(plan.kpis.size());
  facts.key_task_count = static_cast<int>(plan.key_tasks.size());
  facts.org_unit_count = static_cast<int>(plan.org_units.size());
  facts.person_count = static_cast<int>(plan.people.size());
  facts.gap_count = static_cast<int>(plan.gaps.size());
  return facts;
}

void SetReport(const Compilation& compilation, v1::ValidationReport& report) {
  report.set_error_count(compilation.error_count);
  report.set_warning_count(compilation.warning_count);
  report.set_fingerprint(compilation.fingerprint);
  report.set_total_count(static_cast<int>(compilation.findings.size()));
  for (const Finding& finding : compilation.findings) {
    if (report.findings_size() == kMaxListedFindings) break;
    SetFinding(finding, *report.add_findings());
  }
}

void SetFindingCodes(v1::ListFindingCodesResponse& response) {
  for (const CodeInfo& info : AllCodes()) {
    v1::FindingCode& code = *response.add_finding_codes();
    code.set_code(std::string(info.name));
    code.set_severity(ToProto(info.severity));
    code.set_text_zh(std::string(info.text_zh));
    code.set_text_en(std::string(info.text_en));
    code.set_fix_zh(std::string(info.hint_zh));
    code.set_fix_en(std::string(info.hint_en));
  }
}

}  // namespace valueloop::strategy
