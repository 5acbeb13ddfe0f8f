#include <set>

#include "google/protobuf/descriptor.pb.h"
#include "grpc/reflection/v1/reflection.pb.h"
#include "grpc/reflection/v1alpha/reflection.pb.h"
#include "integration/common_rpc/test_server.h"
#include "testing/status_matchers.h"

namespace valueloop::rpc {
namespace {

using ::testing::HasSubstr;
using ::testing::IsSupersetOf;
using valueloop::testing::IsOk;

namespace v1 = grpc::reflection::v1;
namespace v1alpha = grpc::reflection::v1alpha;

template <typename RequestType, typename ResponseType>
struct Version {
  using Request = RequestType;
  using Response = ResponseType;
};
using Versions =
    ::testing::Types<Version<v1::ServerReflectionRequest, v1::ServerReflectionResponse>,
                     Version<v1alpha::ServerReflectionRequest, v1alpha::ServerReflectionResponse>>;

template <typename T>
class ReflectionTest : public RpcTest {
 protected:
  typename T::Response Ask(const typename T::Request& request) {
    const auto stream = channel_->OpenStream(T::Request::descriptor()->file()->package() +
                                             ".ServerReflection/ServerReflectionInfo");
    typename T::Response response;
    EXPECT_TRUE(stream->Write(request));
    EXPECT_TRUE(stream->Read(response));
    EXPECT_TRUE(stream->WritesDone());
    EXPECT_THAT(stream->Finish(), IsOk());
    return response;
  }
};
TYPED_TEST_SUITE(ReflectionTest, Versions);

TYPED_TEST(ReflectionTest, ListsTheServices) {
  this->StartServer();
  typename TypeParam::Request request;
  request.set_list_services("");
  const auto response = this->Ask(request);
  std::set<std::string> names;
  for (const auto& service : response.list_services_response().service()) {
    names.insert(service.name());
  }
  EXPECT_THAT(names, IsSupersetOf({"valueloop.testing.v1.TestService", "grpc.health.v1.Health",
                                   "grpc.reflection.v1.ServerReflection",
                                   "grpc.reflection.v1alpha.ServerReflection"}));
}

TYPED_TEST(ReflectionTest, DescribesASymbolWithEverythingItsFileImports) {
  this->StartServer();
  typename TypeParam::Request request;
  for (const char* symbol : {"google.rpc.Status", "google.rpc.RetryInfo"}) {
    request.set_file_containing_symbol(symbol);
    const auto response = this->Ask(request);
    EXPECT_EQ(response.original_request().file_containing_symbol(), symbol);
    ASSERT_EQ(response.file_descriptor_response().file_descriptor_proto_size(), 2);
    // What a client does: a pool of its own, in which the symbol must resolve.
    google::protobuf::DescriptorPool pool;
    for (int i = 1; i >= 0; --i) {
      google::protobuf::FileDescriptorProto file;
      ASSERT_TRUE(
          file.ParseFromString(response.file_descriptor_response().file_descriptor_proto(i)));
      ASSERT_NE(pool.BuildFile(file), nullptr) << file.name();
    }
    EXPECT_NE(pool.FindMessageTypeByName(symbol), nullptr);
  }
}

TYPED_TEST(ReflectionTest, DescribesAServiceAMethodAndAFile) {
  this->StartServer();
  for (const char* symbol :
       {"valueloop.testing.v1.TestService", "valueloop.testing.v1.TestService.Chat"}) {
    typename TypeParam::Request request;
    request.set_file_containing_symbol(symbol);
    google::protobuf::FileDescriptorProto file;
    const auto response = this->Ask(request);
    ASSERT_TRUE(file.ParseFromString(response.file_descriptor_response().file_descriptor_proto(0)));
    EXPECT_EQ(file.name(), "test_service.proto");
    EXPECT_EQ(file.service(0).method_size(), 5);
  }
  typename TypeParam::Request request;
  request.set_file_by_filename("test_service.proto");
  EXPECT_EQ(this->Ask(request).file_descriptor_response().file_descriptor_proto_size(), 1);
}

TYPED_TEST(ReflectionTest, AnswersWhatItDoesNotKnowWithAnError) {
  this->StartServer();
  typename TypeParam::Request request;
  request.set_file_containing_symbol("no.such.Thing");
  const auto response = this->Ask(request);
  EXPECT_EQ(response.error_response().error_code(), 5);
  EXPECT_THAT(response.error_response().error_message(), HasSubstr("no.such.Thing"));
  EXPECT_EQ(this->Ask(typename TypeParam::Request()).error_response().error_code(), 3);
  request.set_all_extension_numbers_of_type("google.protobuf.MethodOptions");
  EXPECT_EQ(this->Ask(request).all_extension_numbers_response().base_type_name(),
            "google.protobuf.MethodOptions");
}

}  // namespace
}  // namespace valueloop::rpc
