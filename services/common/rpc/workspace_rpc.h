// valueloop.common.v1.WorkspaceService over a service's own list of workspaces.
#ifndef VALUELOOP_COMMON_RPC_WORKSPACE_RPC_H_
#define VALUELOOP_COMMON_RPC_WORKSPACE_RPC_H_

#include "common/rpc/service.h"
#include "common/workspace/workspace_store.h"

namespace valueloop::rpc {

class WorkspaceRpc : public Service {
 public:
  // `store` must outlive the service.
  explicit WorkspaceRpc(WorkspaceStore& store);
};

}  // namespace valueloop::rpc

#endif  // VALUELOOP_COMMON_RPC_WORKSPACE_RPC_H_
