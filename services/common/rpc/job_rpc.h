// valueloop.common.v1.JobService over a service's own jobs.
#ifndef VALUELOOP_COMMON_RPC_JOB_RPC_H_
#define VALUELOOP_COMMON_RPC_JOB_RPC_H_

#include "common/rpc/service.h"
#include "common/sql/job_store.h"

namespace valueloop::rpc {

class JobRpc : public Service {
 public:
  // `store` must outlive the service.
  explicit JobRpc(sql::JobStore& store);
};

}  // namespace valueloop::rpc

#endif  // VALUELOOP_COMMON_RPC_JOB_RPC_H_
