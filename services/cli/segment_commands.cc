// segment create | update | list | show | evaluate | members | targets | delete, and portfolio
// segments: named groups of customers.
#include "cli/segment_commands.h"

#include <algorithm>
#include <ostream>
#include <utility>

#include "cli/command.h"
#include "cli/input_file.h"
#include "cli/labels.h"
#include "cli/output.h"
#include "cli/table.h"
#include "common/status.h"
#include "fmt/format.h"
#include "google/protobuf/empty.pb.h"
#include "google/protobuf/util/json_util.h"

namespace valueloop::cli {
namespace {

using scoring::v1::Segmentation;
using scoring::v1::SegmentationEvaluation;
using scoring::v1::SegmentGroup;

constexpr size_t kMaxFileBytes = 4 << 20;

// As in a file: proto JSON of a Segmentation.
absl::StatusOr<Segmentation> ReadSegmentation(Context& context, const std::string& file) {
  VL_ASSIGN_OR_RETURN(const std::string text, ReadInput(context, file, kMaxFileBytes));
  Segmentation segmentation;
  const auto parsed = google::protobuf::util::JsonStringToMessage(text, &segmentation);
  if (!parsed.ok()) {
    return FileError(file, "want a Segmentation as JSON: " + parsed.message().ToString());
  }
  return segmentation;
}

struct EditOptions {
  SegmentationChoice choice;
  std::string file;
};

absl::StatusOr<Segmentation> EditedSegmentation(Context& context, const EditOptions& options) {
  if (options.file.empty() == options.choice.segments.empty()) {
    return UsageError("want --file FILE, or --segment ID=PREDICATE");
  }
  if (!options.file.empty()) return ReadSegmentation(context, options.file);
  return SegmentationOf(options.choice);
}

void PrintSegmentation(Context& context, const Segmentation& segmentation) {
  context.out() << fmt::format("{}  {}  etag {}\n", LastSegment(segmentation.name()),
                               segmentation.purpose() == scoring::v1::SEGMENTATION_PURPOSE_PERSONA
                                   ? context.T("画像", "personas")
                                   : context.T("细分", "segments"),
                               segmentation.etag());
  Table table(
      {{context.T("编号", "ID")}, {context.T("名称", "NAME")}, {context.T("条件", "PREDICATE")}});
  for (const auto& segment : segmentation.segments()) {
    table.AddRow(
        {segment.id(), NameOf(context, segment.name_zh(), segment.name_en()), segment.predicate()});
  }
  table.Print(context.out(), context.color_wanted());
}

absl::StatusOr<int> Finish(Context& context, const Segmentation& segmentation) {
  VL_RETURN_IF_ERROR(
      Print(context, segmentation, [&] { PrintSegmentation(context, segmentation); }));
  return kDone;
}

absl::StatusOr<int> Create(Context& context, const EditOptions& options) {
  scoring::v1::CreateSegmentationRequest request;
  request.set_parent(context.Parent());
  request.set_segmentation_id(options.choice.id);
  VL_ASSIGN_OR_RETURN(*request.mutable_segmentation(), EditedSegmentation(context, options));
  Segmentation segmentation;
  VL_RETURN_IF_ERROR(CallSegments(context, "CreateSegmentation", request, &segmentation));
  return Finish(context, segmentation);
}

struct IdOptions {
  std::string id;
};

absl::StatusOr<Segmentation> Read(Context& context, const std::string& id) {
  scoring::v1::GetSegmentationRequest request;
  request.set_name(context.Name("segmentations/" + id));
  Segmentation segmentation;
  VL_RETURN_IF_ERROR(CallSegments(context, "GetSegmentation", request, &segmentation));
  return segmentation;
}

absl::StatusOr<int> Update(Context& context, const EditOptions& options) {
  VL_ASSIGN_OR_RETURN(Segmentation wanted, EditedSegmentation(context, options));
  // A file may carry the etag it was read with; without one whatever is there is replaced.
  if (wanted.etag().empty()) {
    VL_ASSIGN_OR_RETURN(const Segmentation current, Read(context, options.choice.id));
    wanted.set_etag(current.etag());
  }
  wanted.set_name(context.Name("segmentations/" + options.choice.id));
  scoring::v1::UpdateSegmentationRequest request;
  *request.mutable_segmentation() = std::move(wanted);
  Segmentation segmentation;
  VL_RETURN_IF_ERROR(CallSegments(context, "UpdateSegmentation", request, &segmentation));
  return Finish(context, segmentation);
}

absl::StatusOr<int> Show(Context& context, const IdOptions& options) {
  VL_ASSIGN_OR_RETURN(const Segmentation segmentation, Read(context, options.id));
  return Finish(context, segmentation);
}

absl::StatusOr<int> List(Context& context, const NoOptions&) {
  scoring::v1::ListSegmentationsRequest request;
  request.set_parent(context.Parent());
  request.set_page_size(200);
  scoring::v1::ListSegmentationsResponse all;
  do {
    scoring::v1::ListSegmentationsResponse page;
    VL_RETURN_IF_ERROR(CallSegments(context, "ListSegmentations", request, &page));
    all.mutable_segmentations()->MergeFrom(page.segmentations());
    request.set_page_token(page.next_page_token());
  } while (!request.page_token().empty());
  VL_RETURN_IF_ERROR(Print(context, all, [&] {
    Table table({{context.T("编号", "ID")},
                 {context.T("名称", "TITLE")},
                 {context.T("用途", "PURPOSE")},
                 {context.T("组数", "SEGMENTS"), Table::Align::kRight}});
    for (const Segmentation& one : all.segmentations()) {
      table.AddRow({LastSegment(one.name()), NameOf(context, one.title_zh(), one.title_en()),
                    one.purpose() == scoring::v1::SEGMENTATION_PURPOSE_PERSONA
                        ? context.T("画像", "PERSONA")
                        : context.T("细分", "SEGMENT"),
                    Count(one.segments_size())});
    }
    table.Print(context.out(), context.color_wanted());
  }));
  return kDone;
}

absl::StatusOr<int> Delete(Context& context, const IdOptions& options) {
  scoring::v1::DeleteSegmentationRequest request;
  request.set_name(context.Name("segmentations/" + options.id));
  google::protobuf::Empty nothing;
  VL_RETURN_IF_ERROR(CallSegments(context, "DeleteSegmentation", request, &nothing));
  return kDone;
}

void PrintEvaluation(Context& context, const SegmentationEvaluation& answer) {
  Table table({{context.T("组", "SEGMENT")},
               {context.T("客户数", "CUSTOMERS"), Table::Align::kRight},
               {context.T("占比%", "SHARE %"), Table::Align::kRight},
               {context.T("预期价值", "EXPECTED"), Table::Align::kRight},
               {context.T("价值占比%", "OF VALUE %"), Table::Align::kRight},
               {context.T("风险价值", "AT STAKE"), Table::Align::kRight},
               {context.T("无法判断", "UNKNOWN"), Table::Align::kRight},
               {context.T("例", "EXAMPLES")}});
  const auto add = [&](const std::string& label, const SegmentGroup& group,
                       const std::string& unknown) {
    std::string examples;
    for (const std::string& id : group.example_customer_ids()) {
      examples += (examples.empty() ? "" : " ") + id;
    }
    table.AddRow(
        {label, Count(group.customer_count()), Number(group.customer_share() * 100, 1),
         Number(group.expected_value()),
         Number(ValueIf(group.has_expected_value_share(), group.expected_value_share() * 100), 1),
         Number(group.value_at_stake()), unknown, FitWidth(examples, 40)});
  };
  for (const auto& segment : answer.segments()) {
    add(NameOf(context, segment.name_zh(), segment.name_en()), segment.members(),
        Count(segment.unknown_count()));
  }
  add(context.T("（重叠）", "(overlapping)"), answer.overlapping(), "");
  add(context.T("（未覆盖）", "(uncovered)"), answer.uncovered(), "");
  add(context.T("（无法判断）", "(unknown)"), answer.unknown(), "");
  add(context.T("合计", "TOTAL"), answer.total(), "");
  table.Print(context.out(), context.color_wanted());
  for (const auto& overlap : answer.overlaps()) {
    context.out() << fmt::format("{} & {}: {} ({:.1f} %, {:.1f} %)\n", overlap.first_segment_id(),
                                 overlap.second_segment_id(), Count(overlap.customer_count()),
                                 overlap.share_of_first() * 100, overlap.share_of_second() * 100);
  }
  context.out() << context.T("截至 ", "as of ") << answer.basis().as_of() << '\n';
}

absl::StatusOr<int> Evaluate(Context& context, const SegmentationChoice& choice) {
  scoring::v1::EvaluateSegmentationRequest request;
  VL_RETURN_IF_ERROR(Choose(context, choice, request));
  request.set_as_of(context.options.as_of);
  SegmentationEvaluation answer;
  VL_RETURN_IF_ERROR(CallSegments(context, "EvaluateSegmentation", request, &answer));
  VL_RETURN_IF_ERROR(Print(context, answer, [&] { PrintEvaluation(context, answer); }));
  const bool is_whole = answer.purpose() == scoring::v1::SEGMENTATION_PURPOSE_PERSONA ||
                        (answer.mutually_exclusive() && answer.exhaustive());
  return is_whole ? kDone : kRejects;
}

struct MembersOptions {
  std::string id;
  std::string segment;
  std::string which = "member";
  std::string sort;
  int limit = 20;
};

absl::StatusOr<int> Members(Context& context, const MembersOptions& options) {
  scoring::v1::ListSegmentMembersRequest request;
  request.set_name(context.Name("segmentations/" + options.id));
  request.set_segment_id(options.segment);
  std::string which = options.which;
  std::transform(which.begin(), which.end(), which.begin(),
                 [](unsigned char c) { return std::toupper(c); });
  scoring::v1::SegmentMembership membership;
  if (!scoring::v1::SegmentMembership_Parse("SEGMENT_MEMBERSHIP_" + which, &membership)) {
    return UsageError("--which: want member, unknown, uncovered or overlapping");
  }
  request.set_membership(membership);
  request.set_as_of(context.options.as_of);
  request.set_order_by(options.sort);
  scoring::v1::ListSegmentMembersResponse all;
  do {
    const int missing = options.limit - all.members_size();
    request.set_page_size(options.limit == 0 ? 1000 : std::min(missing, 1000));
    scoring::v1::ListSegmentMembersResponse page;
    VL_RETURN_IF_ERROR(CallSegments(context, "ListSegmentMembers", request, &page));
    all.mutable_members()->MergeFrom(page.members());
    *all.mutable_basis() = page.basis();
    all.set_total_count(page.total_count());
    all.set_next_page_token(page.next_page_token());
    request.set_page_token(page.next_page_token());
  } while (!request.page_token().empty() &&
           (options.limit == 0 || all.members_size() < options.limit));
  VL_RETURN_IF_ERROR(Print(context, all, [&] {
    Table table({{context.T("客户", "CUSTOMER")},
                 {context.T("类别", "CLASS")},
                 {context.T("阶段", "STAGE")},
                 {"RFM", Table::Align::kRight},
                 {context.T("预期价值", "EXPECTED"), Table::Align::kRight},
                 {context.T("风险价值", "AT STAKE"), Table::Align::kRight},
                 {context.T("所属组", "SEGMENTS")}});
    for (const auto& member : all.members()) {
      std::string segments;
      for (const std::string& id : member.segment_ids()) {
        segments += (segments.empty() ? "" : " ") + id;
      }
      const auto& rfm = member.rfm();
      table.AddRow(
          {SegmentAfter(member.name(), "customers"), ClassLabel(context, member.customer_class()),
           StageLabel(context, member.lifecycle_stage()),
           rfm.has_recency_rank() ? fmt::format("{}{}{}", rfm.recency_rank(), rfm.frequency_rank(),
                                                rfm.monetary_rank())
                                  : std::string("-"),
           Number(ValueIf(member.has_expected_value(), member.expected_value())),
           Number(ValueIf(member.has_value_at_stake(), member.value_at_stake())), segments});
    }
    table.Print(context.out(), context.color_wanted());
    context.out() << fmt::format(
        fmt::runtime(context.T("{} / {} 位，截至 {}\n", "{} of {}, as of {}\n")),
        Count(all.members_size()), Count(all.total_count()), all.basis().as_of());
  }));
  return kDone;
}

Command<EditOptions> AddEdit(CLI::App& group, Context& context, const std::string& name,
                             const std::string& description, const std::string& example,
                             absl::StatusOr<int> (*run)(Context&, const EditOptions&)) {
  const auto command = AddCommand<EditOptions>(group, context, name, description, example, run);
  command.options->choice.AddTo(*command.app);
  command.app->get_option("id")->required();
  command.app->add_option("--file", command.options->file,
                          "a Segmentation as JSON; - reads standard input");
  return command;
}

}  // namespace

void SegmentationChoice::AddTo(CLI::App& command) {
  command.add_option("id", id, "id of a segmentation");
  command.add_option("--segment", segments, "ID=PREDICATE, such as 'gold=tier >= 2'")
      ->allow_extra_args(false);
  command.add_flag("--persona", is_persona, "the --segment ones may overlap");
}

absl::StatusOr<Segmentation> SegmentationOf(const SegmentationChoice& choice) {
  Segmentation segmentation;
  segmentation.set_purpose(choice.is_persona ? scoring::v1::SEGMENTATION_PURPOSE_PERSONA
                                             : scoring::v1::SEGMENTATION_PURPOSE_SEGMENT);
  for (const std::string& text : choice.segments) {
    const size_t equals = text.find('=');
    if (equals == std::string::npos || equals == 0) {
      return UsageError(fmt::format("--segment: got {}, want ID=PREDICATE", Printable(text)));
    }
    scoring::v1::Segment& segment = *segmentation.add_segments();
    segment.set_id(text.substr(0, equals));
    segment.set_name_en(segment.id());
    segment.set_predicate(text.substr(equals + 1));
  }
  return segmentation;
}

std::string NameOf(const Context& context, const std::string& zh, const std::string& en) {
  const std::string& wanted = context.T(zh, en);
  return !wanted.empty() ? wanted : zh.empty() ? en : zh;
}

absl::Status CallSegments(Context& context, const std::string& method,
                          const google::protobuf::Message& request,
                          google::protobuf::Message* response) {
  return context.Call(Target::kScoring, "valueloop.scoring.v1.SegmentService/" + method, request,
                      response);
}

void AddSegmentCommands(CLI::App& app, Context& context) {
  CLI::App& group = AddGroup(app, "segment", "named groups of customers");
  AddEdit(group, context, "create", "keep a segmentation",
          "valueloop segment create tiers --segment 'gold=tier >= 2' --segment 'rest=tier < 2'",
          Create);
  AddEdit(group, context, "update", "replace a segmentation",
          "valueloop segment update tiers --file tiers.json", Update);
  AddCommand<NoOptions>(group, context, "list", "all segmentations", "valueloop segment list",
                        List);
  const auto add_by_id = [&](const char* name, const char* description,
                             absl::StatusOr<int> (*run)(Context&, const IdOptions&)) {
    const auto command = AddCommand<IdOptions>(
        group, context, name, description, fmt::format("valueloop segment {} tiers", name), run);
    command.app->add_option("id", command.options->id, "id of a segmentation")->required();
  };
  add_by_id("show", "one segmentation", Show);
  add_by_id("delete", "forget a segmentation", Delete);
  const auto add_evaluate = [&](CLI::App& parent, const char* name, const char* example) {
    const auto command = AddCommand<SegmentationChoice>(
        parent, context, name, "customers and value by segment, overlaps, who is in none", example,
        Evaluate);
    command.options->AddTo(*command.app);
  };
  add_evaluate(group, "evaluate",
               "valueloop segment evaluate --segment 'lost=lifecycle_stage = LOST'");
  add_evaluate(*app.get_subcommand("portfolio"), "segments", "valueloop portfolio segments tiers");
  const auto members = AddCommand<MembersOptions>(
      group, context, "members", "who is in a segment",
      "valueloop segment members tiers gold --sort -value_at_stake", Members);
  members.app->add_option("id", members.options->id, "id of a segmentation")->required();
  members.app->add_option("segment", members.options->segment, "id of a segment");
  members.app
      ->add_option("--which", members.options->which, "member, unknown, uncovered or overlapping")
      ->capture_default_str();
  members.app->add_option("--sort", members.options->sort, "a field; with - in front: descending");
  members.app->add_option("--limit", members.options->limit, "0: all")
      ->check(CLI::NonNegativeNumber)
      ->capture_default_str();
}

}  // namespace valueloop::cli
