# libphonenumber as the target ringfence_phonenumber::phonenumber: through its own CMake package where there is one,
# else by header and library (Debian and Ubuntu ship no package file).
include(FindPackageHandleStandardArgs)

find_package(libphonenumber CONFIG QUIET)
foreach(candidate libphonenumber::phonenumber-shared libphonenumber::phonenumber)
  if(NOT ringfence_phonenumber_LIBRARIES AND TARGET ${candidate})
    set(ringfence_phonenumber_LIBRARIES ${candidate})
  endif()
endforeach()

if(NOT ringfence_phonenumber_LIBRARIES)
  find_path(ringfence_phonenumber_INCLUDE_DIR phonenumbers/phonenumberutil.h)
  find_library(ringfence_phonenumber_LIBRARY phonenumber)
  mark_as_advanced(ringfence_phonenumber_INCLUDE_DIR ringfence_phonenumber_LIBRARY)
  # Its headers have inline code of these two; older versions do without Abseil.
  find_package(Protobuf QUIET)
  find_package(absl CONFIG QUIET)
  if(ringfence_phonenumber_INCLUDE_DIR AND ringfence_phonenumber_LIBRARY AND Protobuf_FOUND)
    set(ringfence_phonenumber_LIBRARIES "${ringfence_phonenumber_LIBRARY}" protobuf::libprotobuf)
    foreach(candidate absl::node_hash_map absl::node_hash_set)
      if(TARGET ${candidate})
        list(APPEND ringfence_phonenumber_LIBRARIES ${candidate})
      endif()
    endforeach()
  endif()
endif()

find_package_handle_standard_args(ringfence_phonenumber REQUIRED_VARS ringfence_phonenumber_LIBRARIES)

if(ringfence_phonenumber_FOUND AND NOT TARGET ringfence_phonenumber::phonenumber)
  add_library(ringfence_phonenumber::phonenumber INTERFACE IMPORTED)
  target_link_libraries(ringfence_phonenumber::phonenumber INTERFACE ${ringfence_phonenumber_LIBRARIES})
  if(ringfence_phonenumber_INCLUDE_DIR)
    target_include_directories(ringfence_phonenumber::phonenumber
      INTERFACE "${ringfence_phonenumber_INCLUDE_DIR}")
  endif()
endif()
