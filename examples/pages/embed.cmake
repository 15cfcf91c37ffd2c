# Files as bytes in a program.
#
#   gradus_embed(TARGET NAME FILES...)
#
# with files or patterns (page/*) adds a source to TARGET that defines `gradus_examples::PageFiles NAME()`, see
# examples/pages/page.h. It is made again when one of the files changes. The same file, run as a script (cmake -P), is
# what makes it.

if(NOT CMAKE_SCRIPT_MODE_FILE)
  set(GRADUS_EMBED_SCRIPT ${CMAKE_CURRENT_LIST_FILE})

  function(gradus_embed target name)
    list(TRANSFORM ARGN PREPEND ${CMAKE_CURRENT_SOURCE_DIR}/)
    file(GLOB files CONFIGURE_DEPENDS ${ARGN})
    set(source ${CMAKE_CURRENT_BINARY_DIR}/${name}.cpp)
    add_custom_command(
      OUTPUT ${source}
      COMMAND ${CMAKE_COMMAND} -DNAME=${name} -DSOURCE=${source} "-DFILES=${files}" -P ${GRADUS_EMBED_SCRIPT}
      DEPENDS ${files} ${GRADUS_EMBED_SCRIPT}
      COMMENT "Embedding the files of ${name}"
      VERBATIM)
    target_sources(${target} PRIVATE ${source})
  endfunction()
  return()
endif()

set(arrays "")
set(entries "")
set(number 0)
foreach(file IN LISTS FILES)
  file(READ ${file} bytes HEX)
  string(REGEX REPLACE "(................................)" "\\1\n" bytes "${bytes}")
  string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," bytes "${bytes}")
  get_filename_component(file_name ${file} NAME)
  # The zero at the end keeps the array of an empty file from having no element.
  string(APPEND arrays "constexpr unsigned char file${number}[] = {\n${bytes}0};\n")
  string(APPEND entries "    {\"${file_name}\", content(file${number}, sizeof file${number} - 1)},\n")
  math(EXPR number "${number} + 1")
endforeach()

file(WRITE ${SOURCE} "// Made by examples/pages/embed.cmake.
#include <gradus/examples/pages/page.h>

namespace gradus_examples {
namespace {

std::string_view content(const unsigned char* bytes, std::size_t size) {
  return {reinterpret_cast<const char*>(bytes), size};
}

${arrays}
}  // namespace

PageFiles ${NAME}();
PageFiles ${NAME}() {
  static const PageFile files[] = {
${entries}  };
  return files;
}

}  // namespace gradus_examples
")
