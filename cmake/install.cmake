# What is installed, in three components: what a program needs to run is `runtime`, what it needs to be built is `dev`, and
# `python` is what the wheel carries. Everything can be moved after it was installed: no file names a folder outside its own.
include(CMakePackageConfigHelpers)
set(package_dir "${CMAKE_INSTALL_LIBDIR}/cmake/ringfence")
set(pkgconfig_dir "${CMAKE_INSTALL_LIBDIR}/pkgconfig")
set(sql_dir "${CMAKE_INSTALL_DATADIR}/ringfence/postgres")
set(senders_dir "${CMAKE_INSTALL_DATADIR}/ringfence/senders")
if(RINGFENCE_DEBIAN AND TARGET ringfence_c) # packages of two binary interfaces must not share a file
  get_target_property(abi ringfence_c SOVERSION)
  set(sql_dir "${CMAKE_INSTALL_DATADIR}/libringfence${abi}/postgres")
  set(senders_dir "${CMAKE_INSTALL_DATADIR}/libringfence${abi}/senders")
endif()

# One export set for each component of find_package, so that who wants no SQLite needs none.
function(ringfence_install target library_component)
  if(NOT TARGET ${target})
    return()
  endif()
  install(TARGETS ${target} EXPORT ${target}Targets
    ARCHIVE DESTINATION "${CMAKE_INSTALL_LIBDIR}" COMPONENT dev
    LIBRARY DESTINATION "${CMAKE_INSTALL_LIBDIR}" COMPONENT ${library_component} NAMELINK_COMPONENT dev)
  install(EXPORT ${target}Targets NAMESPACE ringfence:: DESTINATION "${package_dir}" COMPONENT dev)
endfunction()

foreach(target ringfence ringfence_sqlite ringfence_postgres ringfence_transfer ringfence_http ringfence_smtp ringfence_testing ringfence_c_static)
  ringfence_install(${target} dev)
endforeach()
ringfence_install(ringfence_c runtime)
ringfence_install(ringfence_c_testing dev) # for tests, which are built
if(TARGET ringfence_c_phone) # stands beside the library, which loads it
  install(TARGETS ringfence_c_phone LIBRARY DESTINATION "${CMAKE_INSTALL_LIBDIR}" COMPONENT runtime)
  install(PROGRAMS $<TARGET_FILE:ringfence_c_phone> DESTINATION ringfence/_lib COMPONENT python EXCLUDE_FROM_ALL)
endif()

install(DIRECTORY "${PROJECT_SOURCE_DIR}/src/store/postgres/sql/" COMPONENT runtime
  DESTINATION "${sql_dir}" FILES_MATCHING PATTERN "*.sql")
# What people read, to begin from with texts of one's own.
install(DIRECTORY "${PROJECT_SOURCE_DIR}/src/text/locales/" COMPONENT dev
  DESTINATION "${CMAKE_INSTALL_DATADIR}/ringfence/locales" FILES_MATCHING PATTERN "*.json")
# Descriptions of gateways, ready for make_http_sender; the wheel carries them beside its library.
install(DIRECTORY "${PROJECT_SOURCE_DIR}/share/senders/" COMPONENT runtime
  DESTINATION "${senders_dir}" FILES_MATCHING PATTERN "*.json")
install(DIRECTORY "${PROJECT_SOURCE_DIR}/share/senders/" COMPONENT python EXCLUDE_FROM_ALL
  DESTINATION ringfence/_lib/senders FILES_MATCHING PATTERN "*.json")
install(DIRECTORY "${PROJECT_SOURCE_DIR}/include/" COMPONENT dev
  DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}" FILES_MATCHING PATTERN "*.h")

# ---- find_package ----------------------------------------------------------------------------------------------------

configure_package_config_file("${CMAKE_CURRENT_LIST_DIR}/ringfenceConfig.cmake.in"
  "${PROJECT_BINARY_DIR}/ringfenceConfig.cmake" INSTALL_DESTINATION "${package_dir}")
# Before 1.0 a minor version may break source.
write_basic_package_version_file("${PROJECT_BINARY_DIR}/ringfenceConfigVersion.cmake"
  COMPATIBILITY SameMinorVersion)
