#include "scoring/domain/segment.h"

#include <algorithm>
#include <array>
#include <functional>
#include <set>
#include <utility>

#include "common/status.h"
#include "common/text_rule.h"
#include "fmt/format.h"

namespace valueloop::scoring {
namespace {

constexpr size_t kMaxIdBytes = 64;
constexpr size_t kMaxNameBytes = 200;
constexpr size_t kMaxNoteBytes = 1000;
constexpr size_t kMaxNeeds = 20;
constexpr std::array<std::string_view, 4> kRankNames = {"recency_rank", "frequency_rank",
                                                        "monetary_rank", "rfm"};

// [A-Za-z][A-Za-z0-9_.-]{0,63}
bool IsId(std::string_view id) {
  const auto is_letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
  return !id.empty() && id.size() <= kMaxIdBytes && is_letter(id[0]) &&
         std::all_of(id.begin(), id.end(), [&](char c) {
           return is_letter(c) || (c >= '0' && c <= '9') || c == '_' || c == '.' || c == '-';
         });
}

absl::Status Validate(const Segment& segment, const std::string& field) {
  if (!IsId(segment.id)) {
    return InvalidField(field + ".id", segment.id, "[A-Za-z][A-Za-z0-9_.-]{0,63}");
  }
  if (segment.name_zh.empty() && segment.name_en.empty()) {
    return InvalidField(field + ".name_en", "", "a name in Chinese or English");
  }
  VL_RETURN_IF_ERROR(ValidateText(field + ".name_zh", segment.name_zh, kMaxNameBytes));
  VL_RETURN_IF_ERROR(ValidateText(field + ".name_en", segment.name_en, kMaxNameBytes));
  VL_RETURN_IF_ERROR(ValidateText(field + ".behaviour", segment.behaviour, kMaxNoteBytes));
  VL_RETURN_IF_ERROR(ValidateText(field + ".source", segment.source, kMaxNoteBytes));
  if (segment.needs.size() > kMaxNeeds) {
    return InvalidField(field + ".needs", fmt::format("{} needs", segment.needs.size()),
                        fmt::format("at most {}", kMaxNeeds));
  }
  for (const std::string& need : segment.needs) {
    VL_RETURN_IF_ERROR(ValidateText(field + ".needs", need, kMaxNoteBytes));
  }
  return absl::OkStatus();
}

double RankOf(const RfmRanks& ranks, size_t index) {
  const std::array<int, 4> all = {ranks.recency, ranks.frequency, ranks.monetary, ranks.cell()};
  return all[index];
}

}  // namespace

CompiledSegmentation::Source CompiledSegmentation::SourceOf(std::string_view name) {
  if (name == "class") return {.origin = Origin::kClass};
  if (name == "lifecycle_stage") return {.origin = Origin::kStage};
  if (name == "trend") return {.origin = Origin::kTrend};
  if (name == "trend_ratio") return {.origin = Origin::kTrendRatio};
  const auto* const rank = std::find(kRankNames.begin(), kRankNames.end(), name);
  if (rank != kRankNames.end()) {
    return {.origin = Origin::kRank, .index = static_cast<size_t>(rank - kRankNames.begin())};
  }
  const auto& numbers = ProfileNumberNames();
  const auto* const number = std::find(numbers.begin(), numbers.end(), name);
  if (number == numbers.end()) return {};
  const auto index = static_cast<size_t>(number - numbers.begin());
  if (index < kFirstMetric) return {.origin = Origin::kScore, .index = index};
  return {.index = index, .is_metric = true};
}

absl::StatusOr<CompiledSegmentation> CompiledSegmentation::Compile(Segmentation segmentation) {
  if (segmentation.segments.empty() || segmentation.segments.size() > kMaxSegments) {
    return InvalidField("segments", fmt::format("{} segments", segmentation.segments.size()),
                        fmt::format("1..{}", kMaxSegments));
  }
  VL_RETURN_IF_ERROR(ValidateText("title_zh", segmentation.title_zh, kMaxNameBytes));
  VL_RETURN_IF_ERROR(ValidateText("title_en", segmentation.title_en, kMaxNameBytes));
  VL_RETURN_IF_ERROR(scoring::Validate(segmentation.rfm));
  VL_RETURN_IF_ERROR(scoring::Validate(segmentation.lifecycle));
  CompiledSegmentation compiled;
  std::set<std::string_view> ids;
  for (size_t i = 0; i < segmentation.segments.size(); ++i) {
    const Segment& segment = segmentation.segments[i];
    const std::string field = fmt::format("segments[{}]", i);
    VL_RETURN_IF_ERROR(Validate(segment, field));
    if (!ids.insert(segment.id).second) {
      return InvalidField(field + ".id", segment.id, "an id that no segment before it has");
    }
    absl::StatusOr<Predicate> predicate = Predicate::Parse(segment.predicate);
    if (!predicate.ok()) return Annotate(predicate.status(), field);
    for (const std::string& name : predicate->Names()) {
      compiled.sources_.try_emplace(name, SourceOf(name));
    }
    compiled.predicates_.push_back(*std::move(predicate));
  }
  compiled.segmentation_ = std::move(segmentation);
  return compiled;
}

size_t CompiledSegmentation::Find(std::string_view segment_id) const {
  const std::vector<Segment>& segments = segmentation_.segments;
  const auto found = std::find_if(segments.begin(), segments.end(),
                                  [&](const Segment& one) { return one.id == segment_id; });
  return static_cast<size_t>(found - segments.begin());
}

void CompiledSegmentation::Evaluate(const SegmentSubject& subject,
                                    std::span<PredicateOutcome> outcomes) const {
  const CustomerProfile& profile = *subject.profile;
  AttributeValue scratch;
  const auto text = [&](std::string_view value) {
    scratch = std::string(value);
    return &scratch;
  };
  const auto number = [&](std::optional<double> value) -> const AttributeValue* {
    if (!value) return nullptr;
    scratch = *value;
    return &scratch;
  };
  const AttributeLookup lookup = [&](std::string_view name) -> const AttributeValue* {
    const Source& source = sources_.find(name)->second;
    switch (source.origin) {
      case Origin::kClass:
        return text(CustomerClassName(profile.customer_class));
      case Origin::kStage:
        return text(LifecycleStageName(StageOf(segmentation_.lifecycle, profile.lifecycle)));
      case Origin::kTrend:
        return text(TrendName(TrendOf(segmentation_.lifecycle, profile.lifecycle)));
      case Origin::kTrendRatio:
        return number(TrendRatioOf(segmentation_.lifecycle, profile.lifecycle));
      case Origin::kRank:
        if (!subject.ranks.is_ranked()) return nullptr;
        return number(RankOf(subject.ranks, source.index));
      case Origin::kScore:
        return number(profile.Get(static_cast<ProfileNumber>(source.index)));
      case Origin::kAttribute:
        break;
    }
    const AttributeValue* const attribute = subject.attributes ? subject.attributes(name) : nullptr;
    if (attribute != nullptr || !source.is_metric) return attribute;
    return number(profile.Get(static_cast<ProfileNumber>(source.index)));
  };
  for (size_t i = 0; i < predicates_.size(); ++i) outcomes[i] = predicates_[i].Evaluate(lookup);
}

}  // namespace valueloop::scoring
