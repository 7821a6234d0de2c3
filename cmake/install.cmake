include(CMakePackageConfigHelpers)
set(package_dir "${CMAKE_INSTALL_LIBDIR}/cmake/ringfence")

# One export set for each component, so that who wants no SQLite needs none.
set(targets ringfence ringfence_sqlite ringfence_postgres)
if(TARGET ringfence_testing)
  list(APPEND targets ringfence_testing)
endif()
foreach(target IN LISTS targets)
  install(TARGETS ${target} EXPORT ${target}Targets ARCHIVE DESTINATION "${CMAKE_INSTALL_LIBDIR}")
  install(EXPORT ${target}Targets NAMESPACE ringfence:: DESTINATION "${package_dir}")
endforeach()

install(DIRECTORY "${PROJECT_SOURCE_DIR}/src/store/postgres/sql/"
  DESTINATION "${CMAKE_INSTALL_DATADIR}/ringfence/postgres" FILES_MATCHING PATTERN "*.sql")
install(DIRECTORY "${PROJECT_SOURCE_DIR}/include/" DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}"
  FILES_MATCHING PATTERN "*.h")

configure_package_config_file("${CMAKE_CURRENT_LIST_DIR}/ringfenceConfig.cmake.in"
  "${PROJECT_BINARY_DIR}/ringfenceConfig.cmake" INSTALL_DESTINATION "${package_dir}")
# Before 1.0 a minor version may break source.
write_basic_package_version_file("${PROJECT_BINARY_DIR}/ringfenceConfigVersion.cmake"
  COMPATIBILITY SameMinorVersion)
install(FILES
  "${PROJECT_BINARY_DIR}/ringfenceConfig.cmake"
  "${PROJECT_BINARY_DIR}/ringfenceConfigVersion.cmake"
  "${CMAKE_CURRENT_LIST_DIR}/Findringfence_phonenumber.cmake"
  DESTINATION "${package_dir}")
