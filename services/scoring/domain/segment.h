// Segmentations: named sets of segments, each a predicate over attributes, scores, ranks and stages
// (A14 personas, A27 market segments).
#ifndef VALUELOOP_SCORING_DOMAIN_SEGMENT_H_
#define VALUELOOP_SCORING_DOMAIN_SEGMENT_H_

#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/predicate.h"
#include "scoring/domain/lifecycle.h"
#include "scoring/domain/profile.h"
#include "scoring/domain/rfm.h"

namespace valueloop::scoring {

inline constexpr size_t kMaxSegments = 100;

enum class SegmentationPurpose {
  kSegment,  // Meant to hold every customer exactly once.
  kPersona,  // May overlap and leave customers out.
};

struct Segment {
  std::string id;  // [A-Za-z][A-Za-z0-9_.-]{0,63}
  std::string name_zh;
  std::string name_en;
  std::string predicate;  // Names: see CompiledSegmentation.
  // Of a persona.
  std::vector<std::string> needs;
  std::string behaviour;
  std::string source;
  friend bool operator==(const Segment&, const Segment&) = default;
};

struct Segmentation {
  std::string title_zh;
  std::string title_en;
  SegmentationPurpose purpose = SegmentationPurpose::kSegment;
  std::vector<Segment> segments;
  RfmSettings rfm;
  LifecycleCuts lifecycle;
  friend bool operator==(const Segmentation&, const Segmentation&) = default;
};

// One customer as predicates see it.
struct SegmentSubject {
  const CustomerProfile* profile = nullptr;
  RfmRanks ranks;
  // nullptr for an attribute the customer has not; the pointer is used until the next call.
  AttributeLookup attributes;
};

// A segmentation that has been checked and whose predicates are parsed. Immutable; safe to share.
//
// Names in predicates mean, in this order: class, lifecycle_stage, trend (text); the numbers of a
// profile down to expected_spend, and trend_ratio; recency_rank, frequency_rank, monetary_rank,
// rfm; attributes of the customer; the metrics of METHODS E5.
class CompiledSegmentation {
 public:
  // InvalidArgument names the field, such as `segments[2]: predicate: got "]" at column 12, ...`.
  static absl::StatusOr<CompiledSegmentation> Compile(Segmentation segmentation);

  const Segmentation& segmentation() const { return segmentation_; }
  size_t size() const { return predicates_.size(); }
  // The place of a segment; size() if there is none of that id.
  size_t Find(std::string_view segment_id) const;

  // What each predicate says of the customer; `outcomes` has size() places.
  void Evaluate(const SegmentSubject& subject, std::span<PredicateOutcome> outcomes) const;

 private:
  enum class Origin { kClass, kStage, kTrend, kTrendRatio, kRank, kScore, kAttribute };
  struct Source {
    Origin origin = Origin::kAttribute;
    size_t index = 0;        // Of a rank or a number.
    bool is_metric = false;  // After an attribute of the same name.
  };
  static Source SourceOf(std::string_view name);

  Segmentation segmentation_;
  std::vector<Predicate> predicates_;
  std::map<std::string, Source, std::less<>> sources_;  // By the names that predicates use.
};

}  // namespace valueloop::scoring

#endif  // VALUELOOP_SCORING_DOMAIN_SEGMENT_H_