install(FILES
  "${PROJECT_BINARY_DIR}/ringfenceConfig.cmake"
  "${PROJECT_BINARY_DIR}/ringfenceConfigVersion.cmake"
  "${CMAKE_CURRENT_LIST_DIR}/Findringfence_phonenumber.cmake"
  DESTINATION "${package_dir}" COMPONENT dev)

# ---- pkg-config ------------------------------------------------------------------------------------------------------

# `ringfence` is the C interface as a shared library, `ringfence-static` the same linked in, `ringfence-testing` what tests
# of stores need besides, `ringfence-cpp` the C++ libraries.
set(pkgconfig ringfence-cpp)
if(TARGET ringfence_c)
  list(APPEND pkgconfig ringfence ringfence-static)
endif()
if(TARGET ringfence_c_testing)
  list(APPEND pkgconfig ringfence-testing)
endif()
# The libraries may be some folders deep, as in lib/x86_64-linux-gnu; so may the rest. An absolute one stays what it is.
file(RELATIVE_PATH pkgconfig_to_prefix "/prefix/${pkgconfig_dir}" "/prefix")
set(pkgconfig_LIBDIR "${CMAKE_INSTALL_LIBDIR}")
set(pkgconfig_INCLUDEDIR "${CMAKE_INSTALL_INCLUDEDIR}")
set(pkgconfig_SENDERSDIR "${senders_dir}")
foreach(folder LIBDIR INCLUDEDIR SENDERSDIR)
  if(NOT IS_ABSOLUTE "${pkgconfig_${folder}}")
    string(PREPEND pkgconfig_${folder} "\${prefix}/")
  endif()
endforeach()
if(IS_ABSOLUTE "${CMAKE_INSTALL_LIBDIR}")
  set(pkgconfig_prefix "${CMAKE_INSTALL_PREFIX}")
else()
  set(pkgconfig_prefix "\${pcfiledir}/${pkgconfig_to_prefix}")
  string(REGEX REPLACE "/$" "" pkgconfig_prefix "${pkgconfig_prefix}")
endif()
foreach(package IN LISTS pkgconfig)
  configure_file("${CMAKE_CURRENT_LIST_DIR}/${package}.pc.in" "${PROJECT_BINARY_DIR}/${package}.pc" @ONLY)
  install(FILES "${PROJECT_BINARY_DIR}/${package}.pc" DESTINATION "${pkgconfig_dir}" COMPONENT dev)
endforeach()

# ---- The C interface, and what the wheel carries of it ---------------------------------------------------------------

# As plain files named by what a program asks the system for: a wheel has no symbolic links.
function(ringfence_install_for_c target header)
  if(TARGET ${target})
    install(FILES "${PROJECT_SOURCE_DIR}/capi/include/${header}"
      DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}" COMPONENT dev)
    install(FILES "${PROJECT_SOURCE_DIR}/capi/include/${header}"
      DESTINATION ringfence/_lib COMPONENT python EXCLUDE_FROM_ALL)
    install(PROGRAMS $<TARGET_FILE:${target}> RENAME $<TARGET_SONAME_FILE_NAME:${target}>
      DESTINATION ringfence/_lib COMPONENT python EXCLUDE_FROM_ALL)
  endif()
endfunction()
ringfence_install_for_c(ringfence_c ringfence.h)
ringfence_install_for_c(ringfence_c_testing ringfence_testing.h)
if(TARGET ringfence_c_testing)
  # It stands beside the library that it tests, here and wherever it is installed.
  set_target_properties(ringfence_c_testing PROPERTIES INSTALL_RPATH "$ORIGIN" BUILD_WITH_INSTALL_RPATH ON)
endif()

# ---- What it is made of ----------------------------------------------------------------------------------------------

# Debian's packages say in their copyright file where the system has the licence.
set(papers CHANGELOG.md)
if(NOT RINGFENCE_DEBIAN)
  list(APPEND papers LICENSE)
endif()
list(TRANSFORM papers PREPEND "${PROJECT_SOURCE_DIR}/")
install(FILES ${papers} DESTINATION "${CMAKE_INSTALL_DOCDIR}" COMPONENT runtime)
if(RINGFENCE_BILL_OF_MATERIALS)
  include("${CMAKE_CURRENT_LIST_DIR}/bill_of_materials.cmake")
endif()
