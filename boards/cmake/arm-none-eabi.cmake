# Toolchain of the bare-metal Arm boards.
set(vox_default_compiler arm-none-eabi-)
include("${CMAKE_CURRENT_LIST_DIR}/bare_metal.cmake")
set(CMAKE_SYSTEM_PROCESSOR arm)
