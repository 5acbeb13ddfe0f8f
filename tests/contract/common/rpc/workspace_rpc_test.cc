#include "common/rpc/workspace_rpc.h"

#include <memory>
#include <string>
#include <vector>

#include "common/metrics.h"
#include "common/rpc/client.h"
#include "common/rpc/server.h"
#include "fmt/format.h"
#include "testing/status_matchers.h"
#include "testing/temp_dir.h"
#include "valueloop/common/v1/workspace.pb.h"

namespace valueloop::rpc {
namespace {

namespace v1 = ::valueloop::common::v1;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::StatusIs;

class WorkspaceRpcTest : public ::testing::Test {
 protected:
  void SetUp() override {
    auto database = sql::Database::Open(
        "sqlite:" + folder_.File("w.db"),
        {.migrations = {sql::CommonMigrations(), WorkspaceStore::Migrations()}});
    ASSERT_THAT(database, testing::IsOk());
    database_ = *std::move(database);
    auto store = WorkspaceStore::Open(*database_, clock_);
    ASSERT_THAT(store, testing::IsOk());
    store_ = *std::move(store);
    metrics_ = *Metrics::Start("");
    service_ = std::make_unique<WorkspaceRpc>(*store_);
    auto server = Server::Start({}, {service_.get()}, *metrics_);
    ASSERT_THAT(server, testing::IsOk());
    server_ = *std::move(server);
    channel_ = *Channel::Create(fmt::format("127.0.0.1:{}", server_->port()));
  }

  template <typename Request, typename Response>
  absl::Status Call(const char* method, const Request& request, Response& response) {
    return channel_->Call(fmt::format("valueloop.common.v1.WorkspaceService/{}", method), request,
                          &response);
  }

  testing::TempDir folder_;
  SystemClock clock_;
  std::unique_ptr<sql::Database> database_;
  std::unique_ptr<WorkspaceStore> store_;
  std::unique_ptr<Metrics> metrics_;
  std::unique_ptr<WorkspaceRpc> service_;
  std::unique_ptr<Server> server_;
  std::unique_ptr<Channel> channel_;
};

TEST_F(WorkspaceRpcTest, AnUnsetFieldTakesTheDefaultsValue) {
  v1::CreateWorkspaceRequest request;
  request.set_workspace_id("eu");
  request.mutable_workspace()->set_currency("EUR");
  v1::Workspace created;
  VL_ASSERT_OK(Call("CreateWorkspace", request, created));
  EXPECT_EQ(created.name(), "workspaces/eu");
  EXPECT_EQ(created.currency(), "EUR");
  EXPECT_EQ(created.time_zone(), "Asia/Shanghai");
  EXPECT_EQ(created.fiscal_start_month(), 1);
  v1::GetWorkspaceRequest get;
  get.set_name("workspaces/eu");
  v1::Workspace got;
  VL_ASSERT_OK(Call("GetWorkspace", get, got));
  EXPECT_EQ(got.SerializeAsString(), created.SerializeAsString());
}

TEST_F(WorkspaceRpcTest, AnUnknownWorkspaceIsNotFoundAndABadNameNamesItsForm) {
  v1::GetWorkspaceRequest request;
  v1::Workspace response;
  request.set_name("workspaces/nobody");
  EXPECT_THAT(Call("GetWorkspace", request, response), StatusIs(absl::StatusCode::kNotFound));
  request.set_name("nobody");
  EXPECT_THAT(Call("GetWorkspace", request, response),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("workspaces/*")));
}

TEST_F(WorkspaceRpcTest, PagesListEveryWorkspaceOnce) {
  for (const char* id : {"c", "a", "b"}) VL_ASSERT_OK(store_->Create({.id = id}));
  std::vector<std::string> names;
  v1::ListWorkspacesRequest request;
  request.set_page_size(3);
  v1::ListWorkspacesResponse page;
  do {
    page.Clear();
    VL_ASSERT_OK(Call("ListWorkspaces", request, page));
    EXPECT_LE(page.workspaces_size(), 3);
    for (const v1::Workspace& workspace : page.workspaces()) names.push_back(workspace.name());
    request.set_page_token(page.next_page_token());
  } while (!page.next_page_token().empty());
  EXPECT_THAT(names,
              ElementsAre("workspaces/a", "workspaces/b", "workspaces/c", "workspaces/default"));
}

}  // namespace
}  // namespace valueloop::rpc
