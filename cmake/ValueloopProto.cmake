# vl_proto_library(NAME ROOT folder PROTOS a/b.proto ... [DEPS x ...] [IMPORTS folder ...] [GRPC]): the
# C++ messages of the named .proto files, whose paths are relative to ROOT, one object per file. What
# includes them sees a system header, so our warnings do not apply to generated code. GRPC also
# generates client stubs; only tests ask for that.
function(vl_proto_library name)
  cmake_parse_arguments(ARG "GRPC" "ROOT" "PROTOS;DEPS;IMPORTS" ${ARGN})
  set(out ${CMAKE_BINARY_DIR}/generated/${name})
  file(MAKE_DIRECTORY ${out})
  set(imports -I${ARG_ROOT})
  foreach(folder ${ARG_IMPORTS})
    list(APPEND imports -I${folder})
  endforeach()
  set(sources)
  foreach(proto ${ARG_PROTOS})
    string(REGEX REPLACE "\\.proto$" "" stem ${proto})
    set(outputs ${out}/${stem}.pb.cc ${out}/${stem}.pb.h)
    set(flags --cpp_out=${out})
    set(plugin)
    if(ARG_GRPC)
      find_program(VL_GRPC_PLUGIN grpc_cpp_plugin REQUIRED)
      list(APPEND outputs ${out}/${stem}.grpc.pb.cc ${out}/${stem}.grpc.pb.h)
      list(APPEND flags --grpc_out=${out} --plugin=protoc-gen-grpc=${VL_GRPC_PLUGIN})
    endif()
    add_custom_command(
      OUTPUT ${outputs}
      COMMAND protobuf::protoc ${imports} ${flags} ${ARG_ROOT}/${proto}
      DEPENDS ${ARG_ROOT}/${proto}
      COMMENT "protoc ${proto}")
    list(APPEND sources ${outputs})
  endforeach()
  add_custom_target(${name}_sources DEPENDS ${sources})
  add_dependencies(vl_generated ${name}_sources)
  add_library(${name} STATIC ${sources})
  add_dependencies(${name} ${name}_sources)
  if(VL_SANITIZE)  # Generated code is large and not ours to mend.
    target_compile_options(${name} PRIVATE -fno-sanitize=all)
  endif()
  target_include_directories(${name} SYSTEM PUBLIC ${out})
  target_link_libraries(${name} PUBLIC protobuf::libprotobuf ${ARG_DEPS})
  # Generated code includes generated headers of DEPS; all of them exist before it is compiled.
  if(ARG_DEPS)
    add_dependencies(${name} ${ARG_DEPS})
  endif()
  if(ARG_GRPC)
    target_link_libraries(${name} PUBLIC vl_grpc)
  endif()
endfunction()
