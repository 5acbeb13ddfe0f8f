// customer get | set: attributes and match ratings of one customer.
#include <ostream>

#include "absl/time/clock.h"
#include "cli/command.h"
#include "cli/event_rows.h"
#include "cli/output.h"
#include "cli/table.h"
#include "cli/values.h"
#include "common/status.h"
#include "fmt/format.h"
#include "google/protobuf/util/time_util.h"
#include "valueloop/scoring/v1/ledger.pb.h"

namespace valueloop::cli {
namespace {

using google::protobuf::util::TimeUtil;
using scoring::v1::Customer;

std::string ValueText(const scoring::v1::AttributeValue& value) {
  switch (value.value_case()) {
    case scoring::v1::AttributeValue::kText:
      return value.text();
    case scoring::v1::AttributeValue::kNumber:
      return fmt::format("{}", value.number());
    case scoring::v1::AttributeValue::kFlag:
      return value.flag() ? "true" : "false";
    case scoring::v1::AttributeValue::VALUE_NOT_SET:
      break;
  }
  return "";
}

void PrintTable(Context& context, const Customer& customer) {
  Table table({{context.T("项目", "FIELD")}, {context.T("值", "VALUE")}});
  table.AddRow({context.T("客户", "customer"), SegmentAfter(customer.name(), "customers")});
  for (const auto& attribute : customer.attributes()) {
    table.AddRow({attribute.attribute(), ValueText(attribute.value())});
  }
  for (const auto& rating : customer.ratings()) {
    table.AddRow({fmt::format("{} ({})", rating.criterion(), rating.rater()),
                  fmt::format("{}", rating.rating())});
  }
  table.AddRow({context.T("购买天数", "purchase days"), Count(customer.purchase_day_count())});
  table.AddRow({context.T("购买金额", "purchase amount"), Number(customer.purchase_amount())});
  if (customer.has_first_event_time()) {
    table.AddRow(
        {context.T("首个事件", "first event"), TimeUtil::ToString(customer.first_event_time())});
    table.AddRow(
        {context.T("最近事件", "last event"), TimeUtil::ToString(customer.last_event_time())});
  }
  table.AddRow({context.T("账本修订", "ledger revision"), Count(customer.ledger_revision())});
  table.Print(context.out(), context.color_wanted());
}

struct GetOptions {
  std::string id;
};

absl::StatusOr<int> Get(Context& context, const GetOptions& options) {
  scoring::v1::GetCustomerRequest request;
  request.set_name(context.Name("customers/" + options.id));
  Customer customer;
  VL_RETURN_IF_ERROR(context.Call(
      Target::kScoring, "valueloop.scoring.v1.LedgerService/GetCustomer", request, &customer));
  VL_RETURN_IF_ERROR(Print(context, customer, [&] { PrintTable(context, customer); }));
  return kDone;
}

struct SetOptions {
  std::string id;
  std::vector<std::string> attributes;  // name=value, name:type=value
  std::vector<std::string> removed;
  std::vector<std::string> ratings;  // criterion=0..100
  std::string rater = "cli";
};

absl::Status AddAttribute(const std::string& assignment, scoring::v1::SetCustomerRequest& request) {
  const size_t equals = assignment.find('=');
  if (equals == std::string::npos || equals == 0) {
    return UsageError(fmt::format("attribute: got {}, want NAME=VALUE", Printable(assignment)));
  }
  std::string name = assignment.substr(0, equals);
  AttributeType type = AttributeType::kInferred;
  if (const size_t colon = name.find(':'); colon != std::string::npos) {
    const std::string suffix = name.substr(colon + 1);
    if (suffix != "text" && suffix != "number" && suffix != "flag") {
      return UsageError(fmt::format("attribute: got {}, want :text, :number or :flag", suffix));
    }
    type = suffix == "text"     ? AttributeType::kText
           : suffix == "number" ? AttributeType::kNumber
                                : AttributeType::kFlag;
    name.resize(colon);
  }
  scoring::v1::Attribute& attribute = *request.add_attributes();
  attribute.set_attribute(name);
  return ParseAttributeValue(name, std::string_view(assignment).substr(equals + 1), type,
                             *attribute.mutable_value());
}

absl::Status RecordRatings(Context& context, const SetOptions& options) {
  const int64_t now = absl::ToUnixMicros(absl::Now());
  scoring::v1::RecordEventsRequest request;
  request.set_parent(context.Parent());
  for (const std::string& assignment : options.ratings) {
    const size_t equals = assignment.find('=');
    if (equals == std::string::npos || equals == 0) {
      return UsageError(
          fmt::format("--rating: got {}, want CRITERION=0..100", Printable(assignment)));
    }
    VL_ASSIGN_OR_RETURN(const double value,
                        ParseNumber("--rating", std::string_view(assignment).substr(equals + 1)));
    scoring::v1::Event& event = *request.add_events();
    event.set_customer_id(options.id);
    event.set_source("cli");
    event.set_event_id(fmt::format("rating-{}-{}", now, request.events_size()));
    *event.mutable_occurred_time() = TimeUtil::MicrosecondsToTimestamp(now);
    event.mutable_match_rating()->set_criterion(assignment.substr(0, equals));
    event.mutable_match_rating()->set_rating(value);
    event.mutable_match_rating()->set_rater(options.rater);
  }
  scoring::v1::RecordEventsResponse response;
  VL_RETURN_IF_ERROR(context.Call(
      Target::kScoring, "valueloop.scoring.v1.LedgerService/RecordEvents", request, &response));
  if (response.rejects().empty()) return absl::OkStatus();
  return absl::InvalidArgumentError(response.rejects(0).message());
}

absl::StatusOr<int> Set(Context& context, const SetOptions& options) {
  scoring::v1::SetCustomerRequest request;
  request.set_name(context.Name("customers/" + options.id));
  for (const std::string& assignment : options.attributes) {
    VL_RETURN_IF_ERROR(AddAttribute(assignment, request));
  }
  for (const std::string& name : options.removed) request.add_attributes()->set_attribute(name);
  if (request.attributes().empty() && options.ratings.empty()) {
    return UsageError("customer set: got nothing to set, want NAME=VALUE, --unset or --rating");
  }
  if (!options.ratings.empty()) VL_RETURN_IF_ERROR(RecordRatings(context, options));
  if (!request.attributes().empty()) {
    Customer customer;
    VL_RETURN_IF_ERROR(context.Call(
        Target::kScoring, "valueloop.scoring.v1.LedgerService/SetCustomer", request, &customer));
  }
  return Get(context, {options.id});
}

}  // namespace

void AddCustomerCommands(CLI::App& app, Context& context) {
  CLI::App& group =
      AddGroup(app, "customer", "one customer: attributes, ratings, ids, export, erase");
  const auto get = AddCommand<GetOptions>(group, context, "get", "show what is known of a customer",
                                          "valueloop customer get C-00001", Get);
  get.app->add_option("id", get.options->id, "customer id")->required();
  const auto set = AddCommand<SetOptions>(
      group, context, "set", "set attributes and match ratings, from now on",
      "valueloop customer set C-00001 owner=li segment=SG1 --rating m_need=80", Set);
  set.app->add_option("id", set.options->id, "customer id")->required();
  set.app->add_option("attributes", set.options->attributes,
                      "NAME=VALUE; the name may end in :text, :number or :flag");
  set.app->add_option("--unset", set.options->removed, "attribute to remove");
  set.app->add_option("--rating", set.options->ratings, "CRITERION=0..100");
  set.app->add_option("--rater", set.options->rater, "who rates")->capture_default_str();
  AddPersonCommands(group, context);
}

}  // namespace valueloop::cli
