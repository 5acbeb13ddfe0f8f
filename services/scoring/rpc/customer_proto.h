#ifndef VALUELOOP_SCORING_RPC_CUSTOMER_PROTO_H_
#define VALUELOOP_SCORING_RPC_CUSTOMER_PROTO_H_

#include <string_view>

#include "scoring/store/ledger_store.h"
#include "valueloop/scoring/v1/ledger.pb.h"

namespace valueloop::scoring {

// What is known of the customer, up to its latest event.
void CustomerToProto(std::string_view workspace, const CustomerRecord& record, v1::Customer& proto);

}  // namespace valueloop::scoring

#endif  // VALUELOOP_SCORING_RPC_CUSTOMER_PROTO_H_
