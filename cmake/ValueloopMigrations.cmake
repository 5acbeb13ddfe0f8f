# vl_embed_migrations(TARGET SPACE name FILES migrations/0001_x.sql ...): compiles .sql files into
# TARGET. For a target in services/a/b it makes the header "a/b/embedded_migrations.h" with
#   namespace valueloop::<SPACE> { sql::MigrationSet EmbeddedMigrations(); }
# whose space is SPACE. Files are named NNNN_what_it_adds.sql and numbered from 0001 without a hole.
set(VL_EMBED_SCRIPT ${CMAKE_CURRENT_LIST_DIR}/EmbedMigrations.cmake)
function(vl_embed_migrations target)
  cmake_parse_arguments(ARG "" "SPACE" "FILES" ${ARGN})
  file(RELATIVE_PATH folder ${PROJECT_SOURCE_DIR}/services ${CMAKE_CURRENT_SOURCE_DIR})
  set(generated ${CMAKE_BINARY_DIR}/generated)
  set(base ${generated}/${folder}/embedded_migrations)
  list(TRANSFORM ARG_FILES PREPEND ${CMAKE_CURRENT_SOURCE_DIR}/)
  add_custom_command(
    OUTPUT ${base}.cc ${base}.h
    COMMAND ${CMAKE_COMMAND} "-DFILES=${ARG_FILES}" -DSPACE=${ARG_SPACE} -DFOLDER=${folder} -DBASE=${base}
            -P ${VL_EMBED_SCRIPT}
    DEPENDS ${ARG_FILES} ${VL_EMBED_SCRIPT}
    VERBATIM)
  add_custom_target(${target}_migrations DEPENDS ${base}.cc ${base}.h)
  add_dependencies(vl_generated ${target}_migrations)
  add_dependencies(${target} ${target}_migrations)
  target_sources(${target} PRIVATE ${base}.cc ${base}.h)
  target_include_directories(${target} PUBLIC ${generated})
endfunction()
