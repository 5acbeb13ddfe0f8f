# Compiler options, third-party packages and the three functions every CMakeLists.txt here uses:
# vl_library, vl_program and vl_test. One library per folder; every source is named, no GLOB.

option(VL_WITHOUT_GRPC "Build only what does not link gRPC (for the thread sanitizer)" OFF)
set(VL_SANITIZE "" CACHE STRING "Sanitizers to build with, for example address,undefined")

find_program(VL_CCACHE ccache)
if(VL_CCACHE)
  # base_dir and no_hash_dir let checkouts in different folders share one cache.
  set(CMAKE_CXX_COMPILER_LAUNCHER
      ${CMAKE_COMMAND} -E env CCACHE_BASEDIR=${CMAKE_SOURCE_DIR} CCACHE_NOHASHDIR=1 ${VL_CCACHE})
endif()
find_program(VL_MOLD mold)
if(VL_MOLD)
  add_link_options(-fuse-ld=mold)
endif()

# A score must not depend on the compiler's choice to fuse a multiply and an add.
add_compile_options(-ffp-contract=off -fno-omit-frame-pointer)
if(VL_SANITIZE)
  add_compile_options(-fsanitize=${VL_SANITIZE} -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${VL_SANITIZE})
endif()

add_library(vl_warnings INTERFACE)
target_compile_options(vl_warnings INTERFACE -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor
                                             -Woverloaded-virtual -Wimplicit-fallthrough -Werror)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # GCC 12 reports these two in its own inlined std::string and std::variant at -O1 and above.
  target_compile_options(vl_warnings INTERFACE -Wno-restrict -Wno-maybe-uninitialized -Wno-missing-field-initializers)
else()
  # Checks the VL_GUARDED_BY and VL_REQUIRES of common/mutex.h, which only clang knows.
  target_compile_options(vl_warnings INTERFACE -Wno-missing-field-initializers -Wthread-safety)
endif()

find_package(Threads REQUIRED)
find_package(absl REQUIRED)
find_package(fmt REQUIRED)
find_package(spdlog REQUIRED)
find_package(GTest REQUIRED)
find_package(PkgConfig REQUIRED)
pkg_check_modules(hiredis REQUIRED IMPORTED_TARGET hiredis)
pkg_check_modules(yamlcpp REQUIRED IMPORTED_TARGET yaml-cpp)
pkg_check_modules(prometheus REQUIRED IMPORTED_TARGET prometheus-cpp-pull)
pkg_check_modules(sqlite3 REQUIRED IMPORTED_TARGET sqlite3)
find_library(VL_SOCI_CORE soci_core REQUIRED)
find_library(VL_SOCI_SQLITE3 soci_sqlite3 REQUIRED)
find_path(VL_SOCI_INCLUDE soci/soci.h REQUIRED)
add_library(vl_soci INTERFACE)
target_include_directories(vl_soci SYSTEM INTERFACE ${VL_SOCI_INCLUDE} ${VL_SOCI_INCLUDE}/soci)
target_link_libraries(vl_soci INTERFACE ${VL_SOCI_CORE} ${VL_SOCI_SQLITE3} PkgConfig::sqlite3)
if(NOT VL_WITHOUT_GRPC)
  find_package(Protobuf REQUIRED)
  # Named by hand: grpc++'s pkg-config file lists every absl library and takes 25 seconds to resolve.
  find_path(VL_GRPC_INCLUDE grpcpp/grpcpp.h REQUIRED)
  add_library(vl_grpc INTERFACE)
  target_link_libraries(vl_grpc INTERFACE grpc++ grpc gpr protobuf::libprotobuf absl::synchronization Threads::Threads)
endif()

# All unit and contract test programs; all sources that a build step writes.
add_custom_target(vl_sanitized_tests)
add_custom_target(vl_generated)

# vl_library(NAME SOURCES a.cc ... DEPS x ...): a static library whose headers are included by
# their path from services/, such as "common/status.h".
function(vl_library name)
  cmake_parse_arguments(ARG "" "" "SOURCES;DEPS" ${ARGN})
  add_library(${name} STATIC ${ARG_SOURCES})
  target_include_directories(${name} PUBLIC ${PROJECT_SOURCE_DIR}/services)
  target_link_libraries(${name} PUBLIC ${ARG_DEPS} PRIVATE vl_warnings)
endfunction()

# vl_program(NAME SOURCES main.cc DEPS x ...): an executable in build/<preset>/bin.
function(vl_program name)
  cmake_parse_arguments(ARG "" "" "SOURCES;DEPS" ${ARGN})
  add_executable(${name} ${ARG_SOURCES})
  target_include_directories(${name} PRIVATE ${PROJECT_SOURCE_DIR}/services)
  target_link_libraries(${name} PRIVATE ${ARG_DEPS} vl_warnings)
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bin)
endfunction()

# vl_test(NAME SOURCES x_test.cc ... DEPS x ... LABEL unit|contract|integration [TIMEOUT s]): one
# GoogleTest program; every TEST in it is a ctest test of its own, named by its sentence.
include(GoogleTest)
function(vl_test name)
  cmake_parse_arguments(ARG "" "LABEL;TIMEOUT" "SOURCES;DEPS" ${ARGN})
  if(NOT ARG_TIMEOUT)
    set(ARG_TIMEOUT 120)
  endif()
  add_executable(${name} ${ARG_SOURCES})
  target_include_directories(${name} PRIVATE ${PROJECT_SOURCE_DIR}/services ${PROJECT_SOURCE_DIR}/tests)
  target_link_libraries(${name} PRIVATE ${ARG_DEPS} vl_test_main vl_warnings)
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/tests)
  if(NOT ARG_LABEL STREQUAL "integration")
    add_dependencies(vl_sanitized_tests ${name})
  endif()
  gtest_discover_tests(${name} DISCOVERY_MODE PRE_TEST DISCOVERY_TIMEOUT 60
    PROPERTIES LABELS "${ARG_LABEL}" TIMEOUT ${ARG_TIMEOUT})
endfunction()
