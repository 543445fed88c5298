# What the toolchain files of bare-metal boards share: the compiler from PATH, the core's flags from the board's file.
include("${CMAKE_CURRENT_LIST_DIR}/board.cmake")
list(APPEND CMAKE_TRY_COMPILE_PLATFORM_VARIABLES VOX_BOARD) # this file is read again for every compiler check
set(CMAKE_TRY_COMPILE_TARGET_TYPE STATIC_LIBRARY)
set(CMAKE_SYSTEM_NAME Generic)

vox_board_value(compiler "${vox_default_compiler}" vox_compiler)
vox_board_value(cpu_flags "" vox_cpu_flags)
set(CMAKE_C_COMPILER ${vox_compiler}gcc)
set(CMAKE_C_FLAGS_INIT "${vox_cpu_flags}")
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)
