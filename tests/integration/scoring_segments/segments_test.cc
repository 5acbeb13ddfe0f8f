// Segmentations through the service: kept, evaluated, listed, refused.
#include <set>

#include "common/status.h"
#include "gmock/gmock.h"
#include "integration/scoring_segments/segment_server.h"

namespace valueloop::scoring {
namespace {

using ::testing::HasSubstr;
using ::testing::SizeIs;
using testing::StatusIs;

constexpr absl::StatusCode kInvalid = absl::StatusCode::kInvalidArgument;

class SegmentsTest : public SegmentServerTest {
 protected:
  absl::StatusOr<v1::SegmentationEvaluation> Try(const Named& segments,
                                                 const std::string& as_of = "2024-12-31") {
    v1::EvaluateSegmentationRequest request;
    request.set_parent("workspaces/default");
    request.set_as_of(as_of);
    *request.mutable_segmentation() = SegmentationOf(segments);
    return Call<v1::SegmentationEvaluation>("EvaluateSegmentation", request);
  }
};

TEST_F(SegmentsTest, TiersCoverEverybodyWhoHasOneAndTheRestIsUnknown) {
  VL_ASSERT_OK_AND_ASSIGN(
      const v1::SegmentationEvaluation answer,
      Try({{"gold", "tier = 2"}, {"silver", "tier = 1"}, {"basic", "tier = 0"}}));
  EXPECT_EQ(answer.basis().as_of(), "2024-12-31");
  EXPECT_EQ(answer.basis().customer_count(), kCustomers);
  EXPECT_EQ(answer.basis().model_version(), 1);
  ASSERT_THAT(answer.segments(), SizeIs(3));
  double expected_value = 0;
  for (const v1::SegmentResult& segment : answer.segments()) {
    EXPECT_EQ(segment.members().customer_count(), 90);
    EXPECT_NEAR(segment.members().customer_share(), 0.3, 1e-12);
    EXPECT_EQ(segment.unknown_count(), 30);
    EXPECT_THAT(segment.members().example_customer_ids(), SizeIs(5));
    expected_value += segment.members().expected_value();
  }
  EXPECT_EQ(answer.covered().customer_count(), 270);
  EXPECT_NEAR(answer.covered().expected_value(), expected_value, 1e-6);
  EXPECT_EQ(answer.unknown().customer_count(), 30);
  EXPECT_EQ(answer.unknown().example_customer_ids(0), "c0009");
  EXPECT_EQ(answer.uncovered().customer_count(), 0);
  EXPECT_TRUE(answer.mutually_exclusive());
  EXPECT_FALSE(answer.exhaustive());
}

TEST_F(SegmentsTest, OverlapsAndGapsAreReportedWithCountsAndExamples) {
  VL_ASSERT_OK_AND_ASSIGN(const v1::SegmentationEvaluation answer,
                          Try({{"some", "tier >= 1"}, {"top", "tier = 2"}}));
  EXPECT_FALSE(answer.mutually_exclusive());
  EXPECT_EQ(answer.overlapping().customer_count(), 90);
  EXPECT_EQ(answer.uncovered().customer_count(), 90);
  EXPECT_EQ(answer.uncovered().example_customer_ids(0), "c0000");
  ASSERT_THAT(answer.overlaps(), SizeIs(1));
  EXPECT_EQ(answer.overlaps(0).customer_count(), 90);
  EXPECT_NEAR(answer.overlaps(0).share_of_first(), 0.5, 1e-12);
  EXPECT_NEAR(answer.overlaps(0).share_of_second(), 1, 1e-12);
}

TEST_F(SegmentsTest, ScoresSplitEverybodyIntoTwoHalves) {
  VL_ASSERT_OK_AND_ASSIGN(const v1::SegmentationEvaluation answer,
                          Try({{"high", "value_score >= 50"}, {"low", "not value_score >= 50"}}));
  EXPECT_TRUE(answer.mutually_exclusive());
  EXPECT_TRUE(answer.exhaustive());
  EXPECT_GT(answer.segments(0).members().expected_value(),
            answer.segments(1).members().expected_value());
}

TEST_F(SegmentsTest, OnlyCustomersWhoHadComeByThatDayCount) {
  VL_ASSERT_OK_AND_ASSIGN(const v1::SegmentationEvaluation early,
                          Try({{"all", "purchase_count >= 0"}}, "2023-12-31"));
  EXPECT_EQ(early.basis().customer_count(), 0);
  EXPECT_EQ(early.total().customer_count(), 0);
  EXPECT_TRUE(early.exhaustive());
}

TEST_F(SegmentsTest, PagesListEveryMemberOnceInEveryOrder) {
  VL_ASSERT_OK(Create("paged", {{"gold", "tier = 2"}, {"rich", "value_score >= 50"}}));
  for (const std::string order : {"", "-expected_value", "alive_probability"}) {
    v1::ListSegmentMembersRequest request;
    request.set_name("workspaces/default/segmentations/paged");
    request.set_segment_id("gold");
    request.set_as_of("2024-12-31");
    request.set_page_size(40);
    request.set_order_by(order);
    std::set<std::string> names;
    double last = 1e300;
    do {
      VL_ASSERT_OK_AND_ASSIGN(const v1::ListSegmentMembersResponse page,
                              Call<v1::ListSegmentMembersResponse>("ListSegmentMembers", request));
      EXPECT_EQ(page.total_count(), 90);
      for (const v1::SegmentMember& member : page.members()) {
        EXPECT_TRUE(names.insert(member.name()).second);
        EXPECT_EQ(member.segment_ids(0), "gold");
        EXPECT_TRUE(member.rfm().has_recency_rank());
        if (order == "-expected_value") {
          EXPECT_LE(member.expected_value(), last);
        }
        last = member.expected_value();
      }
      request.set_page_token(page.next_page_token());
    } while (!request.page_token().empty());
    EXPECT_THAT(names, SizeIs(90)) << order;
  }
}

TEST_F(SegmentsTest, UnknownAndOverlappingCustomersCanBeListed) {
  VL_ASSERT_OK(Create("listed", {{"some", "tier >= 1"}, {"top", "tier = 2"}}));
  v1::ListSegmentMembersRequest request;
  request.set_name("workspaces/default/segmentations/listed");
  request.set_as_of("2024-12-31");
  const auto total = [&](v1::SegmentMembership membership, const std::string& segment) {
    request.set_membership(membership);
    request.set_segment_id(segment);
    return Call<v1::ListSegmentMembersResponse>("ListSegmentMembers", request);
  };
  EXPECT_EQ(total(v1::SEGMENT_MEMBERSHIP_UNKNOWN, "")->total_count(), 30);
  EXPECT_EQ(total(v1::SEGMENT_MEMBERSHIP_UNKNOWN, "top")->total_count(), 30);
  EXPECT_EQ(total(v1::SEGMENT_MEMBERSHIP_UNCOVERED, "")->total_count(), 90);
  EXPECT_EQ(total(v1::SEGMENT_MEMBERSHIP_OVERLAPPING, "")->total_count(), 90);
  EXPECT_THAT(total(v1::SEGMENT_MEMBERSHIP_OVERLAPPING, "top"), StatusIs(kInvalid));
  EXPECT_THAT(total(v1::SEGMENT_MEMBERSHIP_MEMBER, ""), StatusIs(kInvalid));
  EXPECT_THAT(total(v1::SEGMENT_MEMBERSHIP_MEMBER, "none"), StatusIs(absl::StatusCode::kNotFound));
}

TEST_F(SegmentsTest, ATokenOfAChangedSegmentationIsRefused) {
  VL_ASSERT_OK_AND_ASSIGN(v1::Segmentation stored, Create("changing", {{"gold", "tier = 2"}}));
  v1::ListSegmentMembersRequest request;
  request.set_name(stored.name());
  request.set_segment_id("gold");
  request.set_page_size(10);
  VL_ASSERT_OK_AND_ASSIGN(const v1::ListSegmentMembersResponse page,
                          Call<v1::ListSegmentMembersResponse>("ListSegmentMembers", request));
  v1::UpdateSegmentationRequest update;
  *update.mutable_segmentation() = stored;
  update.mutable_segmentation()->mutable_segments(0)->set_predicate("tier = 1");
  VL_ASSERT_OK(Call<v1::Segmentation>("UpdateSegmentation", update));
  EXPECT_THAT(Call<v1::Segmentation>("UpdateSegmentation", update),
              testing::IsOk());  // A repetition: changes nothing any more.
  request.set_page_token(page.next_page_token());
  const auto next = Call<v1::ListSegmentMembersResponse>("ListSegmentMembers", request);
  EXPECT_EQ(ReasonOf(next.status()), "PORTFOLIO_CHANGED");
  update.mutable_segmentation()->mutable_segments(0)->set_predicate("tier = 0");
  EXPECT_THAT(Call<v1::Segmentation>("UpdateSegmentation", update),
              StatusIs(absl::StatusCode::kAborted));
}

TEST_F(SegmentsTest, AreKeptListedReadAndDeleted) {
  VL_ASSERT_OK_AND_ASSIGN(const v1::Segmentation stored, Create("kept", {{"gold", "tier = 2"}}));
  EXPECT_EQ(stored.name(), "workspaces/default/segmentations/kept");
  EXPECT_EQ(stored.purpose(), v1::SEGMENTATION_PURPOSE_SEGMENT);
  EXPECT_EQ(Create("kept", {{"gold", "tier = 2"}})->etag(), stored.etag());
  EXPECT_THAT(Create("kept", {{"gold", "tier = 1"}}), StatusIs(absl::StatusCode::kAlreadyExists));
  v1::ListSegmentationsRequest list;
  list.set_parent("workspaces/default");
  list.set_page_size(1);
  int count = 0;
  do {
    VL_ASSERT_OK_AND_ASSIGN(const v1::ListSegmentationsResponse page,
                            Call<v1::ListSegmentationsResponse>("ListSegmentations", list));
    ASSERT_LE(page.segmentations_size(), 1);
    if (page.segmentations_size() == 1 && page.segmentations(0).name() == stored.name()) ++count;
    list.set_page_token(page.next_page_token());
  } while (!list.page_token().empty());
  EXPECT_EQ(count, 1);
  v1::DeleteSegmentationRequest remove;
  remove.set_name(stored.name());
  VL_ASSERT_OK(Call<google::protobuf::Empty>("DeleteSegmentation", remove));
  v1::GetSegmentationRequest get;
  get.set_name(stored.name());
  EXPECT_THAT(Call<v1::Segmentation>("GetSegmentation", get),
              StatusIs(absl::StatusCode::kNotFound));
}

TEST_F(SegmentsTest, WhatCannotBeIsRefusedByPlace) {
  EXPECT_THAT(Try({{"a", "tier >= ]"}}), StatusIs(kInvalid, HasSubstr("segments[0]: predicate: got "
                                                                      "\"]\" at column 9")));
  EXPECT_THAT(Try({{"a", "tier = 1"}, {"a", "tier = 2"}}),
              StatusIs(kInvalid, HasSubstr("segments[1].id")));
  Named many;
  for (int i = 0; i < 10'000; ++i) many.emplace_back(fmt::format("s{}", i), "tier = 1");
  EXPECT_THAT(Try(many), StatusIs(kInvalid, HasSubstr("segments: got 10000 segments")));
  EXPECT_THAT(Try({{"a", "tier = 1"}}, "2999-01-01"), StatusIs(kInvalid, HasSubstr("as_of")));
  EXPECT_THAT(Create("no/slash", {{"a", "tier = 1"}}),
              StatusIs(kInvalid, HasSubstr("segmentation_id")));
  v1::EvaluateSegmentationRequest both;
  both.set_parent("workspaces/default");
  EXPECT_THAT(Call<v1::SegmentationEvaluation>("EvaluateSegmentation", both),
              StatusIs(kInvalid, HasSubstr("segmentation_name: got neither")));
  both.set_segmentation_name("workspaces/default/segmentations/nowhere");
  EXPECT_THAT(Call<v1::SegmentationEvaluation>("EvaluateSegmentation", both),
              StatusIs(absl::StatusCode::kNotFound));
}

TEST_F(SegmentsTest, TargetsAreTheBestSegmentsThatFit) {
  v1::SelectTargetsRequest request;
  request.set_parent("workspaces/default");
  request.set_as_of("2024-12-31");
  *request.mutable_segmentation() =
      SegmentationOf({{"gold", "tier = 2"}, {"silver", "tier = 1"}, {"both", "tier >= 1"}});
  request.set_score(v1::TARGET_SCORE_GIVEN);
  for (const auto& [id, score] :
       std::vector<std::pair<std::string, double>>{{"gold", 3.5}, {"silver", 4}, {"both", 3.9}}) {
    v1::GivenScore& given = *request.add_given_scores();
    given.set_segment_id(id);
    given.set_score(score);
  }
  request.set_capacity(180);
  VL_ASSERT_OK_AND_ASSIGN(const v1::TargetSelection chosen,
                          Call<v1::TargetSelection>("SelectTargets", request));
  ASSERT_THAT(chosen.targets(), SizeIs(3));
  EXPECT_EQ(chosen.targets(0).segment_id(), "silver");
  EXPECT_EQ(chosen.targets(1).segment_id(), "both");
  EXPECT_EQ(chosen.targets(1).added_count(), 90);
  EXPECT_EQ(chosen.targets(2).outcome(), v1::TARGET_OUTCOME_CHOSEN);  // Adds nobody.
  EXPECT_EQ(chosen.chosen().customer_count(), 180);
  request.mutable_given_scores()->RemoveLast();
  EXPECT_THAT(Call<v1::TargetSelection>("SelectTargets", request),
              StatusIs(kInvalid, HasSubstr("one for segment both")));
}

}  // namespace
}  // namespace valueloop::scoring
