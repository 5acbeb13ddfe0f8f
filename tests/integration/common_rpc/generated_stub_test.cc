// An ordinary client with generated code, as any user of the contracts has it.
#include "common/status.h"
#include "fmt/format.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include "grpcpp/create_channel.h"
#include "grpcpp/security/credentials.h"
#include "integration/common_rpc/test_server.h"
#include "test_service.grpc.pb.h"
#include "testing/status_matchers.h"

namespace valueloop::rpc {
namespace {

class GeneratedStubTest : public RpcTest {
 protected:
  void Connect() {
    StartServer();
    stub_ = testing::v1::TestService::NewStub(grpc::CreateChannel(
        fmt::format("127.0.0.1:{}", server_->port()), grpc::InsecureChannelCredentials()));
  }

  std::unique_ptr<testing::v1::TestService::Stub> stub_;
  grpc::ClientContext context_;
};

TEST_F(GeneratedStubTest, MakesAUnaryCall) {
  Connect();
  EchoResponse response;
  const grpc::Status status = stub_->Echo(&context_, Request("hello"), &response);
  EXPECT_TRUE(status.ok()) << status.error_message();
  EXPECT_EQ(response.text(), "hello");
}

TEST_F(GeneratedStubTest, UsesEveryKindOfStream) {
  Connect();
  EchoResponse response;
  const auto writer = stub_->Join(&context_, &response);
  EXPECT_TRUE(writer->Write(Request("a")));
  EXPECT_TRUE(writer->Write(Request("b")));
  EXPECT_TRUE(writer->WritesDone());
  EXPECT_TRUE(writer->Finish().ok());
  EXPECT_EQ(response.text(), "ab");

  grpc::ClientContext chat_context;
  const auto chat = stub_->Chat(&chat_context);
  EXPECT_TRUE(chat->Write(Request("c")));
  EXPECT_TRUE(chat->Read(&response));
  EXPECT_EQ(response.text(), "c");
  EXPECT_TRUE(chat->WritesDone());
  EXPECT_FALSE(chat->Read(&response));
  EXPECT_TRUE(chat->Finish().ok());

  grpc::ClientContext repeat_context;
  const auto reader = stub_->Repeat(&repeat_context, Request("d"));
  EXPECT_TRUE(reader->Read(&response));
  EXPECT_EQ(response.text(), "d");
  repeat_context.TryCancel();
  EXPECT_EQ(reader->Finish().error_code(), grpc::StatusCode::CANCELLED);
}

TEST_F(GeneratedStubTest, FindsGoogleRpcStatusInTheDetails) {
  service_.handlers.echo = [](CallContext&, const EchoRequest&, EchoResponse&) {
    return WithRetryAfter(InvalidField("text", "x", "y"), absl::Milliseconds(2500));
  };
  Connect();
  EchoResponse response;
  const grpc::Status status = stub_->Echo(&context_, Request("x"), &response);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  google::rpc::Status details;
  ASSERT_TRUE(details.ParseFromString(status.error_details()));
  EXPECT_EQ(details.code(), 3);
  EXPECT_EQ(details.message(), "text: got x, want y");
  ASSERT_EQ(details.details_size(), 3);
  google::rpc::ErrorInfo info;
  ASSERT_TRUE(details.details(0).UnpackTo(&info));
  EXPECT_EQ(info.reason(), "INVALID_ARGUMENT");
  EXPECT_EQ(info.domain(), "valueloop");
  google::rpc::BadRequest bad;
  ASSERT_TRUE(details.details(1).UnpackTo(&bad));
  EXPECT_EQ(bad.field_violations(0).field(), "text");
  google::rpc::RetryInfo retry;
  ASSERT_TRUE(details.details(2).UnpackTo(&retry));
  EXPECT_EQ(retry.retry_delay().seconds(), 2);
  EXPECT_EQ(retry.retry_delay().nanos(), 500'000'000);
}

}  // namespace
}  // namespace valueloop::rpc
