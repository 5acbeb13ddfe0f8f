// The calls the tests of CustomerService make on the real valueloop-scoring.
#ifndef VALUELOOP_TESTS_INTEGRATION_SCORING_PERSON_PERSON_CALLS_H_
#define VALUELOOP_TESTS_INTEGRATION_SCORING_PERSON_PERSON_CALLS_H_

#include <string>
#include <utility>
#include <vector>

#include "fmt/format.h"
#include "gmock/gmock.h"
#include "google/protobuf/util/time_util.h"
#include "gtest/gtest.h"
#include "testing/service_process.h"
#include "testing/status_matchers.h"
#include "valueloop/scoring/v1/customer.pb.h"
#include "valueloop/scoring/v1/ledger.pb.h"
#include "valueloop/scoring/v1/score.pb.h"

namespace valueloop::scoring {

inline v1::Event EventAt(const std::string& customer, const std::string& id,
                         const std::string& time) {
  v1::Event event;
  event.set_customer_id(customer);
  event.set_source("shop");
  event.set_event_id(id);
  google::protobuf::util::TimeUtil::FromString(time, event.mutable_occurred_time());
  return event;
}
inline v1::Event PurchaseAt(const std::string& customer, const std::string& id,
                            const std::string& time, int64_t amount) {
  v1::Event event = EventAt(customer, id, time);
  event.mutable_purchase()->set_amount_micros(amount * 1'000'000);
  return event;
}
inline v1::Event AttributeAt(const std::string& customer, const std::string& id,
                             const std::string& time, const std::string& value) {
  v1::Event event = EventAt(customer, id, time);
  event.mutable_attribute_change()->set_attribute("owner");
  event.mutable_attribute_change()->mutable_value()->set_text(value);
  return event;
}
inline v1::Event ReferralAt(const std::string& referrer, const std::string& id,
                            const std::string& time, const std::string& referred) {
  v1::Event event = EventAt(referrer, id, time);
  event.mutable_referral()->set_referred_customer_id(referred);
  event.mutable_referral()->set_type(v1::Referral::TYPE_ONE);
  return event;
}

class PersonServer {
 public:
  explicit PersonServer(std::vector<std::string> arguments = {})
      : process(VL_SCORING_PROGRAM, std::move(arguments)) {
    process.Start();
  }

  template <typename Response>
  absl::StatusOr<Response> Call(const std::string& method,
                                const google::protobuf::Message& request) {
    return process.Call<Response>("valueloop.scoring.v1." + method, request);
  }
  void Record(const std::vector<v1::Event>& events) {
    v1::RecordEventsRequest request;
    request.set_parent("workspaces/default");
    for (const v1::Event& event : events) *request.add_events() = event;
    const auto response = Call<v1::RecordEventsResponse>("LedgerService/RecordEvents", request);
    ASSERT_THAT(response, testing::IsOk());
    ASSERT_EQ(response->rejected_count(), 0) << response->DebugString();
  }
  absl::StatusOr<v1::Score> Score(const std::string& id) {
    v1::GetScoreRequest request;
    request.set_name(fmt::format("workspaces/default/customers/{}/score", id));
    request.set_view(v1::SCORE_VIEW_FULL);
    return Call<v1::Score>("ScoreService/GetScore", request);
  }
  // What of a score is the same whenever it is asked for.
  absl::StatusOr<std::string> ScoreText(const std::string& id) {
    absl::StatusOr<v1::Score> score = Score(id);
    if (!score.ok()) return score.status();
    score->mutable_provenance()->clear_compute_time();
    score->mutable_provenance()->clear_ledger_revision();
    return score->DebugString();
  }
  absl::StatusOr<v1::Merge> Merge(const std::string& survivor, const std::string& merged) {
    v1::MergeCustomersRequest request;
    request.set_parent("workspaces/default");
    request.set_survivor(survivor);
    request.set_merged(merged);
    return Call<v1::Merge>("CustomerService/MergeCustomers", request);
  }
  absl::StatusOr<v1::SplitCustomerResponse> Split(const std::string& merged) {
    v1::SplitCustomerRequest request;
    request.set_name("workspaces/default/merges/" + merged);
    return Call<v1::SplitCustomerResponse>("CustomerService/SplitCustomer", request);
  }
  absl::StatusOr<v1::ExternalIds> Link(const std::string& customer, const std::string& system,
                                       const std::vector<std::string>& ids) {
    v1::SetExternalIdsRequest request;
    request.set_customer("workspaces/default/customers/" + customer);
    v1::SystemIds& entry = *request.add_systems();
    entry.set_system(system);
    for (const std::string& id : ids) entry.add_ids(id);
    return Call<v1::ExternalIds>("CustomerService/SetExternalIds", request);
  }
  absl::StatusOr<v1::EraseCustomerResponse> Erase(const std::string& id, bool include_merged) {
    v1::EraseCustomerRequest request;
    request.set_name("workspaces/default/customers/" + id);
    request.set_confirm(id);
    request.set_include_merged(include_merged);
    return Call<v1::EraseCustomerResponse>("CustomerService/EraseCustomer", request);
  }
  std::vector<v1::ExportRecord> Export(const std::string& id) {
    v1::ExportCustomerRequest request;
    request.set_name("workspaces/default/customers/" + id);
    const auto stream = process.channel().OpenStream(
        "valueloop.scoring.v1.CustomerService/ExportCustomer", {.timeout = absl::Seconds(30)});
    stream->Write(request);
    stream->WritesDone();
    std::vector<v1::ExportRecord> records;
    for (v1::ExportRecord record; stream->Read(record);) records.push_back(record);
    EXPECT_THAT(stream->Finish(), testing::IsOk());
    return records;
  }

  testing::ServiceProcess process;
};

}  // namespace valueloop::scoring

#endif  // VALUELOOP_TESTS_INTEGRATION_SCORING_PERSON_PERSON_CALLS_H_
