#include "scoring/rpc/score_rpc.h"

#include <memory>
#include <optional>
#include <utility>

#include "common/ids.h"
#include "common/status.h"
#include "fmt/format.h"
#include "google/rpc/code.pb.h"
#include "scoring/rpc/day_field.h"
#include "scoring/rpc/score_proto.h"

namespace valueloop::scoring {
namespace {

constexpr int kMaxLookupCount = 200;
constexpr std::string_view kScorePattern = "workspaces/*/customers/*/score";

// Which of a customer's answers: the day and the view. Answers are cached without texts.
std::string VariantOf(absl::CivilDay as_of, bool full) {
  return fmt::format("{}{}", std::string(absl::FormatCivilTime(as_of)), full ? "F" : "B");
}

absl::Status DamagedAnswer() { return absl::InternalError("score: the cached answer is damaged"); }

// With the name that was asked for, unless the error is ours: those are logged, and a log names
// nobody.
absl::Status AboutName(const absl::Status& status, std::string_view name) {
  switch (status.code()) {
    case absl::StatusCode::kNotFound:
    case absl::StatusCode::kInvalidArgument:
    case absl::StatusCode::kOutOfRange:
    case absl::StatusCode::kFailedPrecondition:
      return Annotate(status, name);
    default:
      return status;
  }
}

bool NamesVersions(const v1::GetScoreRequest& request) {
  return request.has_model_version() || request.has_policy_version() ||
         request.has_reference_version() || request.has_ledger_revision();
}

}  // namespace

ScoreRpc::ScoreRpc(Scorer& scorer, ScoreCache& cache, VersionRegistry& versions,
                   WorkspaceStore& workspaces, const Clock& clock)
    : Service("valueloop.scoring.v1.ScoreService"),
      scorer_(scorer),
      cache_(cache),
      versions_(versions),
      workspaces_(workspaces),
      clock_(clock) {
  const rpc::MethodOptions live{.max_request_bytes = rpc::kLiveMaxRequestBytes};
  UnaryWithFastPath<v1::GetScoreRequest, v1::Score>(
      "GetScore",
      [this](rpc::CallContext&, const v1::GetScoreRequest& request, std::string& response_bytes) {
        return AnswerFromMemory(request, response_bytes);
      },
      [this](rpc::CallContext&, const v1::GetScoreRequest& request, v1::Score& response) {
        return HandleGetScore(request, response);
      },
      live);
  Unary<v1::LookupScoresRequest, v1::LookupScoresResponse>(
      "LookupScores",
      [this](rpc::CallContext&, const v1::LookupScoresRequest& request,
             v1::LookupScoresResponse& response) { return HandleLookupScores(request, response); },
      live);
  Unary<v1::ListReasonCodesRequest, v1::ListReasonCodesResponse>(
      "ListReasonCodes", [](rpc::CallContext&, const v1::ListReasonCodesRequest&,
                            v1::ListReasonCodesResponse& response) {
        ToProto(response);
        return absl::OkStatus();
      });
  Unary<v1::GetPolicyRequest, v1::Policy>(
      "GetPolicy", [this](rpc::CallContext&, const v1::GetPolicyRequest& request,
                          v1::Policy& response) { return HandleGetPolicy(request, response); });
}

absl::StatusOr<ScoreRpc::Question> ScoreRpc::ParseQuestion(const std::string& workspace_id,
                                                           const std::string& as_of,
                                                           v1::ScoreView view,
                                                           const std::string& language_code) {
  Question question;
  VL_ASSIGN_OR_RETURN(question.workspace, workspaces_.Get(workspace_id));
  const absl::CivilDay today = workspaces_.Today(question.workspace);
  VL_ASSIGN_OR_RETURN(question.as_of, ParsePastDayField("as_of", as_of, today));
  if (view < v1::SCORE_VIEW_UNSPECIFIED || view > v1::SCORE_VIEW_FULL) {
    return InvalidField("view", std::to_string(view), "BASIC or FULL");
  }
  question.full = view == v1::SCORE_VIEW_FULL;
  if (!language_code.empty() && language_code != "zh" && language_code != "en") {
    return InvalidField("language_code", language_code, "zh, en or nothing");
  }
  question.language_code = language_code;
  return question;
}

bool ScoreRpc::AnswerFromMemory(const v1::GetScoreRequest& request, std::string& response_bytes) {
  if (!request.as_of().empty() || !request.language_code().empty() || NamesVersions(request)) {
    return false;
  }
  const auto parts = ParseResourceName("name", kScorePattern, request.name());
  if (!parts.ok()) return false;
  // A workspace that was asked for before is in memory, and so is its time zone.
  const auto workspace = workspaces_.FindInMemory((*parts)[0]);
  if (!workspace.has_value()) return false;
  const bool full = request.view() == v1::SCORE_VIEW_FULL;
  const ScoreCache::Answer answer = cache_.FindInMemory(
      workspace->id, (*parts)[1], VariantOf(workspaces_.Today(*workspace), full));
  if (answer == nullptr) return false;
  response_bytes = *answer;
  return true;
}

absl::StatusOr<std::vector<std::string>> ScoreRpc::Resolve(const Question& question,
                                                           std::span<const std::string> ids) {
  const std::string variant = VariantOf(question.as_of, question.full);
  std::vector<std::string> persons(ids.begin(), ids.end());
  std::vector<std::string> unknown;
  std::vector<size_t> places;
  for (size_t i = 0; i < ids.size(); ++i) {
    // Answers are kept under persons' ids only.
    if (cache_.Holds(question.workspace.id, ids[i], variant)) continue;
    unknown.push_back(ids[i]);
    places.push_back(i);
  }
  if (unknown.empty()) return persons;
  VL_ASSIGN_OR_RETURN(std::vector<std::string> found,
                      scorer_.Resolve(question.workspace.id, unknown));
  for (size_t i = 0; i < places.size(); ++i) persons[places[i]] = std::move(found[i]);
  return persons;
}

absl::StatusOr<ScoreCache::Answers> ScoreRpc::Ask(const Question& question,
                                                  std::span<const std::string> customer_ids) {
  const auto compute = [&](std::span<const size_t> places) -> absl::StatusOr<ScoreCache::Answers> {
    std::vector<std::string> ids;
    ids.reserve(places.size());
    for (const size_t place : places) ids.push_back(customer_ids[place]);
    VL_ASSIGN_OR_RETURN(const auto versions, versions_.Get(question.workspace.id));
    // An answer is kept under the person's id or not at all: a merge since the ids were resolved
    // would leave one where no change of the person is looked for.
    VL_ASSIGN_OR_RETURN(const std::vector<std::string> persons,
                        scorer_.Resolve(question.workspace.id, ids));
    VL_ASSIGN_OR_RETURN(const std::vector<absl::StatusOr<Score>> scores,
                        scorer_.ScoreMany(question.workspace, ids, *versions, question.as_of,
                                          /*with_reasons=*/question.full));
    ScoreCache::Answers answers;
    answers.reserve(scores.size());
    for (size_t i = 0; i < scores.size(); ++i) {
      if (persons[i] != ids[i]) {
        answers.push_back(
            WithRetryAfter(absl::UnavailableError("customer: it was merged at this moment"),
                           absl::ZeroDuration()));
        continue;
      }
      if (!scores[i].ok()) {
        answers.push_back(scores[i].status());
        continue;
      }
      v1::Score score;
      ToProto(*scores[i], versions->policy->policy(), question.workspace.id, ids[i], clock_.Now(),
              score);
      if (!question.full) KeepBasicView(score);
      answers.push_back(std::make_shared<const std::string>(score.SerializeAsString()));
    }
    return answers;
  };
  return cache_.Get(question.workspace.id, customer_ids, VariantOf(question.as_of, question.full),
                    compute);
}

absl::Status ScoreRpc::Reproduce(const Question& question, const std::string& customer_id,
                                 const v1::GetScoreRequest& request, v1::Score& response) {
  WantedVersions wanted;
  if (request.has_model_version()) wanted.model = request.model_version();
  if (request.has_policy_version()) wanted.policy = request.policy_version();
  if (request.has_reference_version()) wanted.reference = request.reference_version();
  VL_ASSIGN_OR_RETURN(const auto versions, versions_.Get(question.workspace.id, wanted));
  const auto finish = [&](const Score& score) {
    ToProto(score, versions->policy->policy(), question.workspace.id, customer_id, clock_.Now(),
            response);
    if (!question.full) KeepBasicView(response);
  };
  if (request.has_ledger_revision()) {
    if (request.ledger_revision() < 1) {
      return InvalidField("ledger_revision", std::to_string(request.ledger_revision()),
                          "1 or more");
    }
    VL_ASSIGN_OR_RETURN(const Score score,
                        scorer_.ScoreAtRevision(question.workspace, customer_id, *versions,
                                                question.as_of, request.ledger_revision()));
    finish(score);
    return absl::OkStatus();
  }
  const std::string ids[] = {customer_id};
  VL_ASSIGN_OR_RETURN(
      const std::vector<absl::StatusOr<Score>> scores,
      scorer_.ScoreMany(question.workspace, ids, *versions, question.as_of, question.full));
  VL_RETURN_IF_ERROR(scores.front().status());
  finish(*scores.front());
  return absl::OkStatus();
}

absl::Status ScoreRpc::HandleGetScore(const v1::GetScoreRequest& request, v1::Score& response) {
  VL_ASSIGN_OR_RETURN(const std::vector<std::string> parts,
                      ParseResourceName("name", kScorePattern, request.name()));
  VL_RETURN_IF_ERROR(ValidateCustomerId("name", parts[1]));
  VL_ASSIGN_OR_RETURN(
      const Question question,
      ParseQuestion(parts[0], request.as_of(), request.view(), request.language_code()));
  const std::string asked[] = {parts[1]};
  VL_ASSIGN_OR_RETURN(const std::vector<std::string> ids, Resolve(question, asked));
  if (NamesVersions(request)) {
    VL_RETURN_IF_ERROR(
        AboutName(Reproduce(question, ids.front(), request, response), request.name()));
  } else {
    VL_ASSIGN_OR_RETURN(const ScoreCache::Answers answers, Ask(question, ids));
    if (!answers.front().ok()) return AboutName(answers.front().status(), request.name());
    if (!response.ParseFromString(**answers.front())) return DamagedAnswer();
  }
  if (!question.language_code.empty()) RenderReasons(question.language_code, response);
  return absl::OkStatus();
}

absl::Status ScoreRpc::HandleLookupScores(const v1::LookupScoresRequest& request,
                                          v1::LookupScoresResponse& response) {
  VL_ASSIGN_OR_RETURN(const std::vector<std::string> parts,
                      ParseResourceName("parent", "workspaces/*", request.parent()));
  VL_ASSIGN_OR_RETURN(
      const Question question,
      ParseQuestion(parts[0], request.as_of(), request.view(), request.language_code()));
  const int count = request.customer_ids_size();
  if (count < 1 || count > kMaxLookupCount) {
    return InvalidField("customer_ids", fmt::format("{} of them", count), "1 to 200");
  }
  // Ids that break the rule have a status of their own, as unknown ones have.
  std::vector<std::string> ids;
  std::vector<int> places;
  for (int i = 0; i < count; ++i) {
    v1::LookupScoresItem& item = *response.add_items();
    item.set_customer_id(request.customer_ids(i));
    const absl::Status valid = ValidateCustomerId("customer_ids", request.customer_ids(i));
    if (valid.ok()) {
      ids.push_back(request.customer_ids(i));
      places.push_back(i);
    } else {
      item.set_code(google::rpc::INVALID_ARGUMENT);
      item.set_message(MessageOf(valid));
    }
  }
  if (ids.empty()) return absl::OkStatus();
  VL_ASSIGN_OR_RETURN(ids, Resolve(question, ids));
  VL_ASSIGN_OR_RETURN(const ScoreCache::Answers answers, Ask(question, ids));
  for (size_t i = 0; i < ids.size(); ++i) {
    v1::LookupScoresItem& item = *response.mutable_items(places[i]);
    if (!answers[i].ok()) {
      item.set_code(static_cast<int32_t>(answers[i].status().code()));
      item.set_message(MessageOf(answers[i].status()));
      continue;
    }
    if (!item.mutable_score()->ParseFromString(**answers[i])) return DamagedAnswer();
    if (!question.language_code.empty()) {
      RenderReasons(question.language_code, *item.mutable_score());
    }
  }
  return absl::OkStatus();
}

absl::Status ScoreRpc::HandleGetPolicy(const v1::GetPolicyRequest& request, v1::Policy& response) {
  VL_ASSIGN_OR_RETURN(const std::vector<std::string> parts,
                      ParseResourceName("parent", "workspaces/*", request.parent()));
  VL_ASSIGN_OR_RETURN(const Workspace workspace, workspaces_.Get(parts[0]));
  VL_ASSIGN_OR_RETURN(const auto versions, versions_.Get(workspace.id));
  const ScoringPolicy& policy = versions->policy->policy();
  response.set_policy_version(versions->numbers.policy);
  response.set_plan_version(policy.plan);
  response.set_reference_version(versions->numbers.reference);
  response.set_model_version(versions->numbers.model);
  response.set_value_cut(policy.value_cut);
  response.set_match_cut(policy.match_cut);
  response.set_coverage_min(policy.coverage_min);
  response.set_value_rule(std::string(ValueRuleName(policy.value_rule)));
  response.set_horizon_months(static_cast<int32_t>(policy.horizon_months));
  response.set_discount_annual(policy.discount_annual);
  for (const MatchPolicy& match : policy.matches) {
    for (const Criterion& criterion : match.criteria) response.add_criteria(criterion.id);
  }
  return absl::OkStatus();
}

}  // namespace valueloop::scoring
