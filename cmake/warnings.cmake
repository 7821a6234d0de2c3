# What ringfence's own code is compiled with. Linked inside this build only, never exported.
add_library(ringfence_warnings INTERFACE)
target_compile_options(ringfence_warnings INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wold-style-cast
  -Wnon-virtual-dtor -Woverloaded-virtual
  # gcc 12 sees overlaps in every `"x" + std::string` it optimises (its bug 105651).
  $<$<AND:$<CXX_COMPILER_ID:GNU>,$<VERSION_LESS:$<CXX_COMPILER_VERSION>,13>>:-Wno-restrict>
  $<$<BOOL:${RINGFENCE_WERROR}>:-Werror>)
# What sanitizers insert hides assignments from gcc, which then warns of what is not so.
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_FLAGS MATCHES "-fsanitize=")
  target_compile_options(ringfence_warnings INTERFACE -Wno-maybe-uninitialized)
endif()
