include(CMakePackageConfigHelpers)
set(package_dir "${CMAKE_INSTALL_LIBDIR}/cmake/ringfence")
set(pkgconfig_dir "${CMAKE_INSTALL_LIBDIR}/pkgconfig")

# One export set for each component, so that who wants no SQLite needs none. What a program needs to run is the component
# `runtime`, what it needs to be built `dev`.
set(targets ringfence ringfence_sqlite ringfence_postgres)
foreach(optional ringfence_testing ringfence_c_static ringfence_c ringfence_c_testing)
  if(TARGET ${optional})
    list(APPEND targets ${optional})
  endif()
endforeach()
foreach(target IN LISTS targets)
  install(TARGETS ${target} EXPORT ${target}Targets
    ARCHIVE DESTINATION "${CMAKE_INSTALL_LIBDIR}" COMPONENT dev
    LIBRARY DESTINATION "${CMAKE_INSTALL_LIBDIR}" COMPONENT runtime NAMELINK_COMPONENT dev)
  install(EXPORT ${target}Targets NAMESPACE ringfence:: DESTINATION "${package_dir}" COMPONENT dev)
endforeach()

install(DIRECTORY "${PROJECT_SOURCE_DIR}/src/store/postgres/sql/" COMPONENT runtime
  DESTINATION "${CMAKE_INSTALL_DATADIR}/ringfence/postgres" FILES_MATCHING PATTERN "*.sql")
install(DIRECTORY "${PROJECT_SOURCE_DIR}/include/" COMPONENT dev
  DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}" FILES_MATCHING PATTERN "*.h")

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

# For pkg-config: `ringfence` is the C interface as a shared library, `ringfence-static` the same linked in, `ringfence-cpp`
# the C++ libraries.
set(pkgconfig ringfence-cpp)
if(RINGFENCE_C)
  install(FILES capi/include/ringfence.h DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}" COMPONENT dev)
  list(APPEND pkgconfig ringfence ringfence-static)
  # What the wheel carries.
  install(TARGETS ringfence_c LIBRARY DESTINATION ringfence/_lib NAMELINK_SKIP COMPONENT python EXCLUDE_FROM_ALL)
  install(FILES capi/include/ringfence.h capi/include/ringfence_testing.h
    DESTINATION ringfence/_lib COMPONENT python EXCLUDE_FROM_ALL)
  if(TARGET ringfence_c_testing)
    install(FILES capi/include/ringfence_testing.h DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}" COMPONENT dev)
    install(TARGETS ringfence_c_testing
      LIBRARY DESTINATION ringfence/_lib NAMELINK_SKIP COMPONENT python EXCLUDE_FROM_ALL)
    list(APPEND pkgconfig ringfence-testing)
  endif()
endif()
foreach(package IN LISTS pkgconfig)
  configure_file("${CMAKE_CURRENT_LIST_DIR}/${package}.pc.in" "${PROJECT_BINARY_DIR}/${package}.pc" @ONLY)
  install(FILES "${PROJECT_BINARY_DIR}/${package}.pc" DESTINATION "${pkgconfig_dir}" COMPONENT dev)
endforeach()
